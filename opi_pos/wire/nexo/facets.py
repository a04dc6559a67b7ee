"""What the schema demands of a value beyond its type: lengths, digits, ranges, patterns.

A facet looks at a value that we are about to write and names the problem, never the value.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from opi_pos.wire.nexo.problems import INVALID_VALUE

Check = Callable[[object], str | None]
"""Gives the problem with a value, or None."""

_DATE_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Facet:
    """One demand on the text of a value, or on a number."""

    __slots__ = ("check",)

    def __init__(self, check: Check) -> None:
        self.check = check


def _pattern(pattern: str, wish: str) -> Facet:
    fits = re.compile(pattern, re.ASCII).fullmatch

    def check(value: object) -> str | None:
        return None if fits(str(value)) else f"{INVALID_VALUE}: {wish}"

    return Facet(check)


def length(low: int, high: int) -> Facet:
    """A text of `low` to `high` characters."""

    def check(value: object) -> str | None:
        if low <= len(str(value)) <= high:
            return None
        return f"{INVALID_VALUE}: {low} to {high} characters expected"

    return Facet(check)


def digits(low: int, high: int) -> Facet:
    """A text of `low` to `high` digits."""
    return _pattern(rf"[0-9]{{{low},{high}}}", f"{low} to {high} digits expected")


def between(low: int, high: int | None) -> Facet:
    """A number from `low` to `high`, both included; no upper end when `high` is None."""

    def check(value: object) -> str | None:
        if isinstance(value, int | Decimal) and low <= value and (high is None or value <= high):
            return None
        return f"{INVALID_VALUE}: out of range"

    return Facet(check)


def _decoded(value: object) -> bytes | None:
    try:
        return binascii.a2b_base64("".join(str(value).split()).encode(), strict_mode=True)
    except ValueError:
        return None


def octets(low: int, high: int | None) -> Facet:
    """Base64 of `low` to `high` bytes."""

    def check(value: object) -> str | None:
        data = _decoded(value)
        if data is None:
            return f"{INVALID_VALUE}: base64 expected"
        if len(data) < low or (high is not None and len(data) > high):
            return f"{INVALID_VALUE}: wrong number of bytes"
        return None

    return Facet(check)


def _amount(value: object) -> str | None:
    if isinstance(value, Decimal) and 0 <= value <= _LARGEST_AMOUNT:
        return None
    return f"{INVALID_VALUE}: out of range"


_LARGEST_AMOUNT: Final = Decimal("99999999.999999")

AMOUNT: Final = Facet(_amount)
"""SimpleAmountType: 0 to 99999999.999999."""

BASE64: Final = octets(0, None)
DIGITS: Final = _pattern(r"[0-9]*", "digits expected")
UPPER3: Final = _pattern(r"[A-Z]{3}", "three capital letters expected")
"""ISO 4217 currency or ISO 3166 country."""

LANGUAGE: Final = _pattern(r"[a-z]{2}", "two small letters expected")
"""ISO 639-1."""


def _date_time(value: object) -> str | None:
    if _DATE_TIME.fullmatch(str(value)):
        return None
    return f"{INVALID_VALUE}: ISO date and time with offset expected"


DATE_TIME: Final = Facet(_date_time)
"""xs:dateTime whose offset or Z is mandatory."""
