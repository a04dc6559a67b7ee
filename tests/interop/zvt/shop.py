"""A whole till of ours, with everything real but the disk, at somebody else's terminal."""

from __future__ import annotations

from typing import Any

from opi_pos import QuietCashier, SaleSystem
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.devices import Display, PrintJob, Question
from opi_pos.runtime.sale_system import Parts


class Bea(QuietCashier):
    """Notes what she sees, and says what she was told to."""

    def __init__(self, *, says: bool | None = True, prints: bool = True) -> None:
        self.says = says
        self.prints = prints
        self.shown: list[Display] = []
        self.printed: list[PrintJob] = []
        self.asked: list[Question] = []

    async def display(self, poi: str, display: Display) -> None:
        self.shown.append(display)

    async def confirm(self, poi: str, question: Question) -> bool | None:
        self.asked.append(question)
        return self.says

    async def print(self, poi: str, job: PrintJob) -> bool:
        self.printed.append(job)
        return self.prints


def till_at(url: str, cashier: QuietCashier | None = None, **words: Any) -> SaleSystem:
    """A till with a journal of its own, in full integration."""
    parts = Parts(journal=MemoryJournal(), ownership=MemoryOwnership(MemoryLocks()))
    settings: dict[str, Any] = {
        "integration": "full",
        "currency": "EUR",
        "recovery_s": 20.0,
        "link_delay_s": 0.1,
        **words,
    }
    return SaleSystem.open(terminal=url, cashier=cashier, parts=parts, **settings)
