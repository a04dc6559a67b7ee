"""What may be known of a card. There is no field for a full number, a track or a PIN."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

_VISIBLE_FIRST = 6
_VISIBLE_LAST = 4
_SHORTEST, _LONGEST = 12, 19
"""Digits of a card number (ISO/IEC 7812 allows 8, but none below 12 is in use)."""
_RUN = re.compile(r"\d(?:[ -]?\d){11,}", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}", re.ASCII)
"""Of fourteen bytes and more: what holds a card number and one word is no shorter."""
_TRACK = re.compile(r"(\d{12,19})(?:[=Dd]|\^[^^\n]{0,40}\^)\d{5,}", re.ASCII)
"""Track 1 or 2: behind the number stand expiry date, service code and the issuer's own data."""
_SUSPICIOUS = re.compile(f"{_RUN.pattern}|{_BASE64.pattern}", re.ASCII)
_HIDDEN = "***"
_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Of each digit doubled the sum of its digits, as Luhn's check wants every second one."""
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])\d{14}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3[0689]\d{12}"  # Diners
    r"|35\d{14,17}"  # JCB
    r"|(?:5[06-8]|6\d)\d{11,17}",  # Maestro, Discover, UnionPay and national schemes
    re.ASCII,
)

_INSIDE: Final = re.compile(
    r"(?=(4\d{15}|(?:5[1-5]|2[2-7])\d{14}|35\d{14}|(?:5[06-8]|6\d)\d{14}"
    r"|3[47]\d{13}|3[0689]\d{12}))",
    re.ASCII,
)
"""At any place of a longer number without gaps: a number of the one length that a scheme nearly
always gives out. Of random numbers of 19 digits this takes one in seven for a card's, besides the
one in ten whose own check digit is right.
"""


class Suspicion(NamedTuple):
    """What is taken for a card number."""

    is_card: Callable[[str], bool]
    also_inside: bool
    """A number of a scheme's, written without a gap between other digits."""


def mask_pan(pan: str) -> str:
    """Keep at most the first six and last four digits of a card number (PCI DSS 3.4)."""
    compact = re.sub(r"[ -]", "", pan)
    plain = sum(character.isdigit() for character in compact)
    if plain <= _VISIBLE_FIRST + _VISIBLE_LAST:
        return compact
    hidden = len(compact) - _VISIBLE_FIRST - _VISIBLE_LAST
    return compact[:_VISIBLE_FIRST] + "*" * hidden + compact[-_VISIBLE_LAST:]


def _luhn(digits: str) -> bool:
    plain, doubled = digits[::-1][::2], digits[::-1][1::2]
    return sum(map(int, plain + doubled.translate(_DOUBLED))) % 10 == 0


def mask_text(text: str) -> str:
    """Mask whatever in a free text looks like a card number: 12 to 19 digits that pass Luhn, plain
    or in groups, also where other digits stand beside it, as an expiry date does. Inside a longer
    number without gaps it is one that a card scheme gives out. A base64 text with one inside is
    hidden as a whole, and so is the rest of a track.
    """
    return _mask(text, _ANY)


def mask_print(text: str) -> str:
    """As `mask_text`, for what is put on paper: only numbers that a card scheme gives out. Receipts
    are full of other long numbers, and one in ten has a card number's check digit by chance.
    """
    return _mask(text, _PRINTED)


def mask_lines(lines: tuple[str, ...], mask: Callable[[str], str] = mask_text) -> tuple[str, ...]:
    """Each line masked; the same tuple where there is nothing to mask, as nearly always."""
    if not any(map(_SUSPICIOUS.search, lines)):
        return lines
    return tuple(map(mask, lines))


def _mask(text: str, what: Suspicion) -> str:
    text = _TRACK.sub(lambda track: _mask_track(track, what), text)
    text = _RUN.sub(lambda run: _mask_run(run[0], what), text)
    return _BASE64.sub(lambda run: _HIDDEN if _holds_card(run[0]) else run[0], text)


def _mask_track(track: re.Match[str], what: Suspicion) -> str:
    return mask_pan(track[1]) + _HIDDEN if what.is_card(track[1]) else track[0]


def _holds_card(encoded: str) -> bool:
    bare = encoded.rstrip("=")
    try:
        inside = base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("latin-1")
    except (binascii.Error, ValueError):
        return False  # a long word
    return any(_mask_run(run[0], _WHOLE) != run[0] for run in _RUN.finditer(inside))


class MaskedRepr:
    """Of values with texts from outside: their `repr` finds its way into logs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return mask_text(super().__repr__())


def _mask_run(run: str, what: Suspicion) -> str:
    """`run` is digits with single spaces and dashes between them."""
    if what.is_card(run):
        return mask_pan(run)
    groups = list(_GROUP.finditer(run))
    masked, done, first = "", 0, 0
    while first < len(groups):
        last = _end_of_card(run, groups, first, what.is_card)
        start, end = groups[first].span()
        inside = _card_inside(groups[first][0]) if what.also_inside and last is None else None
        if last is not None:
            end, first = groups[last].end(), last
        elif inside is not None:
            start, end = start + inside.start, start + inside.stop
        if last is not None or inside is not None:
            masked += run[done:start] + mask_pan(run[start:end])
            done = end
        first += 1
    return masked + run[done:]


def _end_of_card(
    run: str, groups: list[re.Match[str]], first: int, is_card: Callable[[str], bool]
) -> int | None:
    """The last group of a card number that begins with group `first`."""
    start = groups[first].start()
    if len(digits := groups[first][0]) > _LONGEST:
        # Without a gap before what follows it, as on a track.
        cuts = range(_SHORTEST + 1, _LONGEST + 1)
        return first if any(is_card(digits[:cut]) for cut in cuts) else None
    for last in range(len(groups) - 1, first, -1):
        parts = [len(group[0]) for group in groups[first : last + 1]]
        # As cards are embossed: 4-4-4-4, 4-6-5, 6-13; other groups are other numbers.
        if parts[0] in {4, 6} and min(parts) > 1 and is_card(run[start : groups[last].end()]):
            return last
    return first if is_card(digits) else None


def _card_inside(digits: str) -> range | None:
    """Where in a longer number a card's number stands."""
    for found in _INSIDE.finditer(digits):
        if _luhn(found[1]):
            return range(*found.span(1))
    return None


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return _SHORTEST <= len(digits) <= _LONGEST and _luhn(digits)


def _is_scheme_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return _SCHEMES.fullmatch(digits) is not None and _luhn(digits)


_ANY: Final = Suspicion(_is_card, also_inside=True)
_WHOLE: Final = Suspicion(_is_card, also_inside=False)
_PRINTED: Final = Suspicion(_is_scheme_card, also_inside=False)


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card as a result shows it. Everything is masked again on the way in."""

    masked_pan: str = ""
    brand: str = ""
    entry_mode: str = ""
    token: str = ""
    """A token of the acquirer's, for recurring use; never a card number."""

    def __post_init__(self) -> None:
        if self.masked_pan != (masked := mask_text(mask_pan(self.masked_pan))):
            msgspec.structs.force_setattr(self, "masked_pan", masked)
        for name in ("brand", "entry_mode", "token"):
            told: str = getattr(self, name)
            if told != (masked := mask_text(told)):
                msgspec.structs.force_setattr(self, name, masked)
