"""The story: one day at a till with full integration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from opi_pos.cli.demo.cashier import StoryCashier
from opi_pos.cli.demo.drawing import Drawing
from opi_pos.cli.demo.stage import Stage
from opi_pos.cli.demo.telling import tell
from opi_pos.model.devices import EventKind, Progress
from opi_pos.model.results import Result
from opi_pos.poi.faults import Fault, Strike

LOST = "5-lost-answer"
FAULTS = (Fault(strike=Strike.DROP_AFTER, category="Payment", reference=LOST),)
"""What goes wrong that day."""


class Day:
    """Plays the chapters in order. `results` is what the till program was told."""

    def __init__(self, stage: Stage, cashier: StoryCashier, drawing: Drawing) -> None:
        self._till = stage.till
        self._terminal = stage.terminal
        self._quiet = stage.quiet
        self._cashier = cashier
        self._drawing = drawing
        self.results: dict[str, Result] = {}

    async def play(self) -> None:
        """From the login in the morning to the logout at night."""
        chapters: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("1. The till logs in", self._log_in),
            ("2. A payment with chip and PIN", self._approved),
            ("3. A card that its bank declines", self._declined),
            ("4. A payment that the cashier stops", self._aborted),
            ("5. The answer is lost; the till asks what became of it", self._recovered),
            ("6. A signature that is accepted", self._signed),
            ("7. A signature that is refused", self._signature_refused),
            ("8. The terminal wants maintenance", self._maintained),
            ("9. The till logs out", self._log_out),
        ]
        for title, chapter in chapters:
            self._drawing.title(title)
            await chapter()
            await self._quiet.wait()

    async def _log_in(self) -> None:
        since = self._cashier.mark()
        await self._till.login()
        await self._cashier.until(Progress.IDLE, since)

    async def _approved(self) -> None:
        await self._pay("38.00", "2-chip-and-pin")

    async def _declined(self) -> None:
        await self._pay("120.05", "3-declined-card")

    async def _aborted(self) -> None:
        since = self._cashier.mark()
        reference = "4-stopped"
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pay("64.03", reference))
            await self._cashier.until(Progress.WAIT_CARD, since)
            self._drawing.note("cashier: stop, the customer has left", "magenta")
            await self._till.abort(reference)

    async def _recovered(self) -> None:
        await self._pay("250.00", LOST)

    async def _signed(self) -> None:
        self._cashier.accepts = True
        await self._pay("99.07", "6-signature")

    async def _signature_refused(self) -> None:
        self._cashier.accepts = False
        await self._pay("75.07", "7-signature-refused")

    async def _maintained(self) -> None:
        since = self._cashier.mark()
        self._terminal.require_maintenance()
        await self._cashier.until(EventKind.MAINTENANCE_ENDED, since)
        await self._cashier.until(Progress.IDLE, since)

    async def _log_out(self) -> None:
        await self._till.logout()

    async def _pay(self, amount: str, reference: str) -> None:
        since = self._cashier.mark()
        result = await self._till.pay(amount, reference=reference)
        self.results[reference] = result
        # The idle text comes after the answer: the chapter ends with it.
        await self._cashier.until(Progress.IDLE, since)
        await self._quiet.wait()
        tell(self._drawing, result)
