"""A payment does not load what it does not use (design: section 10)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PAY = """
import sys
from opi_pos.cli.app import run_command
code = run_command(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""
UNUSED = {"starlette", "uvicorn", "httptools", "uvloop", "rich", "listener", "psycopg", "serial"}
UNUSED |= {"cryptography", "pygments", "markdown_it", "anyio", "pydantic", "typer"}


def test_a_light_payment_loads_no_web_server_and_no_screen(journal: Path) -> None:
    words = ["pay", "5.00", "--terminal", "nexo+http://127.0.0.1:9", "--currency", "SEK"]
    ran = subprocess.run(
        [sys.executable, "-c", PAY, *words, "--journal", str(journal), "--reference", "r"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    loaded = set(ran.stderr.split())
    assert "aiohttp" in loaded
    assert loaded & UNUSED == set()


@pytest.mark.parametrize(
    ("module", "unused"),
    [
        (
            "opi_pos.cli.app",
            {"typer", "aiohttp", "sqlite3", "lxml", "msgspec", "starlette", "rich"},
        ),
        ("opi_pos.cli.messages", {"aiohttp", "sqlite3", "starlette", "rich", "transitions"}),
    ],
)
def test_small_commands_load_little(module: str, unused: set[str]) -> None:
    look = f"import sys, {module}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    ran = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True
    )
    assert set(ran.stdout.split()) & unused == set()
