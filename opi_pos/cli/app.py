"""The table of commands, and the run of one of them. A command's module is loaded when it is
called, so that `opi-pos pay` does not pay for what it does not use.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from opi_pos.cli.failures import quiet_logging, report
from opi_pos.cli.lean import plain_values

COMMANDS: dict[str, str] = {
    "demo": "demo.command:demo",
    "pay": "money:pay",
    "refund": "money:refund",
    "reverse": "money:reverse",
    "status": "lookups:status",
    "reprint": "lookups:reprint",
    "abort": "sessions:abort",
    "login": "sessions:login",
    "logout": "sessions:logout",
    "diagnose": "sessions:diagnose",
    "totals": "sessions:totals",
    "close-day": "sessions:close_day",
    "serve": "serve:serve",
    "listen": "listen:listen",
    "simulate": "simulate:app",
    "convert": "messages:convert",
    "decode": "messages:decode",
    "journal": "journal:app",
    "transcript": "transcript:transcript",
    "doctor": "doctor.command:doctor",
}
"""Where each command stands: module and name below `opi_pos.cli`, in the order of the help."""


def _found(name: str) -> Any:
    """The function of a command, or the typer app of a group."""
    module, _, attribute = COMMANDS[name].partition(":")
    return getattr(import_module(f"opi_pos.cli.{module}"), attribute)


def _load(name: str) -> Any:
    """The command as typer's parser wants it."""
    found = _found(name)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False)
        single.command(name)(found)
        found = single
    command = typer.main.get_command(found)
    command.name = name
    return command


class _LazyCommands(TyperGroup):
    """Knows every command by name and loads the one that is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load it, once."""
        del ctx
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)


app = typer.Typer(cls=_LazyCommands, add_completion=False, invoke_without_command=True)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - rarely asked for

        typer.echo(f"opi-pos {version('opi-pos')}")
        raise typer.Exit


@app.callback()
def opi_pos(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take card payments on any terminal, and never lose or double one."""
    del version
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; whatever goes wrong becomes one line and an exit code."""
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
    if name in COMMANDS:
        command = _found(name)
        plain = None if isinstance(command, typer.Typer) else plain_values(command, rest)
        if plain is not None:
            return command(**plain)
    return typer.main.get_command(app).main(line, prog_name="opi-pos", standalone_mode=False)
