"""The driver keeps the contract of all drivers, in a whole till on virtual time: results come to
the till's receiver, which looks for the sale that is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from opi_pos.aio import virtual
from opi_pos.model.news import News
from opi_pos.model.orders import Command
from opi_pos.testing.called_back import CalledBack
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.stand import Play, Stand
from tests.terminal_bridge.drivers.netpay.shop import KNOWN, Shop
from tests.terminal_bridge.drivers.weather import PlayedWeather


def is_sale(data: bytes) -> bool:
    return b"/sale" in data


class NetpayStand(Stand):
    currency = "MXN"
    secrets = ("token-",)
    ends_by_itself = True

    def __init__(self, till: CalledBack, shop: Shop, weather: PlayedWeather) -> None:
        self.driver = till.driver
        self._till = till
        self._shop = shop
        self._weather = weather

    @property
    def taken(self) -> int:
        return self._shop.taken()

    @property
    def heard(self) -> int:
        return self._weather.heard

    async def intend(self, command: Command) -> None:
        await self._till.intend(command)

    async def ended(self, command: Command, last: News) -> None:
        await self._till.ended(command, last)

    async def breathe(self) -> None:
        await asyncio.sleep(1.0)

    async def hung_up(self) -> None:
        await self.breathe()


class TestNetpay(DriverContract):
    patience_s = 7200.0

    def run(self, scene: Coroutine[Any, Any, None]) -> None:
        virtual.run(scene)

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        weather = PlayedWeather(play, is_sale)
        shop = Shop(weather=weather, pace_s=0.5)
        async with shop.open(), shop.till_open(logout_on_close=False) as till:
            driver = till.station().driven().driver
            yield NetpayStand(CalledBack(driver, till, shop.journal), shop, weather)
            assert weather.has_struck
