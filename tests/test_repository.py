"""The tree keeps its promises: locked by hash, no registry named, whole wheel, true documents."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import EntryPoint, packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("opi_pos", "listener", "terminal_bridge")
LOCKS = ("requirements.txt", "requirements-dev.txt")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

# In two halves, so that this file does not name what it forbids.
REGISTRY_HOSTS = [
    first + second
    for first, second in [
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("crates", ".io"),
        ("proxy.go", "lang.org"),
        ("ruby", "gems.org"),
        ("conda", ".org"),
        ("deb.deb", "ian.org"),
        ("archive.ubu", "ntu.com"),
    ]
]


def tracked() -> list[Path]:
    """Every file of the repository that is in the working tree."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone: which files belong to the repository is not known")
    listing = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    names = listing.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def documents() -> list[Path]:
    """Every Markdown file a reader may open."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def fenced(language: str) -> list[tuple[str, str]]:
    """All code blocks in that language, as (place, text)."""
    found = []
    for path in documents():
        text = path.read_text("utf-8")
        for block in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, block.start()) + 1
            found.append((f"{path.relative_to(ROOT)}:{line}", block[1]))
    return found


def make_rules() -> dict[str, list[str]]:
    """The Makefile's targets, each with its recipe lines."""
    rules: dict[str, list[str]] = {}
    recipe: list[str] = []
    for line in (ROOT / "Makefile").read_text("utf-8").splitlines():
        if line.startswith("\t"):
            recipe.append(line.strip())
        elif target := re.match(r"([a-z]+):(?!=)", line):
            recipe = rules[target[1]] = []
    return rules


def requirements(lock: str) -> list[str]:
    """The requirements of a lock file, each with its hashes on one logical line."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def distribution(requirement: str) -> str:
    """The normalised project name a requirement begins with."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def anchors(text: str) -> set[str]:
    """The heading anchors of a Markdown text, as a code forge makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    """The links within the repository that lead nowhere; links to other hosts are not followed."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8"))
        ):
            broken.append(f"{path.relative_to(ROOT)}: {link}")
    return broken


def test_no_file_names_the_host_of_a_package_registry() -> None:
    needles = [host.encode() for host in REGISTRY_HOSTS]
    found = [
        f"{path.relative_to(ROOT)}: {needle.decode()}"
        for path in tracked()
        for needle in needles
        if needle in path.read_bytes()
    ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_is_one_version_with_a_hash(lock: str) -> None:
    rows = requirements(lock)
    pinned = re.compile(r"[a-z0-9-]+==\S+ (; [^#]+? )? *--hash=sha256:[0-9a-f]{64}\b")
    assert len(rows) > 30
    assert [row[:80] for row in rows if not pinned.match(row)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_url(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert re.findall(r"^\s*--(?!hash)\S+", text, re.MULTILINE) == []


def test_the_locks_hold_all_that_pyproject_asks_for() -> None:
    project = PROJECT["project"]
    shipped = [*project["dependencies"], *project["optional-dependencies"]["crypto"]]
    groups = [row for group in PROJECT["dependency-groups"].values() for row in group]
    for lock, wanted in [
        ("requirements.txt", shipped),
        ("requirements-dev.txt", [*shipped, *groups]),
    ]:
        locked = {distribution(row) for row in requirements(lock)}
        assert {distribution(row) for row in wanted} - locked == set(), f"{lock}: run make lock"


def test_both_locks_agree_on_every_version() -> None:
    shipped, everything = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))
        for lock in LOCKS
    )
    assert shipped.items() <= everything.items()


def test_the_build_backend_is_locked_like_the_rest() -> None:
    assert set(PROJECT["build-system"]["requires"]) <= set(PROJECT["dependency-groups"]["dev"])


def imported_roots(path: Path) -> set[str]:
    """The top-level names a Python file imports, wherever in it they stand."""
    roots = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.partition(".")[0])
    return roots


