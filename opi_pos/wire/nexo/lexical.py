"""Simple values as XML spells them: text to value, strictly by the schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final

from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_DIGITS
from opi_pos.wire.nexo.schema import Member

Convert = Callable[[str], Any]

BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}
is_integer: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII).fullmatch
is_decimal: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII).fullmatch


class UnexpectedError(ValueError):
    """Not what the schema says; the message needs the tolerant reader."""


def _integer(text: str) -> int:
    if is_integer(text):
        return int(text)
    raise UnexpectedError


def _decimal(text: str) -> Decimal:
    # Most amounts are plain digits with a point, and a regular expression costs three times this.
    plain = text.replace(".", "", 1).isdigit() and text.isascii()
    if len(text) <= MAX_DIGITS and (plain or is_decimal(text)):
        return Decimal(text)
    raise UnexpectedError


_CONVERT: Final[dict[type, Convert]] = {
    bool: BOOLEANS.__getitem__,
    int: _integer,
    Decimal: _decimal,
    Secret: Secret,
}


@cache
def values_of(enumeration: type[StrEnum]) -> frozenset[str]:
    """Its values as plain text."""
    return frozenset(item.value for item in enumeration)


def _list_of(enumeration: type[StrEnum]) -> Convert:
    values = values_of(enumeration)

    def convert(text: str) -> tuple[str, ...]:
        items = tuple(text.split())
        if values.issuperset(items):
            return items
        raise UnexpectedError

    return convert


def converter(member: Member) -> Convert | None:
    """Makes the member's value of its text; raises on anything else. None: the text itself."""
    if member.enumeration is None:
        return _CONVERT.get(member.base)
    if member.listed:
        return _list_of(member.enumeration)
    return {value: value for value in values_of(member.enumeration)}.__getitem__
