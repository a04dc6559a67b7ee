"""Faults that strike a till's message on its way to a simulated terminal, and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from opi_pos.poi.faults import Strike, Struck
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.dropped import LinkDroppedError

REORDER_S: Final = 30.0
"""The longest that a message is held back for another to pass."""


class Waiting:
    """A request of the till that waits for its answer."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def end(self, reply: Reply) -> None:
        """Answer; a till that has gone away is not told."""
        if not self.ended.done():
            self.ended.set_result(reply)

    def drop(self) -> None:
        """Break the connection."""
        if not self.ended.done():
            self.ended.set_exception(LinkDroppedError("the terminal lost its power"))


class Line:
    """What happens to messages of a till before the terminal has them."""

    def __init__(self, is_down: Callable[[], bool]) -> None:
        self._is_down = is_down
        self._passed = asyncio.Event()

    async def before(self, struck: Struck) -> None:
        """The faults before a message arrives. Raises `LinkDroppedError`."""
        if struck.by(Strike.RESET):
            raise LinkDroppedError("the connection was reset")
        if struck.by(Strike.DROP_BEFORE):
            await asyncio.sleep(struck.seconds(Strike.DROP_BEFORE))
            raise LinkDroppedError("the request was lost")
        if struck.by(Strike.DELAY):
            await asyncio.sleep(struck.seconds(Strike.DELAY))
        if struck.by(Strike.REORDER):
            await self._let_another_pass(struck.seconds(Strike.REORDER) or REORDER_S)
        if self._is_down():
            raise LinkDroppedError("the terminal is starting")

    def arrived(self) -> None:
        """A message has arrived: one that was held back may follow."""
        self._passed.set()

    async def _let_another_pass(self, seconds: float) -> None:
        self._passed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._passed.wait()
        except TimeoutError:
            return


async def after(reply: Reply, struck: Struck) -> Reply:
    """The faults on an answer's way back. Raises `LinkDroppedError`."""
    if struck.by(Strike.LATE):
        await asyncio.sleep(struck.seconds(Strike.LATE))
    if struck.by(Strike.DROP_AFTER):
        await asyncio.sleep(struck.seconds(Strike.DROP_AFTER))
        raise LinkDroppedError("the answer was lost")
    if struck.by(Strike.TRUNCATE):
        partial = reply.body[: len(reply.body) // 2]
        raise LinkDroppedError("the answer broke off", partial=partial)
    if struck.by(Strike.GARBAGE):
        return Reply(status=200, content_type="text/plain", body=b"\x00 no message \xff")
    return reply


class Timers:
    """Calls that a terminal has itself make later; a power cut forgets them."""

    def __init__(self) -> None:
        self._running: set[asyncio.TimerHandle] = set()

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """`call` after that many seconds."""

        def elapsed() -> None:
            self._running.discard(timer)
            call()

        timer = asyncio.get_running_loop().call_later(seconds, elapsed)
        self._running.add(timer)

    def cancel(self) -> None:
        """Forget them all."""
        for timer in self._running:
            timer.cancel()
        self._running.clear()
