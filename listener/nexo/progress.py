"""What a terminal's text says about where the payment stands.

The texts are shown as they are; the code is only for programs and for drawing. Nothing here
decides about money: "Approved" on a display is a text (rule 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from opi_pos.model.devices import Progress

_STARS: Final = re.compile(r"[*•●]")
_PIN_STARS: Final = re.compile(
    # After the word, after a colon (the word is another one in other languages), or alone.
    r"\bpin\b[^*•●]*[*•●][*•● ]*$|:\s*[*•●]+\s*$|^[*•● ]+$",
    re.IGNORECASE,
)

_PIN = r"\b(?:enter|ask for|type|key in|wrong|ange|slå|tast|syötä|anna)\b.{0,24}\bpin"
_RESULT = (
    r"\b(?:approved|declined|disapproved|refused|cancelled|canceled|aborted|godkän[dt]|nekad"
    r"|avbruten|godkendt|godkjent|avvist|afvist|hyväksytty|hylätty|genehmigt|abgelehnt)\b"
)
_REMOVE = r"\b(?:remove|take)\b.{0,24}\bcard\b|\bta ut kort|\bpoista kortti|\bkarte entnehmen"
_SIGNATURE = r"\bsignatur(?:e|en)?\b(?! possible)|\bunderskrift|\ballekirjoit|\bunterschrift"
_CARD = (
    r"\b(?:present|insert|swipe|tap|show|waiting for|sätt i|indsæt|sett inn)\b.{0,24}"
    r"\b(?:card|kort)\b|\bnew customer\b|\bsyötä kortti|\bkarte einstecken"
)

_WORDS: Final = tuple(
    (known, re.compile(words, re.IGNORECASE | re.DOTALL))
    # In the order of belief, for a text may speak of two things. English is what the terminals'
    # makers show in their guides; the Nordic and German words are inferred.
    for known, words in (
        (Progress.WAIT_PIN, _PIN),
        (Progress.RESULT_SHOWN, _RESULT),
        (Progress.REMOVE_CARD, _REMOVE),
        (Progress.AUTHORISING, r"\bauthori[sz]|\bgodkänner\b|\bautoriser"),
        (Progress.WAIT_SIGNATURE, _SIGNATURE),
        (Progress.WAIT_CARD, _CARD),
        (Progress.IDLE, r"\b(?:welcome|välkommen|velkommen|tervetuloa|willkommen)\b"),
        (
            Progress.TERMINAL_BUSY,
            r"\b(?:please wait|processing|vänta|vent venligst|odota|bitte warten)\b",
        ),
    )
)

APPROVED_TEXT_IDS: Final = frozenset({"202", "9202"})
"""Text ids that integrators of Swedbank's terminals take for "approved"; still only a text."""

EVENTS: Final = {
    "TENDER_CREATED": Progress.STARTED,
    "PROVIDE_CARD_DETAILS": Progress.WAIT_CARD,
    "CARD_INSERTED": Progress.TERMINAL_BUSY,
    "CARD_PRESENTED": Progress.TERMINAL_BUSY,
    "CARD_SWIPED": Progress.TERMINAL_BUSY,
    "CARD_DETAILS_PROVIDED": Progress.TERMINAL_BUSY,
    "APPLICATION_SELECTED": Progress.TERMINAL_BUSY,
    "WAIT_FOR_PIN": Progress.WAIT_PIN,
    "PIN_ENTERED": Progress.AUTHORISING,
    "ASK_SIGNATURE": Progress.WAIT_SIGNATURE,
    "CHECK_SIGNATURE": Progress.WAIT_SIGNATURE,
    "SIGNATURE_CHECKED": Progress.TERMINAL_BUSY,
    "TENDER_FINAL": Progress.RESULT_SHOWN,
}
"""Adyen's display events; those without an entry say nothing about the progress."""


def shows_pin_stars(lines: Sequence[str]) -> bool:
    """Whether a line counts the digits of a PIN; such a display is shown and never stored."""
    return any(_PIN_STARS.search(line) is not None for line in lines if _STARS.search(line))


def progress(lines: Sequence[str]) -> Progress:
    """The progress that the lines speak of, `OTHER` when they say nothing known."""
    if shows_pin_stars(lines):
        return Progress.PIN_PROGRESS
    text = "\n".join(lines)
    return next((known for known, words in _WORDS if words.search(text)), Progress.OTHER)