@pytest.mark.parametrize("package", PACKAGES)
def test_every_library_a_package_imports_is_declared(package: str) -> None:
    project = PROJECT["project"]
    extras = [row for rows in project["optional-dependencies"].values() for row in rows]
    declared = {distribution(row) for row in [*project["dependencies"], *extras]}
    providers = packages_distributions()
    undeclared = [
        f"{path.relative_to(ROOT)}: {root}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for root in imported_roots(path) - sys.stdlib_module_names - {*PACKAGES}
        if not declared & {distribution(name) for name in providers.get(root, [root])}
    ]
    assert undeclared == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def entry_points() -> list[EntryPoint]:
    """What pyproject.toml promises by name: the command and the plug-ins."""
    project = PROJECT["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    return [EntryPoint(n, v, group) for group, rows in groups.items() for n, v in rows.items()]


@pytest.mark.parametrize("point", entry_points(), ids=lambda point: f"{point.group}:{point.name}")
def test_every_entry_point_leads_to_something_callable(point: EntryPoint) -> None:
    assert callable(point.load())


def test_make_check_runs_every_check() -> None:
    recipe = "\n".join(make_rules()["check"])
    for check in ["ruff check", "ruff format --check", "mypy", "lint-imports"]:
        assert f"/{check}" in recipe


def test_import_contracts_cover_every_package() -> None:
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)
    assert set(PROJECT["tool"]["uv"]["build-backend"]["module-name"]) == set(PACKAGES)


def test_ci_runs_checks_wheel_and_suite() -> None:
    script = ROOT / ".ci" / "run"
    steps = re.search(r"^for step in (.+); do$", script.read_text("utf-8"), re.MULTILINE)
    assert steps
    assert set(steps[1].split()) == {"check", "wheel", "test"} <= set(make_rules())
    if os.name == "posix":
        assert os.access(script, os.X_OK)


def test_every_make_command_in_the_documents_is_a_target() -> None:
    named = {
        target
        for path in documents()
        for target in re.findall(
            r"(?:^|`)\$? ?make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert named >= {"demo", "test"}, "the README names the two commands"
    assert named - set(make_rules()) == set()


def test_every_link_in_the_documents_resolves() -> None:
    assert [link for path in documents() for link in broken_links(path)] == []


def test_every_toml_example_in_the_documents_is_toml() -> None:
    for place, text in fenced("toml"):
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            pytest.fail(f"{place}: {error}")


def test_every_python_example_in_the_documents_compiles() -> None:
    examples = fenced("python")
    assert examples, "the README shows the first lines of Python"
    for place, text in examples:
        compile(text, place, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.fixture(scope="module")
def wheel_contents(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from this tree with the locked backend."""
    out = tmp_path_factory.mktemp("wheel")
    # The backend is a program beside the interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    built = subprocess.run(
        [*command, str(ROOT)], env={**os.environ, "PATH": path}, capture_output=True, check=False
    )
    assert built.returncode == 0, (built.stdout + built.stderr).decode(errors="replace")
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_packages(wheel_contents: set[str]) -> None:
    inside = [path.relative_to(ROOT) for path in tracked()]
    wanted = {path.as_posix() for path in inside if path.parts[0] in PACKAGES}
    assert wanted - wheel_contents == set()


@pytest.mark.parametrize(
    "data",
    [r"opi_pos/wire/nexo/profiles/\w[\w-]*\.toml", r"opi_pos/journal/sql/\w+\.sql"]
    + [rf"{package}/py\.typed" for package in PACKAGES]
    + [r"opi_pos-[\d.]+\.dist-info/licenses/LICENSE"],
)
def test_the_wheel_holds_the_data_the_program_reads(wheel_contents: set[str], data: str) -> None:
    assert [name for name in wheel_contents if re.fullmatch(data, name)]


def test_the_wheel_holds_nothing_but_the_packages(wheel_contents: set[str]) -> None:
    version = PROJECT["project"]["version"]
    tops = {name.split("/")[0] for name in wheel_contents}
    assert tops == {*PACKAGES, f"opi_pos-{version}.dist-info"}
    assert [n for n in wheel_contents if re.search(r"\.pyc$|(^|/)(test_|conftest)", n)] == []
