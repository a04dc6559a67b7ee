"""Simple values of dialects: text for numbers, numbers for text, enumerations in other capitals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Final

from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.checks import decimal_problem
from opi_pos.wire.nexo.lexical import BOOLEANS, is_decimal, is_integer, values_of
from opi_pos.wire.nexo.schema import Member
from opi_pos.wire.nexo.tree import Scalar


class UnreadableError(ValueError):
    """A value that is not what its member holds."""


def simple_value(member: Member, value: Scalar) -> object:
    """The member's value, or an UnreadableError."""
    if member.enumeration is not None:
        return enumeration_value(member.enumeration, _text(value))
    return _CONVERT[member.base](value)


def listed_values(member: Member, values: Iterable[Scalar]) -> tuple[str, ...]:
    """The values of an xs:list, whether they came as one text or as several."""
    assert member.enumeration is not None
    enumeration = member.enumeration
    return tuple(
        enumeration_value(enumeration, item) for value in values for item in _text(value).split()
    )


def enumeration_value(enumeration: type[StrEnum], text: str) -> str:
    """The specification's spelling of a value in other capitals; unknown values as they came."""
    text = text.strip()
    if text in values_of(enumeration):
        return text
    return _folded(enumeration).get(text.casefold(), text)


@cache
def _folded(enumeration: type[StrEnum]) -> dict[str, str]:
    return {value.casefold(): value for value in values_of(enumeration)}


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _boolean(value: Scalar) -> bool:
    try:
        return BOOLEANS[_text(value).strip().lower()]
    except KeyError:
        raise UnreadableError from None


def _integer(value: Scalar) -> int:
    text = _text(value).strip()
    if isinstance(value, bool) or not is_integer(text):
        raise UnreadableError
    return int(text)


def _decimal(value: Scalar) -> Decimal:
    if isinstance(value, bool):
        raise UnreadableError
    if isinstance(value, str):
        value = value.strip()
        if not is_decimal(value):
            raise UnreadableError
    number = Decimal(value)
    if decimal_problem(number):
        raise UnreadableError
    return number


def _secret(value: Scalar) -> Secret:
    return Secret(_text(value))


_CONVERT: Final[dict[type, Callable[[Scalar], object]]] = {
    str: _text,
    bool: _boolean,
    int: _integer,
    Decimal: _decimal,
    Secret: _secret,
}
