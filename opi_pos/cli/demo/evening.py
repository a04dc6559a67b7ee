"""The evening: the same till at a terminal of another kind, with the bridge in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from opi_pos.cli.demo.bridge import BridgeStage
from opi_pos.cli.demo.cashier import StoryCashier
from opi_pos.cli.demo.drawing import Drawing
from opi_pos.cli.demo.telling import tell
from opi_pos.model.devices import Progress
from opi_pos.model.results import Result


class Evening:
    """Plays its chapters in order. `results` is what the till program was told."""

    def __init__(self, stage: BridgeStage, cashier: StoryCashier, drawing: Drawing) -> None:
        self._stage = stage
        self._cashier = cashier
        self._drawing = drawing
        self.results: dict[str, Result] = {}

    async def play(self) -> None:
        """From the login to the close of the terminal's day."""
        chapters: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("10. The bridge: the same till, a ZVT terminal behind it", self._log_in),
            ("11. A payment through the bridge; the texts are the terminal's own", self._approved),
            ("12. A signature is refused, and the bridge takes the payment back", self._refused),
            ("13. The terminal's day is closed, and the till logs out", self._closed),
        ]
        for title, chapter in chapters:
            self._drawing.title(title)
            await chapter()
            await self._stage.settled()

    async def _log_in(self) -> None:
        since = self._cashier.mark()
        await self._stage.till.login()
        await self._cashier.until(Progress.IDLE, since)

    async def _approved(self) -> None:
        await self._pay("42.00", "11-bridged")

    async def _refused(self) -> None:
        self._cashier.accepts = False
        await self._pay("60.07", "12-bridged-signature")

    async def _closed(self) -> None:
        since = self._cashier.mark()
        await self._stage.till.close_day()
        await self._cashier.until(Progress.IDLE, since)
        await self._stage.till.logout()

    async def _pay(self, amount: str, reference: str) -> None:
        since = self._cashier.mark()
        result = await self._stage.till.pay(amount, reference=reference)
        self.results[reference] = result
        await self._cashier.until(Progress.IDLE, since)
        await self._stage.settled()
        tell(self._drawing, result)
