"""The shapes in which values come. None: there is no value; `OddValueError`: it is none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

_NUMBER: Final = re.compile(r"[+-]?\d{1,13}(\.\d{1,12})?", re.ASCII)
_GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,12})?", re.ASCII)
_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.[A-Za-z0-9]{0,9})?", re.ASCII)
_TICKET: Final = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d\d?), (\d\d) (\d\d:\d\d:\d\d)", re.ASCII)
_EXPIRY: Final = re.compile(r"(\d\d)/(\d\d)", re.ASCII)
MONTH_NAMES: Final = (
    *("ENE", "FEB", "MAR", "ABR", "MAY", "JUN"),
    *("JUL", "AGO", "SEP", "OCT", "NOV", "DIC"),
)
"""As tickets have them."""
_NOTHING: Final = frozenset({"", "null", "none", "nan", "undefined"})
_TRUE: Final = frozenset({"true", "1", "yes", "s", "si"})
_FALSE: Final = frozenset({"false", "0", "no", "n"})
_CENT: Final = Decimal("0.01")


class OddValueError(ValueError):
    """A value in a shape that nobody has seen."""


def text(value: object) -> str:
    """Texts and numbers; what is no text counts as empty when there is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise OddValueError
    return str(value).strip()


def amount(value: object) -> Decimal | None:
    """Pesos, with two decimals, never rounded: `"2.0"`, `"1"`, `2`, `"1,234.50"`; `"null"` is no
    amount.
    """
    plain = text(value)
    if plain.lower() in _NOTHING:
        return None
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise OddValueError
    exact = Decimal(plain)
    if exact != (cents := exact.quantize(_CENT)):
        raise OddValueError
    return cents


def whole(value: object) -> int | None:
    """A whole number, also as text."""
    plain = text(value)
    if plain.lower() in _NOTHING:
        return None
    if not _NUMBER.fullmatch(plain) or Decimal(plain) % 1:
        raise OddValueError
    return int(Decimal(plain))


def flag(value: object) -> bool | None:
    """`true`, `"true"`, `1`, `"0"`; absent is None."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    if word in _NOTHING:
        return None
    if word not in _TRUE | _FALSE:
        raise OddValueError
    return word in _TRUE


def members(value: object) -> Mapping[str, Any]:
    """An object, also as JSON in a text; terminals send an empty text where there is none."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING):
        return {}
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            raise OddValueError from None
    if not isinstance(value, dict):
        raise OddValueError
    return value


def moment(stamp: str) -> datetime | None:
    """`transDate`: `2021-03-04 14:33:37.CST` and `2021-03-04 14:27:30.0`; the terminal's own clock,
    so without a zone.
    """
    found = _STAMP.fullmatch(stamp.strip())
    return _datetime(f"{found[1]} {found[2]}") if found else None


def ticket_moment(stamp: str) -> datetime | None:
    """`ticketDate`: `MAR. 04, 21 14:33:38`, with Spanish months."""
    found = _TICKET.fullmatch(stamp.strip())
    if found is None or found[1].upper() not in MONTH_NAMES:
        return None
    month = MONTH_NAMES.index(found[1].upper()) + 1
    return _datetime(f"20{found[3]}-{month:02}-{int(found[2]):02} {found[4]}")


def _datetime(text_of_it: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text_of_it)
    except ValueError:
        return None


def expiry(shown: str) -> tuple[int, int] | None:
    """`cardExpDate` as year and month: MM/YY by the data model, YY/MM where that is no month."""
    found = _EXPIRY.fullmatch(shown.strip())
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if 1 <= first <= 12:
        return 2000 + second, first
    return (2000 + first, second) if 1 <= second <= 12 else None


def months(promotion: str) -> int | None:
    """`promotion`: months without interest; `00`, `0` and nothing are none."""
    return int(promotion) or None if promotion.isascii() and promotion.isdigit() else None
