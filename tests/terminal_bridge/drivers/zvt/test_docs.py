"""The manual names every key, and its table of profiles is what their files say."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from terminal_bridge.drivers.zvt import options, profile

MANUAL = (Path(__file__).parents[4] / "docs" / "drivers-zvt.md").read_text(encoding="utf-8")
FILES = Path(profile.__file__).parent / "profiles"


def said(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case list():
            return "[" + ", ".join(said(each) for each in value) + "]"
        case _:
            return str(value)


def row(name: str) -> str:
    table = tomllib.loads((FILES / f"{name}.toml").read_text(encoding="utf-8"))
    title = table.pop("title")
    sets = table.pop("charsets", {})
    changes = [f"`{key} = {said(value)}`" for key, value in table.items()]
    changes += [f"charset {name}" for name in sorted(set(sets.values()))]
    return f"| `{name}` | {title} | {', '.join(changes) or 'nothing'} |"


def test_the_manual_says_what_each_profile_changes() -> None:
    table = MANUAL.split("<!-- made from the profiles")[1].split("<!-- end")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == [row(name) for name in profile.names()]


def test_the_manual_names_every_key() -> None:
    for key in (*options.Options.__struct_fields__, *profile.Recovery.__struct_fields__):
        assert f"`{key}`" in MANUAL, key
