"""What a command line may hold, said once: `lean.py` reads plain lines by it, `full.py` lets typer
read all others and write every help and mistake.

A command is a function whose parameters are `Annotated` with an `Option` or an `Argument`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Option:
    """An option by name. Without `switches` it is the parameter's name; a `bool` is a flag."""

    __slots__ = ("help", "max", "metavar", "min", "switches")

    def __init__(
        self,
        *switches: str,
        help: str,  # noqa: A002 - the field's word
        metavar: str | None = None,
        min: float | None = None,  # noqa: A002
        max: float | None = None,  # noqa: A002
    ) -> None:
        self.switches = switches
        self.help = help
        self.metavar = metavar
        self.min = min
        self.max = max


class Argument:
    """A word by its place."""

    __slots__ = ("help", "metavar")

    def __init__(self, *, metavar: str, help: str) -> None:  # noqa: A002
        self.metavar = metavar
        self.help = help


Command = Callable[..., int]
"""Returns the exit code."""


class Group(NamedTuple):
    """Commands under a common name, such as `journal list`."""

    help: str
    commands: Mapping[str, Command]
