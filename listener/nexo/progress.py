"""What a terminal's text says about where the payment stands.

The texts are shown as they are; the code is only for programs and for drawing. Nothing here
decides about money: "Approved" on a display is a text (rule 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from opi_pos.model.devices import Progress

_PIN_STARS: Final = re.compile(
    # After the word, after a colon (the word is another one in other languages), or alone.
    r"\bpin\b[^*•●]*[*•●][*•● ]*$|:\s*[*•●]+\s*$|^[*•● ]+$",
    re.IGNORECASE,
)

_RESULTS: Final = (
    "approved declined disapproved refused cancelled canceled aborted godkänd godkänt nekad"
    " avbruten godkendt godkjent avvist afvist hyväksytty hylätty genehmigt abgelehnt"
)

# A text speaks of something when it has one word of every group. English is what the terminals'
# makers show in their guides; the Swedish, Norwegian, Danish, Finnish and German words are
# inferred. The order is that of belief, for a text may speak of two things.
_WORDS: Final = tuple(
    (known, tuple(frozenset(group.split()) for group in groups))
    for known, *groups in (
        (Progress.WAIT_PIN, "enter ask type key wrong ange slå tast syötä anna", "pin"),
        (Progress.RESULT_SHOWN, _RESULTS),
        (Progress.REMOVE_CARD, "remove take ta poista", "card kort kortti kortet"),
        (Progress.REMOVE_CARD, "entnehmen", "karte"),
        (
            Progress.AUTHORISING,
            "authorizing authorising authorization authorisation godkänner autoriserer",
        ),
        (Progress.WAIT_CARD, "present insert swipe tap show waiting", "card"),
        (Progress.WAIT_CARD, "sätt indsæt sett", "kort kortet"),
        (Progress.WAIT_CARD, "syötä", "kortti"),
        (Progress.WAIT_CARD, "einstecken", "karte"),
        (
            Progress.WAIT_SIGNATURE,
            "signature signatur signaturen underskrift allekirjoitus unterschrift",
        ),
        (Progress.IDLE, "welcome välkommen velkommen tervetuloa willkommen"),
        (Progress.TERMINAL_BUSY, "wait processing vänta vent odota warten"),
    )
)
_KNOWN: Final = frozenset(word for _, groups in _WORDS for group in groups for word in group)
_NOT_LETTERS: Final = re.compile(r"[\W\d_]+")

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
    whole = "".join(lines)
    if "*" not in whole and "•" not in whole and "●" not in whole:
        return False
    return any(_PIN_STARS.search(line) is not None for line in lines)


@lru_cache(maxsize=512)
def progress(lines: tuple[str, ...]) -> Progress:
    """The progress that the lines speak of, `OTHER` when they say nothing known.

    Terminals show the same few texts again and again, so what they mean is remembered.
    """
    words = _KNOWN.intersection(_NOT_LETTERS.split(" ".join(lines).lower()))
    for known, groups in _WORDS:
        if not any(words.isdisjoint(group) for group in groups):
            return known
    return Progress.OTHER
