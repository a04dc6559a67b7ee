"""A terminal as the rules' stateful test needs it: it keeps its own books, and is not helpful.

It approves a service id at most once. It may be busy, log the till out, reboot in mid-payment,
answer a question with its last transaction, and answer late or never (that is the link's part).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.news import (
    Answer,
    Ended,
    News,
    NoSession,
    NotKnown,
    Refusal,
    Running,
    Verdict,
)
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation


@dataclass(slots=True)
class Entry:
    """A transaction that took place."""

    order: MoneyOrder
    answer: Answer
    undone: bool = False

    @property
    def took_money(self) -> bool:
        return self.answer.verdict is Verdict.APPROVED and not self.undone


@dataclass(slots=True)
class Terminal:
    """One terminal. Its books outlive everything."""

    sale_id: SaleID
    poi_id: POIID
    books: dict[ServiceID, Entry] = field(default_factory=dict)
    logged_in: bool = False
    busy: bool = False
    vague: bool = False
    """It says `NotAllowed`, whether it has no session or is at work on something else."""
    running: tuple[ServiceID, MoneyOrder] | None = None
    stop_wished: bool = False

    def take(self, service_id: ServiceID, order: MoneyOrder) -> Answer | None:
        """A request arrives. None: it begins."""
        if service_id in self.books or (self.running and self.running[0] == service_id):
            return None  # doubled: it is known already
        if self.running is not None or self.busy:
            return self._refusal(Refusal.BUSY, service_id)
        if not self.logged_in:
            return self._refusal(Refusal.LOGGED_OUT, service_id)
        self.running = (service_id, order)
        self.stop_wished = False
        return None

    def _refusal(self, refusal: Refusal, service_id: ServiceID) -> Answer:
        return Answer(verdict=Verdict.REFUSED, refusal=refusal, service_id=service_id)

    def end(self, verdict: Verdict, *, to_sign: bool = False) -> tuple[ServiceID, Answer]:
        """What runs comes to its end and is in the books."""
        assert self.running is not None
        service_id, order = self.running
        self.running = None
        original = self._original(order)
        if order.operation is Operation.REVERSAL and (original is None or original.undone):
            verdict = Verdict.DECLINED
        moved = verdict is Verdict.APPROVED
        answer = Answer(
            verdict=verdict,
            service_id=service_id,
            sale_id=self.sale_id,
            poi_id=self.poi_id,
            reference=order.reference,
            sale_time=order.sale_time,
            authorized=order.amount if moved else None,
            signature_required=moved and to_sign,
        )
        self.books[service_id] = Entry(order, answer)
        if moved and original is not None:
            original.undone = True
        return service_id, answer

    def _original(self, order: MoneyOrder) -> Entry | None:
        if order.operation is not Operation.REVERSAL or order.original is None:
            return None
        return self.books.get(order.original.service_id)

    def status(self, target: ServiceID) -> News:
        """The answer to a question about `target`."""
        if not self.logged_in:
            return NoSession(certain=not self.vague)
        if self.running is not None and self.running[0] == target:
            return Running()
        if self.running is not None and self.vague:
            return NoSession(certain=False)
        if target in self.books:
            return Ended(answer=self.books[target].answer)
        return NotKnown()

    def log_in(self) -> Answer:
        """A login is always accepted, and stops what runs."""
        if self.busy:
            return Answer(verdict=Verdict.REFUSED, refusal=Refusal.BUSY)
        self.running = None
        self.logged_in = True
        return Answer(verdict=Verdict.APPROVED)

    def reboot(self) -> None:
        """It forgets its session and what runs, which took no money; the books stay."""
        self.logged_in = False
        self.running = None

    def took_money(self, service_ids: set[ServiceID]) -> bool:
        """Whether any of these is in the books as taken and not undone."""
        return any(self.books[s].took_money for s in service_ids if s in self.books)
