"""A till and a simulated cloud in one process, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from opi_pos import QuietCashier, SaleSystem
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.devices import Event
from opi_pos.model.errors import LinkError
from opi_pos.model.secret import Secret
from opi_pos.poi.faults import Fault, Strike
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.sale_system import Parts
from terminal_bridge.drivers.viva import options
from terminal_bridge.drivers.viva.address import parse
from terminal_bridge.drivers.viva.cloud import Credentials
from terminal_bridge.drivers.viva.connecting import over
from terminal_bridge.drivers.viva.driver import VivaDriver
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink, Weather
from terminal_bridge.links.web import MemoryWeb, WebRequest, serving
from terminal_bridge.simulator.viva.cloud import CLIENT_ID, CLIENT_SECRET, SimulatedViva

URL = "sim://viva/16008507"
KNOWN = Credentials(client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET))
EPOCH = 1_790_000_000.0


def fault(strike: Strike, category: str = "Payment", **words: Any) -> Fault:
    return Fault(strike=strike, category=category, **words)


class Clock:
    """Virtual time, also for people."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return EPOCH + asyncio.get_running_loop().time()


class Alarms(QuietCashier):
    """Remembers what a person was told."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def event(self, poi: str, event: Event) -> None:
        self.names.append(event.name.removeprefix("alarm."))


class Shop:
    """Stands for the world around one terminal."""

    def __init__(self, *faults: Fault, weather: Weather | None = None, **cloud: Any) -> None:
        self.journal = MemoryJournal()
        self.locks = MemoryLocks()
        self.clock = Clock()
        self.alarms = Alarms()
        self.calls: list[tuple[str, int]] = []
        """What was asked of the cloud, and the status that it gave; 0 for none."""
        self._weather = weather
        words = {"faults": faults, "pace_s": 0.5, "clock": self.clock.wall, **cloud}
        self.cloud = SimulatedViva(**words)

    async def _receive(self, request: WebRequest) -> Reply:
        parts = urlsplit(request.url)
        last = parts.path.rpartition("/")[2]
        named = "session" if parts.path.count("/") > 3 else last
        what = f"{request.method} {named}"
        try:
            reply = await self.cloud.receive(request)
        except LinkError:
            self.calls.append((what, 0))
            raise
        self.calls.append((what, reply.status))
        return reply

    def statuses(self, what: str) -> list[int]:
        """Of all calls of one kind: `GET session`, `DELETE session`, `GET sessions`, …"""
        return [status for name, status in self.calls if name == what]

    @asynccontextmanager
    async def open(self, **words: Any) -> AsyncIterator[SaleSystem]:
        """A process of the till's, from its start to its end."""
        parts = Parts(
            journal=self.journal,
            ownership=MemoryOwnership(self.locks),
            clock=self.clock,
            connect=self._connect,
            look_for_mail_s=None,
        )
        words = {"currency": "EUR", **words}
        async with SaleSystem.open(terminal=URL, cashier=self.alarms, parts=parts, **words) as till:
            yield till

    def _connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        return self.driver(settings)

    def driver(self, settings: DriverSettings) -> VivaDriver:
        web = MemoryWeb(MemoryLink(serving(self._receive), weather=self._weather))
        return over(web, parse(URL, "url"), KNOWN, options.read(settings))

    def taken(self) -> int:
        return self.cloud.books.net().get("EUR", 0)
