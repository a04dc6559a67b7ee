"""Lets plain coroutines tell news as if they were the driver's generator.

The generator of `carry_out` must be one function, and resuming it means "that is durable". Here
the work is a task that says `await tell(news)`, which returns (with the till's answer, if any)
when the generator was resumed; meanwhile the line goes on being served.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.news import News

_Told = tuple[News, "asyncio.Future[DeviceAnswer | None]"]


class Telling:
    """The news of one command on their way to the generator."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[_Told | None] = asyncio.Queue()
        self.tasks = Tasks()
        """Ended with the command."""

    async def tell(self, news: News) -> DeviceAnswer | None:
        """Hand over one piece of news; returns when it is durable."""
        resumed: asyncio.Future[DeviceAnswer | None] = asyncio.get_running_loop().create_future()
        self._told.put_nowait((news, resumed))
        return await resumed

    async def relay(
        self, work: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """Yield what `work` tells until it ends; closing ends the work."""
        task = self.tasks.spawn(self._until_done(work), name="zvt command")
        try:
            while (told := await self._told.get()) is not None:
                news, resumed = told
                answer = yield news
                if not resumed.done():
                    resumed.set_result(answer)
            await task
        finally:
            await self.tasks.aclose()

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        finally:
            self._told.put_nowait(None)
