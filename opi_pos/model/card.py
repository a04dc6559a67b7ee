"""What may be known of a card. There is no field for a full number, a track or a PIN."""

from __future__ import annotations

import re

import msgspec

_VISIBLE_FIRST = 6
_VISIBLE_LAST = 4
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){11,18}(?!\d)", re.ASCII)


def mask_pan(pan: str) -> str:
    """Keep at most the first six and last four digits of a card number (PCI DSS 3.4)."""
    compact = re.sub(r"[ -]", "", pan)
    plain = sum(character.isdigit() for character in compact)
    if plain <= _VISIBLE_FIRST + _VISIBLE_LAST:
        return compact
    hidden = len(compact) - _VISIBLE_FIRST - _VISIBLE_LAST
    return compact[:_VISIBLE_FIRST] + "*" * hidden + compact[-_VISIBLE_LAST:]


def _luhn(digits: str) -> bool:
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mask_text(text: str) -> str:
    """Mask whatever in a free text looks like a card number: 12 to 19 digits that pass Luhn."""

    def hide(match: re.Match[str]) -> str:
        digits = re.sub(r"[ -]", "", match[0])
        return mask_pan(digits) if _luhn(digits) else match[0]

    return _DIGITS.sub(hide, text)


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card as a result shows it. `masked_pan` is masked again on the way in."""

    masked_pan: str = ""
    brand: str = ""
    entry_mode: str = ""
    token: str = ""
    """A token of the acquirer's, for recurring use; never a card number."""

    def __post_init__(self) -> None:
        if self.masked_pan != (masked := mask_pan(self.masked_pan)):
            msgspec.structs.force_setattr(self, "masked_pan", masked)
