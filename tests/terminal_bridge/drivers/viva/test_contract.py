"""The driver keeps the contract of all drivers, on virtual time: to poll takes minutes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from opi_pos.aio import virtual
from opi_pos.model.secret import Secret
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.stand import Play, Stand
from terminal_bridge.drivers.viva import options
from terminal_bridge.drivers.viva.address import parse
from terminal_bridge.drivers.viva.cloud import Credentials
from terminal_bridge.drivers.viva.connecting import over
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.viva.cloud import CLIENT_ID, CLIENT_SECRET, SimulatedViva
from tests.terminal_bridge.drivers.nexo.settings import Settings
from tests.terminal_bridge.drivers.weather import PlayedWeather

URL = "sim://viva"


def is_order(data: bytes) -> bool:
    return b"transactions:" in data


class VivaStand(Stand):
    secrets = ("token-",)

    def __init__(self, cloud: SimulatedViva, play: Play) -> None:
        self._cloud = cloud
        self.weather = PlayedWeather(play, is_order)
        self._link = MemoryLink(serving(cloud.receive), weather=self.weather)
        self.driver = over(
            MemoryWeb(self._link),
            parse(URL, "url"),
            Credentials(client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET)),
            options.read(Settings(url=URL)),
        )

    @property
    def taken(self) -> int:
        return self._cloud.books.net().get(self.currency, 0)

    @property
    def heard(self) -> int:
        return self.weather.heard

    async def breathe(self) -> None:
        await asyncio.sleep(1.0)

    async def hung_up(self) -> None:
        while self._link._open:
            await self.breathe()


class TestViva(DriverContract):
    patience_s = 3600.0

    def run(self, scene: Coroutine[Any, Any, None]) -> None:
        virtual.run(scene)

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        async with SimulatedViva(pace_s=0.5) as cloud:
            stand = VivaStand(cloud, play)
            yield stand
            assert stand.weather.has_struck
