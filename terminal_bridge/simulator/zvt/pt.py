"""The terminal itself, as its commands see it: what it knows, shows, prints and remembers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from msgspec import structs

from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.scenario import Choice, Scenario
from terminal_bridge.simulator.zvt.customer import Customer
from terminal_bridge.simulator.zvt.profile import PtProfile
from terminal_bridge.simulator.zvt.registration import Registration
from terminal_bridge.simulator.zvt.store import Kind, News, Store, Transaction
from terminal_bridge.zvt.tables import terminal_status

MOVEMENTS: Final = {
    Kind.PAYMENT: Movement.CHARGE,
    Kind.TIP: Movement.CHARGE,
    Kind.REFUND: Movement.REFUND,
    Kind.RESERVATION: Movement.RESERVATION,
    Kind.BOOKING: Movement.COMPLETION,
    Kind.RELEASE: Movement.REVERSAL,
    Kind.REVERSAL: Movement.REVERSAL,
}

MAX_VIOLATIONS: Final = 1000
"""Kept at most, so that a broken till does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Violation:
    """The till did what the protocol does not allow."""

    at: float
    control: int
    what: str


class Pt:
    """One terminal's own things. No rules of the dialogue."""

    def __init__(
        self,
        profile: PtProfile,
        books: Books,
        store: Store,
        choose: Choice,
        customer: Customer | None = None,
    ) -> None:
        self.made_with = profile
        """As it left the factory; `profile` is what tills made of it."""
        self.books = books
        self.store = store
        self.choose = choose
        self.customer = customer or Customer()
        self.registration = Registration()
        self.now = 0.0
        """Unix seconds of what happens now."""
        self.printer_ok = True
        self.printed: list[tuple[str, ...]] = []
        """What came out of the terminal's own printer."""
        self.shown: tuple[str, ...] = ()
        """What the till shows on the terminal."""
        self.card: Scenario | None = None
        """The card that was read ahead (06 C0)."""
        self.answers: dict[int, bytes] = {}
        """What the till last answered to 04 0D and 04 0E."""
        self.violations: list[Violation] = []
        self.started = False
        """True from a start until the till asked for the status: tag 1F79."""
        self.updated = bool(profile.after_update)

    @property
    def profile(self) -> PtProfile:
        """With the terminal id and the password that a till may have set."""
        store, made = self.store, self.made_with
        if not (store.terminal_id or store.password):
            return made
        return structs.replace(
            made,
            terminal_id=store.terminal_id or made.terminal_id,
            password=store.password or made.password,
        )

    def violated(self, control: int, what: str) -> None:
        """Note what the till did wrong."""
        if len(self.violations) < MAX_VIOLATIONS:
            self.violations.append(Violation(self.now, control, what))

    @property
    def stamp(self) -> str:
        """YYYYMMDDHHMMSS by the terminal's clock, which the till may have set."""
        moment = datetime.fromtimestamp(self.now + self.store.clock_s, UTC)
        return moment.strftime("%Y%m%d%H%M%S")

    @property
    def status(self) -> int:
        """What a status enquiry says."""
        return self.store.lock

    @property
    def status_byte(self) -> int:
        """BMP 19 of the completion of a registration."""
        locks = {
            terminal_status.INITIALISATION_REQUIRED: 0x01,
            terminal_status.DIAGNOSIS_REQUIRED: 0x02,
        }
        return self.profile.status_byte | locks.get(self.store.lock, 0)

    def take(self, news: News) -> News:
        """Take up a change of the store; it is to be kept by the caller."""
        self.store.take(news)
        return news

    def entry_of(
        self, transaction: Transaction, *, original: str = "", partial: bool = False
    ) -> Entry:
        """The movement of a transaction, as the books have it."""
        t = transaction
        return Entry(
            movement=MOVEMENTS[t.kind],
            amount=t.amount,
            transaction_id=t.id,
            time=_iso(t.stamp),
            service_id=ServiceID(t.id),
            sale_id=SaleID(""),
            poi_id=POIID(self.profile.terminal_id),
            approval_code=t.approval_code,
            original=original,
            automatic=t.automatic,
            partial=partial,
            tip=_part(t.amount, t.tip),
            cashback=_part(t.amount, t.cashback),
            brand=t.card,
            period=self.books.period,
        )


def _part(amount: Amount, minor: int) -> Amount | None:
    return amount.with_minor(minor) if minor else None


def _iso(stamp: str) -> str:
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}.000Z"
