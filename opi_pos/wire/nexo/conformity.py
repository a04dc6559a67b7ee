"""What msgspec does not look at: enumeration values and the size of numbers.

One closure per struct, made when first needed. A struct that does not conform was not written by the
schema, and the tolerant reader decides what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from opi_pos.wire.nexo.checks import decimal_problem
from opi_pos.wire.nexo.schema import Element, Member, members
from opi_pos.wire.nexo.xml_fast import values_of

Fits = Callable[[Any], bool]


def _number_fits(value: Any) -> bool:
    if isinstance(value, int):
        return -(10**18) < value < 10**18
    return decimal_problem(value) is None


def _fits(member: Member) -> Fits | None:
    if member.enumeration is not None:
        values = values_of(member.enumeration)
        return values.issuperset if member.listed else values.__contains__
    if member.base in (int, Decimal):
        return _number_fits
    kind = member.element()
    return None if kind is None else _late(kind)


def _late(kind: type[Element]) -> Fits:
    """Makes the closure of an inner struct only when one is met."""

    def fits(value: Any) -> bool:
        return conforms(kind)(value)

    return fits


def _each(fits: Fits) -> Fits:
    def all_fit(values: Iterable[Any]) -> bool:
        return all(map(fits, values))

    return all_fit


@cache
def conforms(kind: type[Element]) -> Fits:
    """Whether a struct that msgspec decoded follows the schema."""
    found = [(member, fits) for member in members(kind) if (fits := _fits(member)) is not None]
    if not found:
        return lambda _: True
    get = attrgetter(*(member.name for member, _ in found), "foreign")
    checks = [_each(fits) if member.many else fits for member, fits in found]

    def check(struct: Any) -> bool:
        return all(
            value is None or fits(value) for value, fits in zip(get(struct), checks, strict=False)
        )

    return check
