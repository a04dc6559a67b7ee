"""The driver keeps the contract of all drivers, on virtual time: a lost result takes minutes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from opi_pos.aio import virtual
from opi_pos.model.callbacks import Callback
from opi_pos.model.news import News
from opi_pos.model.orders import Command
from opi_pos.ports import DeviceDoor, DriverSettings, Inbox, InboxDoor
from opi_pos.testing.called_back import CalledBack, called_back
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.stand import Play, Stand
from terminal_bridge.drivers.netpay import options
from terminal_bridge.drivers.netpay.address import parse
from terminal_bridge.drivers.netpay.connecting import over
from terminal_bridge.drivers.netpay.driver import NetpayDriver
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.netpay.cloud import SimulatedNetpay
from tests.terminal_bridge.drivers.netpay.shop import KNOWN, NOON, URL
from tests.terminal_bridge.drivers.weather import PlayedWeather


def is_money(data: bytes) -> bool:
    return b"transactions/sale" in data or b"transactions/cancel" in data


def noon() -> float:
    return NOON + asyncio.get_running_loop().time()


class NetpayStand(Stand):
    currency = "MXN"
    secrets = ("token-", "simulated")

    def __init__(self, cloud: SimulatedNetpay, play: Play) -> None:
        self.weather = PlayedWeather(play, is_money)
        self.link = MemoryLink(serving(cloud.receive), weather=self.weather)
        self.inbox: Inbox | None = None
        self.till: CalledBack | None = None
        self._cloud = cloud

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> NetpayDriver:
        assert isinstance(door, InboxDoor)
        self.inbox = door.inbox(settings.poi_id)
        given = msgspec.structs.replace(options.read(settings), wall=noon)
        driver = over(MemoryWeb(self.link), parse(URL, "url"), self.inbox, KNOWN, given)
        self.driver = driver
        return driver

    @property
    def taken(self) -> int:
        return self._cloud.books.net().get(self.currency, 0)

    @property
    def heard(self) -> int:
        return self.weather.heard

    async def intend(self, command: Command) -> None:
        assert self.till is not None
        await self.till.intend(command)

    async def ended(self, command: Command, last: News) -> None:
        assert self.till is not None
        await self.till.ended(command, last)

    async def breathe(self) -> None:
        await asyncio.sleep(1.0)

    async def hung_up(self) -> None:
        while self.link._open:
            await self.breathe()


class TestNetpay(DriverContract):
    waits_after = frozenset({Play.CUT_BEFORE, Play.CUT_AFTER, Play.SILENT})
    patience_s = 3600.0

    def run(self, scene: Coroutine[Any, Any, None]) -> None:
        virtual.run(scene)

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        stand: NetpayStand | None = None

        async def post(body: bytes) -> Reply:
            assert stand is not None
            assert stand.inbox is not None
            answer = await stand.inbox.take(Callback(body=body))
            return Reply(status=answer.status, body=answer.body)

        with tempfile.TemporaryDirectory() as folder:
            async with SimulatedNetpay(post=post, pace_s=0.5, clock=noon) as cloud:
                stand = NetpayStand(cloud, play)
                words = {"listen": None, "currency": "MXN", "journal": Path(folder) / "till.db"}
                async with called_back(stand.connect, URL, **words) as till:
                    stand.till = till
                    yield stand
                assert stand.weather.has_struck
