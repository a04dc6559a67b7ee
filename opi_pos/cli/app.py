"""Runs one command line; whatever goes wrong becomes one line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from opi_pos.cli.commands import COMMANDS, find
from opi_pos.cli.failures import quiet_logging, report
from opi_pos.cli.grammar import Group
from opi_pos.cli.lean import plain_values


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run `arguments`, or those of the process, and return the exit code."""
    quiet_logging()
    for stream in (sys.stdout, sys.stderr):
        # A console that knows few characters shows the others as `?` and ends nothing.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    line = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(line)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last door: no traceback for users
        return report(error)
    return code if isinstance(code, int) else 0


def _run(line: list[str]) -> object:
    name, *rest = line or [""]
    command = find(name) if name in COMMANDS else None
    if isinstance(command, Group):
        command, rest = command.commands.get(rest[0] if rest else ""), rest[1:]
    if command is not None:
        plain = plain_values(command, rest)
        if plain is not None:
            return command(**plain)
    # Typer takes a fifth of a second to load, which only a help or a mistake should cost.
    from opi_pos.cli.full import run_full  # noqa: PLC0415

    return run_full(line)
