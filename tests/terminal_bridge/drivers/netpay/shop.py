"""A till and a simulated NetPay in one process, on virtual time; either may be killed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from opi_pos import QuietCashier, SaleSystem
from opi_pos.aio import virtual
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.callbacks import Callback
from opi_pos.model.devices import Event
from opi_pos.model.errors import JournalError, LinkError
from opi_pos.model.secret import Secret
from opi_pos.poi.faults import Fault, Strike
from opi_pos.ports import DeviceDoor, Driver, DriverSettings, InboxDoor
from opi_pos.runtime.sale_system import Parts
from opi_pos.wire import netpay
from terminal_bridge.drivers.netpay import options
from terminal_bridge.drivers.netpay.address import parse
from terminal_bridge.drivers.netpay.cloud import Credentials
from terminal_bridge.drivers.netpay.connecting import over
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink, Weather
from terminal_bridge.links.web import MemoryWeb, WebRequest, serving
from terminal_bridge.simulator.netpay.cloud import SERIAL, SimulatedNetpay
from terminal_bridge.simulator.netpay.terminal import SimulatedTerminal

URL = f"netpay+https://cloud.invalid/{SERIAL}?store=9194"
NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC).timestamp()
"""12:00 in Mexico City."""
KNOWN = Credentials(
    username="simulated",
    password=Secret("simulated"),
    app_user="simulated",
    app_secret=Secret("simulated"),
)


class Clock:
    """Virtual time, begun at a moment for people."""

    def __init__(self, begins: float) -> None:
        self.begins = begins

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return self.begins + asyncio.get_running_loop().time()


class Alarms(QuietCashier):
    """Remembers what a person was told."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def event(self, poi: str, event: Event) -> None:
        self.names.append(event.name)


class Shop:
    """Stands for the world around one terminal."""

    def __init__(
        self, *, begins: float = NOON, weather: Weather | None = None, **cloud: Any
    ) -> None:
        self.journal = MemoryJournal()
        self.locks = MemoryLocks()
        self.clock = Clock(begins)
        self.alarms = Alarms()
        self.pushed: list[str] = []
        """The requests that reached the cloud."""
        self.answers: list[tuple[int, bytes]] = []
        """What the receiver answered the terminal."""
        self.till: SaleSystem | None = None
        self._deliver: Callable[[bytes], Any] | None = None
        self._weather = weather
        self._cloud: dict[str, Any] = cloud

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SimulatedNetpay]:
        """The cloud and its terminal."""
        async with SimulatedNetpay(post=self._post, clock=self.clock.wall, **self._cloud) as cloud:
            self.cloud = cloud
            yield cloud

    @asynccontextmanager
    async def till_open(self, **words: Any) -> AsyncIterator[SaleSystem]:
        """A till; the receiver is down while there is none."""
        parts = Parts(
            journal=self.journal,
            ownership=MemoryOwnership(self.locks),
            clock=self.clock,
            connect=self.connect,
            look_for_mail_s=None,
        )
        words = {"currency": "MXN", **words}
        async with SaleSystem.open(terminal=URL, cashier=self.alarms, parts=parts, **words) as till:
            self.till = till
            try:
                yield till
            finally:
                self.till = self._deliver = None

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        assert isinstance(door, InboxDoor)
        inbox = door.inbox(settings.poi_id)

        async def deliver(body: bytes) -> Reply:
            answer = await inbox.take(Callback(body=body))
            self.answers.append((answer.status, answer.body))
            return Reply(status=answer.status, body=answer.body)

        self._deliver = deliver
        web = MemoryWeb(MemoryLink(serving(self._receive), weather=self._weather))
        given = options.read(settings)
        return over(web, parse(settings.url, "url"), inbox, KNOWN, given)

    async def _receive(self, request: WebRequest) -> Reply:
        self.pushed.append(request.url.rpartition("/")[2])
        return await self.cloud.receive(request)

    async def _post(self, body: bytes) -> Reply:
        if self._deliver is None:
            raise LinkError("the receiver is down", written=False)
        reply: Reply = await self._deliver(body)
        return reply

    async def receive(self, **members: Any) -> int:
        """A response that some terminal posts; the status of the answer."""
        return (await self._post(json.dumps(members).encode())).status

    async def broken(self, **_: Any) -> None:
        """In place of the journal's `commit`."""
        raise JournalError("the disk is full")

    def taken(self) -> int:
        """Centavos that cardholders have paid."""
        return self.cloud.books.net().get("MXN", 0)

    async def facts(self, kind: str) -> list[dict[str, Any]]:
        stored = await self.journal.facts_after(0, 10_000)
        return [each.fact.data for each in stored if each.fact.kind == kind]


def acknowledged(answer: tuple[int, bytes]) -> bool:
    """As the vendor's documentation wants it."""
    status, body = answer
    return status == 200 and netpay.read_acknowledgement(body).code == "00"


Scene = Callable[[Shop, SaleSystem], Coroutine[Any, Any, None]]


def play(scene: Scene, *, till: dict[str, Any] | None = None, **words: Any) -> None:
    """At a shop of its own; words are the simulator's."""

    async def main() -> None:
        shop = Shop(**words)
        async with shop.open(), shop.till_open(**till or {}) as opened:
            await scene(shop, opened)

    virtual.run(main())


def fault(strike: Strike, category: str = "Payment", **words: Any) -> dict[str, Any]:
    return {"faults": [Fault(strike=strike, category=category, **words)]}


def terminal(shop: Shop) -> SimulatedTerminal:
    (only,) = shop.cloud.terminals.values()
    return only
