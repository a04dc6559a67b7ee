"""Reads the SQL files that lie beside this module."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType

_FOLDER = files("opi_pos.journal") / "sql"
_HEADING = "-- name: "


def named_statements(text: str) -> dict[str, str]:
    """Split a file whose statements each follow a line `-- name: NAME`."""
    statements: dict[str, str] = {}
    for block in text.split(_HEADING)[1:]:
        name, _, body = block.partition("\n")
        statements[name.strip()] = body.strip().removesuffix(";")
    return statements


def single_statements(text: str) -> Iterator[str]:
    """Split a script at its statements' ends; a trigger's body stays in one piece."""
    pending = ""
    for line in text.splitlines(keepends=True):
        if not pending and (line.isspace() or line.startswith("--")):
            continue
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if pending.strip():
        raise ValueError("the script ends in the middle of a statement")


def migrations() -> list[str]:
    """The scripts in order; the one at place n (from 0) makes schema version n + 1."""
    scripts = sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in _FOLDER.iterdir()
        if entry.name[:4].isdigit()
    )
    return [text for _, text in scripts]


SQL: Mapping[str, str] = MappingProxyType(
    named_statements((_FOLDER / "statements.sql").read_text(encoding="utf-8"))
)
"""Every statement by name."""
