"""Typer: every help, every mistake, and every line that is not plain."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args, get_type_hints

import typer
import typer.main
from typer.core import TyperGroup

from opi_pos.cli.commands import COMMANDS, find
from opi_pos.cli.grammar import Argument, Command, Group, Option
from opi_pos.model.errors import UsageError


def run_full(line: Sequence[str]) -> object:
    """Read the line, run its command and return the exit code. A mistake is a `UsageError`."""
    root = typer.main.get_command(app)
    try:
        return root.main(list(line), prog_name="opi-pos", standalone_mode=False)
    except typer.TyperException as error:
        raise UsageError(error.format_message() or "the line cannot be used") from None


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
            self.commands[cmd_name] = _typers(cmd_name)
        return self.commands.get(cmd_name)


class _LazyMembers(TyperGroup):
    """A group of commands; the one that is asked for is loaded."""

    members: Mapping[str, Command]

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the group."""
        del ctx
        return list(self.members)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load it, once."""
        del ctx
        if cmd_name not in self.commands and cmd_name in self.members:
            self.commands[cmd_name] = _single(cmd_name, self.members[cmd_name])
        return self.commands.get(cmd_name)


def _typers(name: str) -> Any:
    """A command or a group as typer has it."""
    found = find(name)
    if not isinstance(found, Group):
        return _single(name, found)
    made = typer.Typer(add_completion=False, cls=_LazyMembers)
    made.callback(help=found.help)(_nothing_in_common)
    group: Any = typer.main.get_command(made)
    group.name, group.members = name, found.commands
    return group


def _single(name: str, command: Command) -> Any:
    made = typer.Typer(add_completion=False)
    made.command(name)(for_typer(command))
    single = typer.main.get_command(made)
    single.name = name
    return single


def _nothing_in_common() -> None:
    """A group has no options of its own."""


def for_typer(command: Command) -> Callable[..., int]:
    """The same command with its options and arguments in typer's words."""
    hints = get_type_hints(command, include_extras=True)
    parameters = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind, info = get_args(hints[name])
        annotation: Any = Annotated[kind, _info(info)]
        parameters.append(
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
        )

    @functools.wraps(command)
    def called(**given: Any) -> int:
        return command(**given)

    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _info(info: Option | Argument) -> Any:
    if isinstance(info, Argument):
        return typer.Argument(metavar=info.metavar, help=_plain(info.help))
    return typer.Option(
        *info.switches, metavar=info.metavar, help=_plain(info.help), min=info.min, max=info.max
    )


def _plain(text: str) -> str:
    """`[poi.NAME]` is the name of a table, and no markup of rich's."""
    return text.replace("[", r"\[")


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
