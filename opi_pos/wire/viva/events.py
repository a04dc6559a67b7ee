"""What a session's `eventId` says. The vendor's whole list is not public: an id that is not here
is neither a success nor a proved failure.

No failure of this system is quite final: 1006, 1010 and 1099 were seen for payments that turned out
to be paid, once nine seconds later under the same sale. So whoever believes one looks again.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec


class Meaning(enum.StrEnum):
    """The class of an event id: this decides, the text only explains."""

    DONE = "done"
    RUNNING = "running"
    STOPPED = "stopped"
    """The cardholder or an abort stopped it."""
    DECLINED = "declined"
    """The terminal, the card or the host said no."""
    MALFORMED = "malformed"
    """The order was not understood; nothing began."""
    UNKNOWN = "unknown"


class EventId(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table."""

    meaning: Meaning
    text: str


def _declined(text: str) -> EventId:
    return EventId(meaning=Meaning.DECLINED, text=text)


OK: Final = 0
CANCELLED_BY_USER: Final = 1000
TERMINAL_TIMEOUT: Final = 1003
TERMINAL_DECLINED: Final = 1004
DECLINED_BY_SERVER: Final = 1006
DECLINED_BY_CARD: Final = 1007
INVALID_CARD: Final = 1010
ABORTED: Final = 1016
INSUFFICIENT_FUNDS: Final = 1020
GENERIC: Final = 1099
IN_PROGRESS: Final = 1100
BAD_PARAMETERS: Final = 6000

EVENTS: Final[dict[int, EventId]] = {
    OK: EventId(meaning=Meaning.DONE, text="Transaction successful"),
    CANCELLED_BY_USER: EventId(meaning=Meaning.STOPPED, text="Cancelled on the terminal"),
    TERMINAL_TIMEOUT: EventId(meaning=Meaning.STOPPED, text="The terminal timed out"),
    TERMINAL_DECLINED: _declined("Declined by the terminal"),
    DECLINED_BY_SERVER: _declined("Declined by the server"),
    DECLINED_BY_CARD: _declined("Declined by the card"),
    INVALID_CARD: _declined("Invalid card"),
    ABORTED: EventId(meaning=Meaning.STOPPED, text="Aborted"),
    INSUFFICIENT_FUNDS: _declined("Insufficient funds"),
    1076: _declined("The fiscal signature is wrong"),
    1077: _declined("The fiscal data do not match"),
    1083: _declined("The fiscal data are missing"),
    GENERIC: _declined("Generic transaction error"),
    IN_PROGRESS: EventId(meaning=Meaning.RUNNING, text="In progress"),
    BAD_PARAMETERS: EventId(meaning=Meaning.MALFORMED, text="Bad parameters"),
}

_UNKNOWN: Final = EventId(meaning=Meaning.UNKNOWN, text="")


def event_of(event_id: int | None) -> EventId:
    """What an id says; of an unknown one, that it is unknown."""
    return _UNKNOWN if event_id is None else EVENTS.get(event_id, _UNKNOWN)
