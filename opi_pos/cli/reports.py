"""Answers to orders without money, as programs and people see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from opi_pos.cli.screen import Screen
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Verdict

_DONE = frozenset({Verdict.APPROVED})


def answer_object(answer: Answer) -> dict[str, Any]:
    """`done`, the verdict, and `report`: what the terminal told (see `model.reports`)."""
    return {
        "done": answer.verdict in _DONE,
        "verdict": answer.verdict.value,
        "condition": answer.condition or None,
        "message": answer.message or None,
        "report": _plain(answer.payload),
    }


def show_answer(screen: Screen, answer: Answer) -> int:
    """Print it, and return the exit code: 0 when it was done."""
    told = answer_object(answer)
    screen.object(told)
    done = told["done"]
    why = " ".join(word for word in (told["condition"], told["message"]) if word)
    screen.line(f"{'done' if done else answer.verdict.value}{': ' if why else ''}{why}")
    if isinstance(told["report"], Mapping):
        for line in _lines(told["report"], 1):
            screen.line(line)
    return 0 if done else 1


def _plain(value: object) -> Any:
    """JSON of any report; amounts are decimal text and a currency."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Amount():
            return {"amount": str(value), "currency": value.currency}
        case msgspec.Struct():
            fields = value.__struct_fields__
            return {name: _plain(getattr(value, name)) for name in fields}
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case tuple() | list() | frozenset():
            return [_plain(item) for item in value]
        case _:
            return repr(value)


def _lines(report: Mapping[str, Any], indent: int) -> Iterator[str]:
    for name, value in report.items():
        title = f"{'  ' * indent}{name.replace('_', ' ')}"
        match value:
            case None | "" | []:
                continue
            case {"amount": amount, "currency": currency}:
                yield f"{title}: {amount} {currency}"
            case Mapping():
                yield title
                yield from _lines(value, indent + 1)
            case [Mapping(), *_]:
                for item in value:
                    yield title
                    yield from _lines(item, indent + 1)
            case list():
                yield f"{title}: {', '.join(map(str, value))}"
            case bool():
                yield f"{title}: {'yes' if value else 'no'}"
            case _:
                yield f"{title}: {value}"
