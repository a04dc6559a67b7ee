"""The numbers by which a transaction is recognised, and which of two is newer. Pure.

They are durable before the money command leaves, and compared after a doubt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from opi_pos.model.results import TransactionID
from terminal_bridge.zvt.messages.status import StatusInformation

NO_RECEIPT: Final = "FFFF"


class Numbers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Digits as they came; empty where the terminal named none."""

    receipt: str = ""
    trace: str = ""
    turnover: str = ""
    terminal_id: str = ""
    date: str = ""
    """MMDD, by the terminal's clock."""
    time: str = ""
    """HHMMSS."""

    @property
    def named(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.receipt or self.trace or self.turnover)


def numbers_of(status: StatusInformation) -> Numbers:
    """The numbers of a status information."""
    receipt = status.receipt_no or ""
    return Numbers(
        receipt="" if receipt == NO_RECEIPT else receipt,
        trace=status.trace or "",
        turnover=status.turnover_no or "",
        terminal_id=status.terminal_id or "",
        date=status.date or "",
        time=status.time or "",
    )


def _ahead(before: str, after: str) -> int | None:
    """1: `after` is newer, -1: older, 0: the same, None: no numbers.

    Numbers wrap after their last digit, so the nearer way counts; card complete shows only the
    last four digits in one place.
    """
    if not (before.isdigit() and after.isdigit()):
        return None
    modulus: int = 10 ** min(len(before), len(after))
    distance = (int(after) - int(before)) % modulus
    if distance == 0:
        return 0
    return 1 if distance < modulus // 2 else -1


def compare(before: Numbers, after: Numbers) -> int | None:
    """1: `after` is of a newer transaction, 0: of the same, -1: of an older one.

    None when they share no number, or contradict each other (an end of day began one anew).
    """
    names = ("receipt", "trace", "turnover")
    ways = (_ahead(getattr(before, name), getattr(after, name)) for name in names)
    told = [way for way in ways if way is not None]
    if not told:
        return None
    moved = {way for way in told if way}
    if not moved:
        return 0
    return moved.pop() if len(moved) == 1 else None


def same(one: Numbers, other: Numbers) -> bool:
    """Whether both name one transaction."""
    return compare(one, other) == 0


# --- as the till sees them ---------------------------------------------------------------------


def transaction_id(numbers: Numbers, now: datetime) -> TransactionID | None:
    """`0007` with trace 000041 is `0007-000041`; a later reversal needs one, a booking the other.

    The terminal tells no year: it is the one that brings the date nearest to the till's `now`.
    """
    if not (numbers.receipt or numbers.trace):
        return None
    name = f"{numbers.receipt}-{numbers.trace}".rstrip("-")
    return TransactionID(id=name, time=_stamp(numbers.date, numbers.time, now))


def _stamp(date: str, time: str, now: datetime) -> str:
    if len(date) != 4 or len(time) != 6:
        return ""
    year = now.year
    if (now.month, date[:2]) == (1, "12"):
        year -= 1
    elif (now.month, date[:2]) == (12, "01"):
        year += 1
    return f"{year:04}-{date[:2]}-{date[2:]}T{time[:2]}:{time[2:4]}:{time[4:]}"


def from_transaction(transaction: TransactionID | None) -> Numbers:
    """Back from the id that the till keeps; a bare number is a receipt number."""
    receipt, _, trace = (transaction.id if transaction is not None else "").partition("-")
    return Numbers(
        receipt=receipt if receipt.isdigit() else "", trace=trace if trace.isdigit() else ""
    )
