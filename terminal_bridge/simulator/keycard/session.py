"""One accepted command: its callbacks, and the play on the terminal behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from opi_pos.model.errors import LinkError
from opi_pos.poi.cardholder import Authorise, Charge, Pause, Play, Reaction, Show, Undo, Verdict
from opi_pos.poi.faults import FaultPlan, Strike
from opi_pos.wire import keycard
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.keycard import told
from terminal_bridge.simulator.keycard.habits import Habits

Post = Callable[[str, bytes], Awaitable[Reply]]
"""Posts a body to a CallbackUrl. Raises `LinkError`."""

DELIVER_S: Final = 10.0
"""How long the server waits for the receiver of a callback [inferred]."""


class KeycardSession:
    """`number` names it. Faults strike its callbacks as `Display`, `PaymentResponse` and so on."""

    def __init__(
        self, number: int, request: keycard.Request, post: Post, habits: Habits, plan: FaultPlan
    ) -> None:
        self.number = number
        self.request = request
        self.stop = asyncio.Event()
        """Somebody wishes that it stops, or its client cannot be told what happens."""
        self.ended = asyncio.Event()
        self.asked_host = False
        """From here on it cannot be stopped."""
        self.undelivered = False
        """A callback did not reach its receiver."""
        self._post = post
        self._habits = habits
        self._plan = plan

    def text(self, text: str) -> bytes:
        """In the server's character set."""
        return text.encode(self._habits.charset, "replace")

    async def intermediate(self, text: str) -> None:
        """Tell what happens. Whoever cannot be told has the transaction stopped."""
        if self.undelivered:
            return
        state = keycard.Callback(
            command=self.request.command, success=True, intermediate=True, value=self.text(text)
        )
        if not await self._tell(state, "Display"):
            self.undelivered = True
            self.stop.set()

    async def end(
        self,
        *,
        success: bool,
        text: str = "",
        number: int = keycard.NO_RECEIPT,
        lines: Iterable[str] = (),
        category: str = "Response",
    ) -> None:
        """Tell how it ended."""
        message = keycard.Callback(
            command=self.request.command,
            success=success,
            intermediate=False,
            value=self.text(text),
            receipt_number=number,
            receipt=tuple(self.text(line) for line in lines),
        )
        for _ in range(2 if self._habits.end_twice else 1):
            if not await self._tell(message, category):
                self.undelivered = True

    async def play(
        self, steps: Play, pace_s: float, moved: Callable[[Charge | Undo], None]
    ) -> Verdict:
        """Carry out the steps of a play; `moved` books what moves money."""
        reaction: Reaction | None = None
        while True:
            try:
                step = next(steps) if reaction is None else steps.send(reaction)
            except StopIteration as end:
                verdict: Verdict = end.value
                return verdict
            reaction = Reaction.GO
            match step:
                case Show(display=display) if not display.transient:
                    await self.intermediate("\n".join(display.lines))
                case Pause(seconds=seconds):
                    await self._pause(pace_s if seconds is None else seconds)
                case Authorise():
                    self.asked_host = True
                case Charge() | Undo():
                    moved(step)
                case _:
                    pass
            if self.stop.is_set() and not self.asked_host:
                reaction = Reaction.STOP

    async def _pause(self, seconds: float) -> None:
        if self.asked_host:
            await asyncio.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        except TimeoutError:
            pass

    async def _tell(self, message: keycard.Callback, category: str) -> bool:
        """Post it as the faults want; False when the receiver did not take it."""
        struck = self._plan.strike(category)
        await asyncio.sleep(struck.seconds(Strike.LATE) + struck.seconds(Strike.DELAY))
        if struck.by(Strike.LOSE):
            return True  # it never leaves, and the server does not know
        if struck.by(Strike.UNREACHABLE):
            return False
        body = b"<html>" if struck.by(Strike.GARBAGE) else told.callback(message, self._habits)
        taken = await self._deliver(body)
        if struck.by(Strike.DOUBLE):
            await self._deliver(body)
        return taken and not struck.by(Strike.DROP_AFTER)

    async def _deliver(self, body: bytes) -> bool:
        try:
            async with asyncio.timeout(DELIVER_S):
                reply = await self._post(self.request.callback_url, body)
        except (LinkError, TimeoutError):
            return False
        return 200 <= reply.status < 300
