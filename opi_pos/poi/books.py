"""A terminal's own books: every movement of money it made, so that a test can compare them with
the till and the journal.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec

from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount


class Movement(enum.StrEnum):
    """What an entry does to the cardholder's account."""

    CHARGE = "charge"
    REFUND = "refund"
    RESERVATION = "reservation"
    """Money is held, not taken."""
    COMPLETION = "completion"
    """A reservation is taken; `original` names it."""
    REVERSAL = "reversal"
    """Undoes the entry that `original` names, or part of it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One movement. `amount` is the whole of it, with tip, surcharge and cashback."""

    movement: Movement
    amount: Amount
    transaction_id: str
    time: str
    """As in the answer's POITransactionID: ISO 8601 in UTC."""
    service_id: ServiceID
    sale_id: SaleID
    poi_id: POIID
    reference: Reference = Reference("")
    """The till's SaleTransactionID; empty for a reversal, which names none."""
    sale_time: str = ""
    approval_code: str = ""
    original: str = ""
    """The `transaction_id` of the entry that this one undoes, completes or pays back."""
    automatic: bool = False
    """True when the terminal did it by itself: a refused signature, a failure after approval."""
    partial: bool = False
    """True when the till asked for more."""
    tip: Amount | None = None
    surcharge: Amount | None = None
    cashback: Amount | None = None
    brand: str = ""
    masked_pan: str = ""
    operator: str = ""
    shift: str = ""
    totals_group: str = ""
    period: int = 1
    """The number of the reconciliation period that it counts in."""


class Books:
    """Entries in the order they were made. `keep` is called with each new one, and with the
    number of each new reconciliation period.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        *,
        period: int = 1,
        keep: Callable[[Entry | int], None] | None = None,
    ) -> None:
        self.entries: list[Entry] = list(entries)
        self.period = period
        """The running reconciliation period."""
        self._keep = keep
        self.heard: Callable[[Entry], None] | None = None
        """A host behind the terminal that hears of each new entry."""

    def write(self, entry: Entry) -> None:
        """Add an entry; it is kept before this returns."""
        self.entries.append(entry)
        if self._keep is not None:
            self._keep(entry)
        if self.heard is not None:
            self.heard(entry)

    def close_period(self) -> int:
        """Begin the next reconciliation period; returns the one that was closed."""
        self.period += 1
        if self._keep is not None:
            self._keep(self.period)
        return self.period - 1

    def find(self, transaction_id: str) -> Entry | None:
        """The entry with that number."""
        return next((e for e in self.entries if e.transaction_id == transaction_id), None)

    def undone(self, transaction_id: str, *, automatic: bool = False) -> int:
        """Minor units already reversed of an entry; `automatic`: by the terminal itself."""
        return sum(
            e.amount.minor
            for e in self.entries
            if e.movement is Movement.REVERSAL
            and e.original == transaction_id
            and (e.automatic or not automatic)
        )

    def left(self, entry: Entry) -> Amount:
        """What of an entry was not undone, paid back or completed."""
        standing = [
            other
            for other in self.entries
            if other.original == entry.transaction_id and not self.undone(other.transaction_id)
        ]
        if any(other.movement is Movement.COMPLETION for other in standing):
            return entry.amount.with_minor(0)
        taken = (Movement.REVERSAL, Movement.REFUND)
        gone = sum(other.amount.minor for other in standing if other.movement in taken)
        return entry.amount.with_minor(max(0, entry.amount.minor - gone))

    def charges(self, reference: str) -> list[Entry]:
        """Charges and completions of a till's reference that were not wholly undone."""
        taken = (Movement.CHARGE, Movement.COMPLETION)
        return [
            e
            for e in self.entries
            if e.reference == reference
            and e.movement in taken
            and self.undone(e.transaction_id) < e.amount.minor
        ]

    def net(self) -> dict[str, int]:
        """Minor units taken from cardholders, by currency; holds do not count."""
        net: dict[str, int] = defaultdict(int)
        for entry in self.entries:
            net[entry.amount.currency] += self._effect(entry)
        return dict(net)

    def _effect(self, entry: Entry) -> int:
        match entry.movement:
            case Movement.CHARGE | Movement.COMPLETION:
                return entry.amount.minor
            case Movement.REFUND:
                return -entry.amount.minor
            case Movement.RESERVATION:
                return 0
            case Movement.REVERSAL:
                return -self._effect_of_original(entry)

    def _effect_of_original(self, entry: Entry) -> int:
        original = self.find(entry.original)
        if original is None or original.movement is Movement.RESERVATION:
            return 0
        if original.movement is Movement.REFUND:
            return -entry.amount.minor
        return entry.amount.minor
