"""Reads a plain command line by itself.

Typer loads a validation library for every line, which costs half a second on a small till. What is
plain here goes without it; whatever is not (a help, a mistake, a repeated or unknown option) is
left to typer. Both read a line alike.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from opi_pos.cli.grammar import Argument, Command, Option

_PLAIN_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,6})?", re.ASCII)


class _NotPlainError(Exception):
    """Typer must look at this line."""


class _Parameter:
    """One option or argument of a command."""

    def __init__(self, parameter: inspect.Parameter, hint: Any) -> None:
        if get_origin(hint) is not Annotated:
            raise _NotPlainError
        self.name = parameter.name
        self.default = parameter.default
        kind, self.info = get_args(hint)[:2]
        given = [each for each in get_args(kind) if each is not type(None)]
        self.kind: Any = given[0] if isinstance(kind, UnionType) and len(given) == 1 else kind
        self.is_flag = self.kind is bool

    @property
    def switches(self) -> tuple[str, ...]:
        """How an option is written."""
        written: tuple[str, ...] = self.info.switches
        return written or (f"--{self.name.replace('_', '-')}",)

    def value(self, text: str) -> Any:
        """The text as the parameter's type."""
        if self.kind is str:
            return text
        if self.kind is Path and text:
            return Path(text)
        if self.kind is float and _PLAIN_NUMBER.fullmatch(text) and self._unbounded:
            return float(text)
        if isinstance(self.kind, type) and issubclass(self.kind, StrEnum):
            return self._choice(text)
        raise _NotPlainError

    def _choice(self, text: str) -> Any:
        try:
            return self.kind(text)
        except ValueError:
            raise _NotPlainError from None

    @property
    def _unbounded(self) -> bool:
        return self.info.min is None and self.info.max is None


def plain_values(command: Command, line: Sequence[str]) -> dict[str, Any] | None:
    """The keywords to call `command` with, or None when typer must look at the line."""
    try:
        return _values(command, line)
    except _NotPlainError:
        return None


def _values(command: Command, line: Sequence[str]) -> dict[str, Any]:
    hints = get_type_hints(command, include_extras=True)
    parameters = [
        _Parameter(each, hints[each.name])
        for each in inspect.signature(command).parameters.values()
    ]
    options = {
        switch: each
        for each in parameters
        if isinstance(each.info, Option)
        for switch in each.switches
    }
    found, loose = _taken(line, options)
    arguments = [each for each in parameters if isinstance(each.info, Argument)]
    if len(loose) > len(arguments):
        raise _NotPlainError
    for argument, text in zip(arguments, loose, strict=False):
        found[argument.name] = argument.value(text)
    for parameter in parameters:
        if parameter.name not in found:
            if parameter.default is inspect.Parameter.empty:
                raise _NotPlainError
            found[parameter.name] = parameter.default
    return found


def _taken(
    line: Sequence[str], options: Mapping[str, _Parameter]
) -> tuple[dict[str, Any], list[str]]:
    """The options of a line by name, and what stands between them."""
    found: dict[str, Any] = {}
    loose: list[str] = []
    words = iter(line)
    for word in words:
        if not word.startswith("-"):
            loose.append(word)
            continue
        switch, equals, text = word.partition("=")
        option = options.get(switch)
        if option is None or option.name in found or (option.is_flag and equals):
            raise _NotPlainError
        if option.is_flag:
            found[option.name] = True
            continue
        text = text if equals else next(words, "-")
        if text.startswith("-"):
            raise _NotPlainError
        found[option.name] = option.value(text)
    return found, loose
