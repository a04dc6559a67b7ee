"""What the terminal remembers over a reboot: its numbers, its turnover, open reservations, locks.

The store is a value in memory. Every change is a `News`, which the shell keeps in a file; a store
is built again from the news in their order.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

import msgspec

from opi_pos.model.money import Amount
from opi_pos.poi.scenario import Entry, Verification

LAST_TRACE: Final = 999_999
LAST_RECEIPT: Final = 9_999


class Kind(enum.StrEnum):
    """What a transaction was."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    RESERVATION = "reservation"
    BOOKING = "booking"
    """A reservation was taken, whole or in part."""
    RELEASE = "release"
    """A reservation was given up."""
    TIP = "tip"


class Dcc(msgspec.Struct, frozen=True, kw_only=True):
    """The cardholder paid in another currency. `rate` has six decimals, `markup` two."""

    amount: Amount
    rate: int
    markup: int


class Transaction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finished transaction: all that its status information and its receipts say."""

    kind: Kind
    amount: Amount
    trace: int
    receipt: int
    turnover: int
    stamp: str
    """YYYYMMDDHHMMSS in the terminal's time."""
    result: int = 0
    card: str = ""
    entry: Entry = Entry.CHIP
    verification: Verification = Verification.NONE
    approval_code: str = ""
    original_trace: int = 0
    original_receipt: int = 0
    tip: int = 0
    cashback: int = 0
    dcc: Dcc | None = None
    tippable: bool = False
    signature: bool = False
    automatic: bool = False
    """The terminal did it by itself."""

    @property
    def id(self) -> str:
        """As the books name it."""
        return f"{self.trace:06d}"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """The last numbers that were given out."""

    trace: int = 0
    receipt: int = 0
    turnover: int = 0


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of the store; exactly one member is set."""

    transaction: Transaction | None = None
    numbers: Numbers | None = None
    pending: Transaction | None = None
    """Authorised, and not yet final."""
    dropped: str = ""
    """The pending transaction with that id was taken back."""
    closed: tuple[str, ...] | None = None
    """End of day: the turnover is empty; the lines are its receipt."""
    lock: int | None = None
    """The terminal's status (05 01): 0 is ready."""
    clock_s: float | None = None
    """What the till's date and time differ from ours, seconds."""
    terminal_id: str = ""
    password: str = ""


class Store:
    """Turnover since the last end of day, and the rest that outlives a reboot."""

    def __init__(self, news: Iterable[News] = (), *, numbers: Numbers | None = None) -> None:
        self.numbers = numbers or Numbers()
        self.turnover: list[Transaction] = []
        """Since the last end of day, in order."""
        self.reservations: dict[int, Transaction] = {}
        """Open ones, by receipt number."""
        self.last: Transaction | None = None
        self.pending: Transaction | None = None
        self.day_receipt: tuple[str, ...] = ()
        self.lock = 0
        self.clock_s = 0.0
        self.terminal_id = ""
        """Set by a till; empty: the one it was made with."""
        self.password = ""
        for one in news:
            self.take(one)

    def take(self, news: News) -> None:
        """Take up a change."""
        if news.transaction is not None:
            self._add(news.transaction)
        if news.pending is not None:
            self.pending = news.pending
        if news.dropped:
            self.pending = None
        if news.numbers is not None:
            self.numbers = news.numbers
        if news.closed is not None:
            self.turnover.clear()
            self.day_receipt = news.closed
        if news.lock is not None:
            self.lock = news.lock
        if news.clock_s is not None:
            self.clock_s = news.clock_s
        self.terminal_id = news.terminal_id or self.terminal_id
        self.password = news.password or self.password

    def _add(self, transaction: Transaction) -> None:
        if self.pending is not None and self.pending.id == transaction.id:
            self.pending = None
        self.turnover = [t for t in self.turnover if t.id != transaction.id]
        self.turnover.append(transaction)
        self.last = transaction
        match transaction.kind:
            case Kind.RESERVATION:
                self.reservations[transaction.receipt] = transaction
            case Kind.BOOKING | Kind.RELEASE:
                self.reservations.pop(transaction.original_receipt, None)
            case Kind.REVERSAL if transaction.original_receipt in self.reservations:
                self.reservations.pop(transaction.original_receipt)
            case _:
                pass

    def next_numbers(self) -> Numbers:
        """The numbers of the next transaction; they wrap, and 0 is never one."""
        numbers = self.numbers
        return Numbers(
            trace=numbers.trace % LAST_TRACE + 1,
            receipt=numbers.receipt % LAST_RECEIPT + 1,
            turnover=numbers.turnover % LAST_TRACE + 1,
        )

    def find(self, receipt: int) -> Transaction | None:
        """The newest turnover with that receipt number."""
        return next((t for t in reversed(self.turnover) if t.receipt == receipt), None)

    def reversed(self, transaction: Transaction) -> bool:
        """Whether a later transaction undid it."""
        return any(
            t.kind is Kind.REVERSAL and t.original_trace == transaction.trace for t in self.turnover
        )

    def find_reservation(self, receipt: int | None, trace: int | None) -> Transaction | None:
        """An open reservation by its receipt or trace number."""
        if receipt is not None and receipt in self.reservations:
            return self.reservations[receipt]
        return next((t for t in self.reservations.values() if t.trace == trace), None)
