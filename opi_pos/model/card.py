"""What may be known of a card. There is no field for a full number, a track or a PIN."""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

_VISIBLE_FIRST = 6
_VISIBLE_LAST = 4
_SHORTEST, _LONGEST = 12, 19
"""Digits of a card number (ISO/IEC 7812 allows 8, but none below 12 is in use)."""
_RUN = re.compile(r"\d(?:[ -]?\d){11,}", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}", re.ASCII)
"""Of fourteen bytes and more: what holds a card number and one word is no shorter."""
_SUSPICIOUS = re.compile(f"{_RUN.pattern}|{_BASE64.pattern}", re.ASCII)
_HIDDEN = "***"


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
    """Mask whatever in a free text looks like a card number: 12 to 19 digits that pass Luhn, plain
    or in groups, also where other digits stand beside it, as an expiry date does. A base64 text
    with one inside is hidden as a whole.
    """
    text = _RUN.sub(lambda run: _mask_run(run[0]), text)
    return _BASE64.sub(lambda run: _HIDDEN if _holds_card(run[0]) else run[0], text)


def mask_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """As `mask_text`; the same tuple where there is nothing to mask, as nearly always."""
    if not any(map(_SUSPICIOUS.search, lines)):
        return lines
    return tuple(map(mask_text, lines))


def _holds_card(encoded: str) -> bool:
    bare = encoded.rstrip("=")
    try:
        inside = base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("latin-1")
    except (binascii.Error, ValueError):
        return False  # a long word
    return any(_mask_run(run[0]) != run[0] for run in _RUN.finditer(inside))


class MaskedRepr:
    """Of values with texts from outside: their `repr` finds its way into logs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return mask_text(super().__repr__())


def _mask_run(run: str) -> str:
    """`run` is digits with single spaces and dashes between them."""
    if _is_card(run):
        return mask_pan(run)
    groups = list(_GROUP.finditer(run))
    masked, done, first = "", 0, 0
    while first < len(groups):
        last = _end_of_card(run, groups, first)
        if last is not None:
            start, end = groups[first].start(), groups[last].end()
            masked += run[done:start] + mask_pan(run[start:end])
            done, first = end, last
        first += 1
    return masked + run[done:]


def _end_of_card(run: str, groups: list[re.Match[str]], first: int) -> int | None:
    """The last group of a card number that begins with group `first`."""
    start = groups[first].start()
    if len(digits := groups[first][0]) > _LONGEST:
        # Without a gap before what follows it, as on a track.
        cuts = range(_SHORTEST + 1, _LONGEST + 1)
        return first if any(_luhn(digits[:cut]) for cut in cuts) else None
    for last in range(len(groups) - 1, first, -1):
        parts = [len(group[0]) for group in groups[first : last + 1]]
        # As cards are embossed: 4-4-4-4, 4-6-5, 6-13; other groups are other numbers.
        if parts[0] in {4, 6} and min(parts) > 1 and _is_card(run[start : groups[last].end()]):
            return last
    return first if _is_card(digits) else None


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return _SHORTEST <= len(digits) <= _LONGEST and _luhn(digits)


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
