"""Currencies as BMP 49 and tag 1F21 have them."""

from __future__ import annotations

from opi_pos.model.currencies import CODES, NUMBERS
from opi_pos.model.errors import ProtocolError, UsageError
from opi_pos.model.money import Amount


def code_of(number: str) -> str:
    """The code of a number of up to four digits; an unknown number stays as it came."""
    return CODES.get(number[-3:], number) if number[:-3] in ("", "0") else number


def number_of(code: str) -> str:
    """Four digits for the wire, from a code or an unknown number; raises `ProtocolError`."""
    number = NUMBERS.get(code, code)
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise ProtocolError("currency", "is no ISO 4217 code")
    return number.zfill(4)


def to_amount(minor: int | None, currency: str | None, *, default: str) -> Amount | None:
    """An amount of a message at the edge; `default` is the currency of messages without one.

    None if the message has no amount; raises `ProtocolError` for a currency that has no code.
    """
    if minor is None:
        return None
    try:
        return Amount(minor=minor, currency=currency or default)
    except UsageError as error:
        raise ProtocolError("amount", str(error)) from None
