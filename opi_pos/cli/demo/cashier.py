"""The cashier of the demonstration: decides as the story says, and notes what was shown."""

from __future__ import annotations

import asyncio

from opi_pos.cli.demo.drawing import Drawing
from opi_pos.model.devices import Display, Event, EventKind, PrintJob, Progress, Question
from opi_pos.runtime.cashier import QuietCashier

WITHIN_S = 30.0
"""The longest that the story waits for anything; then it is broken."""


class StoryCashier(QuietCashier):
    """Everything that was shown is kept in order, so that the story can wait for it."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._seen: list[Progress | EventKind] = []
        self._more = asyncio.Event()
        self.accepts = True
        """What it says to the next signature."""

    async def display(self, poi: str, display: Display) -> None:
        """The drawing shows the text already."""
        del poi
        self._note(display.progress)

    async def event(self, poi: str, event: Event) -> None:
        """Alarms are the till's own, so no arrow shows them."""
        del poi
        if event.name.startswith("alarm."):
            self._drawing.note(f"! {event.details}", "yellow")
        self._note(event.kind)

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """As the story says."""
        del poi, question
        words = "is right" if self.accepts else "is not that of the card"
        self._drawing.note(f"cashier: the signature {words}", "magenta")
        return self.accepts

    async def print(self, poi: str, job: PrintJob) -> bool:
        """Paper comes out."""
        del poi
        self._drawing.note(f"printer: {job.receipt.copy.value} receipt", "magenta")
        return True

    def mark(self) -> int:
        """Where the story is now."""
        return len(self._seen)

    async def until(self, wanted: Progress | EventKind, since: int) -> None:
        """Wait until it was shown after `since`. `TimeoutError` when the story is broken."""
        async with asyncio.timeout(WITHIN_S):
            while wanted not in self._seen[since:]:
                self._more.clear()
                await self._more.wait()

    def _note(self, seen: Progress | EventKind) -> None:
        self._seen.append(seen)
        self._more.set()
