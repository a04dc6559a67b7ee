"""What NetPay's documentation leaves open, or what terminals were seen to do beside it."""

from __future__ import annotations

import enum

import msgspec


class Busy(enum.StrEnum):
    """What becomes of a sale that is pushed to a terminal at work [inferred]."""

    LOST = "lost"
    """The cloud says "pushed", and nothing comes."""
    CANCELLED = "cancelled"
    """It is cancelled at once."""
    QUEUED = "queued"


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the terminal's application."""

    names_failures: bool = False
    """Responses to what was not approved bear the folio."""
    echoes_traceability: bool = True
    """What a sale gave comes back with its response, whatever came of it."""
    remembers_cancelled: bool = True
    """A sale that nobody paid for is known by its folio."""
    busy: Busy = Busy.LOST
    tells: str = "C"
    """`reprintModule` of what is no reprint."""


DEFAULT = Habits()
