"""Amounts and card of a form: what is the merchant's, and what the card's own currency."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from opi_pos.model.card import mask_pan, mask_text
from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount

_LONGEST = 12
_LONGEST_ID = 64
_HIDDEN = re.compile(r"[^0-9]")


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """Without a conversion `card` is None."""

    merchant: Amount | None = None
    card: Amount | None = None
    rate: str = ""


def amounts(members: Mapping[str, str]) -> Amounts:
    """With a conversion (DCC) Amount and Currency are the card's, base… the merchant's."""
    plain = amount(members.get("Amount"), members.get("Currency"))
    base = amount(members.get("baseAmount"), members.get("baseCurrency"))
    if base is None:
        return Amounts(merchant=plain)
    return Amounts(merchant=base, card=plain, rate=members.get("dccRateValue", "")[:13])


def amount(minor: str | None, currency: str | None) -> Amount | None:
    """Minor units in decimal digits; None when it is none, never a guess."""
    digits = (minor or "").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _LONGEST:
        return None
    try:
        return Amount(minor=int(digits), currency=(currency or "").strip().upper())
    except UsageError:
        return None


def masked_pan(members: Mapping[str, str]) -> str:
    """MaskedPan with stars, masked again: how much of it is shown is a merchant's setting."""
    return mask_pan(_HIDDEN.sub("*", members.get("MaskedPan", "").strip()[:19]))


def identity(members: Mapping[str, str], name: str) -> str:
    """An id as it came. Not masked: two that are masked alike would be taken for one."""
    return members.get(name, "").strip()[:_LONGEST_ID]


def words(members: Mapping[str, str], name: str, most: int = 64) -> str:
    """A text for people: cut, and with no card number in it."""
    return mask_text(members.get(name, "").strip()[:most])
