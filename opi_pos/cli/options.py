"""Options that many commands share, and a way to write a group of them once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from opi_pos.cli.grammar import Option

Json = Annotated[bool, Option("--json", help="Print one JSON object on one line.")]
Journal = Annotated[
    Path | None,
    Option("--journal", metavar="FILE", help="The journal; by default in your state folder."),
]
Scope = Annotated[
    str | None, Option("--scope", help="Whose references; by default those of the whole journal.")
]
MadeUpReference = Annotated[
    str | None,
    Option("--reference", help="The shop's own order id; made up and printed when absent."),
]


class Signature(StrEnum):
    """Who decides whether the signature on a receipt is right."""

    ASK = "ask"
    ACCEPT = "accept"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which terminal, and which till we are."""

    terminal: Annotated[
        str | None, Option("--terminal", metavar="URL", help="nexo+http://host:11000, sim://nexo …")
    ] = None
    config: Annotated[
        Path | None, Option("--config", metavar="FILE", help="A TOML file with [poi.NAME] tables.")
    ] = None
    poi: Annotated[
        str | None, Option("--poi", metavar="NAME", help="Which terminal of the configuration.")
    ] = None
    currency: Annotated[
        str | None, Option("--currency", metavar="CODE", help="ISO 4217, such as SEK.")
    ] = None
    journal: Journal = None
    scope: Scope = None
    poi_id: Annotated[str | None, Option("--poi-id", help="The terminal's id (POIID).")] = None
    sale_id: Annotated[str | None, Option("--sale-id", help="The till's id (SaleID).")] = None
    recovery_s: Annotated[
        float | None,
        Option("--recovery-s", metavar="N", help="Seconds without proof until a doubt rests."),
    ] = None
    json: Json = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Light or full integration, and who answers the terminal."""

    light: Annotated[bool, Option("--light", help="The terminal asks nothing of us.")] = False
    listen: Annotated[
        str | None,
        Option("--listen", metavar="HOST:PORT", help="Where the terminal reaches us (full)."),
    ] = None
    signature: Annotated[
        Signature, Option("--signature", help="Ask on this tty, or decide beforehand.")
    ] = Signature.ASK


def spread(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let typer see each field of a dataclass parameter as an option of its own."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _fields_of(groups[parameter.name])
        else:
            annotation = hints[parameter.name]
            parameters.append(parameter.replace(kind=_KEYWORD, annotation=annotation))

    @functools.wraps(command)
    def gathered(**given: Any) -> Any:
        for name, kind in groups.items():
            values = {field.name: given.pop(field.name) for field in fields(kind)}
            given[name] = kind(**values)
        return command(**given)

    gathered.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    gathered.__annotations__ = {each.name: each.annotation for each in parameters}
    return gathered


_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def _fields_of(kind: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            field.name, _KEYWORD, annotation=hints[field.name], default=_default_of(field)
        )
        for field in fields(kind)
    ]


def _default_of(field: Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
