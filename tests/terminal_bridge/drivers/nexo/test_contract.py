"""The driver keeps the contract of all drivers, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.gate import Gate
from opi_pos.testing.stand import Play, Stand
from terminal_bridge.drivers.nexo import connect
from terminal_bridge.drivers.nexo.driver import NexoDriver
from terminal_bridge.simulator.nexo import SimulatedNexo
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings


class NexoStand(Stand):
    currency = "SEK"

    def __init__(self, driver: NexoDriver, terminal: SimulatedNexo, gate: Gate) -> None:
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


def is_payment(data: bytes) -> bool:
    return b"PaymentRequest" in data


class TestOverHttp(DriverContract):
    profile = "swedbank"
    one_socket = False

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        config = NexoServerConfig(port=0, profile=self.profile, pace_s=0.0)
        async with (
            serve_nexo(config) as server,
            Gate(play, server.port, is_payment, shared=self.one_socket) as gate,
        ):
            url = server.url.replace(f":{server.port}", f":{gate.port}")
            driver = connect(Settings(url=url, poi_id=NexoStand.poi_id), NoDoor())
            yield NexoStand(driver, server.terminal, gate)


class TestWithoutLogin(TestOverHttp):
    """JSON, and no sessions."""

    profile = "plain-json"


class TestFramed(TestOverHttp):
    """One socket for all."""

    profile = "framed-xml"
    one_socket = True
