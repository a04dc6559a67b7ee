"""The driver keeps the contract of all drivers, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from listener.opi.channel import start
from opi_pos.model.devices import DeviceAnswer, DeviceRequest
from opi_pos.model.ids import POIID
from opi_pos.ports import DeviceChannel
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.gate import Gate
from opi_pos.testing.stand import Play, Stand, answer_to
from terminal_bridge.drivers.opi import connect
from terminal_bridge.drivers.opi.driver import OpiDriver
from terminal_bridge.simulator.opi.server import OpiServerConfig, serve_opi
from terminal_bridge.simulator.opi.terminal import SimulatedOpi
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings


class Friendly(NoDoor):
    """A till that prints, and says yes."""

    def knows(self, poi_id: POIID) -> bool:
        return True

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        return answer_to(request)


def is_payment(data: bytes) -> bool:
    return b"CardPayment" in data


class OpiStand(Stand):
    def __init__(self, driver: OpiDriver, terminal: SimulatedOpi, gate: Gate) -> None:
        self.driver = driver
        self._terminal = terminal
        self._gate = gate

    @property
    def taken(self) -> int:
        return self._terminal.books.net().get(self.currency, 0)

    @property
    def heard(self) -> int:
        return self._gate.heard

    async def hung_up(self) -> None:
        await self._gate.hung_up()


class TestDe(DriverContract):
    profile = "de"

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        driver: OpiDriver | None = None
        asked_at = DeviceChannel(
            listener="opi",
            host="127.0.0.1",
            port=0,
            peers=("127.0.0.1",),
            profile=self.profile,
            asks_for=lambda: driver.asks_for() if driver is not None else None,
        )
        channel = await start(Friendly(), OpiStand.poi_id, asked_at)
        config = OpiServerConfig(port=0, pos_port=channel.port, profile=self.profile, pace_s=0.0)
        async with (
            serve_opi(config) as server,
            Gate(play, server.port, is_payment) as gate,
        ):
            url = server.url.replace(f":{server.port}", f":{gate.port}")
            driver = connect(Settings(url=url, poi_id=OpiStand.poi_id), NoDoor())
            yield OpiStand(driver, server.terminal, gate)
        await channel.close()


class TestNl(TestDe):
    profile = "nl"


class TestCh(TestDe):
    profile = "ch"
