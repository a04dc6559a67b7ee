"""A terminal whose every word stands in the test, and comes when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Display, Progress
from opi_pos.model.ids import POIID
from opi_pos.model.news import Answer, DeviceAsked, Ended, News, NoAnswer, Verdict, Written
from opi_pos.model.orders import AskStatus, Command, Login, Logout, MoneyOrder, StopExchange
from opi_pos.model.results import TransactionID
from opi_pos.ports import DeviceDoor, DriverSettings, Wishes
from tests.opi_pos.runtime.scripted import ABLE


class Told:
    """A money command that waits for what it shall tell."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.aborted = asyncio.Event()
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self.answers: asyncio.Queue[DeviceAnswer | None] = asyncio.Queue()

    @property
    def order(self) -> MoneyOrder:
        assert isinstance(self.command.order, MoneyOrder)
        return self.command.order

    def tell(self, *news: News) -> None:
        for each in news:
            self._news.put_nowait(each)

    def approve(self, **words: object) -> None:
        answer = Answer(
            verdict=Verdict.APPROVED,
            service_id=self.command.service_id,
            reference=self.order.reference,
            sale_time=self.order.sale_time,
            authorized=self.order.amount,
            terminal_transaction=TransactionID(id="T77", time="2026-11-22T10:00:00Z"),
        )
        self.tell(Ended(answer=msgspec.structs.replace(answer, **words)))

    def end(self, verdict: Verdict, **words: object) -> None:
        answer = Answer(verdict=verdict, service_id=self.command.service_id)
        self.tell(Ended(answer=msgspec.structs.replace(answer, **words)))

    async def next(self) -> News:
        return await self._news.get()


class ToldTerminal:
    """A driver for tests: money commands wait in `money`, a status says `status`."""

    def __init__(self, capabilities: Capabilities = ABLE) -> None:
        self.capabilities = capabilities
        self.money: asyncio.Queue[Told] = asyncio.Queue()
        self.services: asyncio.Queue[Told] = asyncio.Queue()
        self.waiting_for: tuple[type, ...] = ()
        """Orders without money that wait in `services`; the others are done at once."""
        self.sent: list[Command] = []
        self.status: list[News] = []
        self.is_reachable = True
        self.may_tell = asyncio.Event()
        """A status waits for it."""
        self.may_tell.set()

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> ToldTerminal:
        return self

    async def close(self) -> None:
        pass

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        self.sent.append(command)
        order = command.order
        if isinstance(order, AskStatus):
            await self.may_tell.wait()
            yield self.status.pop(0) if self.status else NoAnswer(written=True, problem="no")
        elif isinstance(order, (Login, Logout)):
            yield Ended(answer=Answer(verdict=Verdict.APPROVED))
        elif isinstance(order, StopExchange):
            return
        elif not self.is_reachable:
            yield NoAnswer(written=False, problem="no connection")
        elif isinstance(order, (MoneyOrder, *self.waiting_for)):
            told = Told(command)
            (self.money if isinstance(order, MoneyOrder) else self.services).put_nowait(told)
            async with aclosing(_played(told, wishes)) as played:
                async for news in played:
                    answer = yield news
                    if isinstance(news, DeviceAsked):
                        told.answers.put_nowait(answer)
        else:
            yield Ended(answer=Answer(verdict=Verdict.APPROVED))

    @property
    def charges(self) -> list[MoneyOrder]:
        return [each.order for each in self.sent if isinstance(each.order, MoneyOrder)]


async def _played(told: Told, wishes: Wishes) -> AsyncGenerator[News, None]:
    async def heed() -> None:
        await wishes.abort_wished()
        told.aborted.set()

    async with Tasks() as tasks:
        tasks.spawn(heed(), name="abort wishes")
        yield Written()
        final = False
        while not final:
            news = await told.next()
            final = isinstance(news, (Ended, NoAnswer))
            yield news


def shows(told: Told, line: str, progress: Progress = Progress.WAIT_CARD) -> None:
    display = Display(lines=(line,), progress=progress)
    request = DeviceRequest(poi_id=POIID("POI-1"), body=display, service_id=told.command.service_id)
    told.tell(DeviceAsked(request=request))
