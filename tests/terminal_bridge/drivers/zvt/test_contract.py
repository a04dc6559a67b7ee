"""The driver keeps the contract of all drivers, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from opi_pos.aio import virtual
from opi_pos.model.orders import Integration
from opi_pos.poi.faults import Fault, Strike
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.stand import Play, Stand
from terminal_bridge.drivers.zvt.connecting import over
from terminal_bridge.simulator.zvt.byte_link import SimulatedLink
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from tests.terminal_bridge.drivers.nexo.settings import Settings
from tests.terminal_bridge.drivers.zvt.shop import EPOCH, taken

STRIKES = {
    Play.CUT_BEFORE: Strike.RESET,
    Play.CUT_AFTER: Strike.DROP_AFTER,
    Play.SILENT: Strike.LOSE,
}
AUTHORISATION = "0601"
STATUS_INFORMATION, ACKNOWLEDGED = b"\x04\x0f", b"\x80\x00"
OFF_S = 3600.0


class WatchedLink(SimulatedLink):
    """Counts what passes. On TCP every message is one chunk."""

    heard = 0
    committed = 0
    is_open = False
    _owed = False

    async def connect(self) -> None:
        await super().connect()
        self.is_open = True

    async def read(self) -> bytes:
        data = await super().read()
        self._owed = data.startswith(STATUS_INFORMATION)
        return data

    def write(self, data: bytes) -> None:
        self.heard += len(data)
        self.committed += self._owed and data.startswith(ACKNOWLEDGED)
        super().write(data)

    async def close(self) -> None:
        self.is_open = False
        await super().close()


class ZvtStand(Stand):
    def __init__(self, terminal: SimulatedZvt, profile: str, integration: Integration) -> None:
        self._terminal = terminal
        self._link = WatchedLink(terminal)
        self.driver = over(
            self._link,
            Settings(
                url=f"zvt+tcp://sim?profile={profile}",
                poi_id=self.poi_id,
                integration=integration,
                options={"tippable": integration is Integration.FULL},
            ),
        )

    @property
    def taken(self) -> int:
        return taken(self._terminal.books)

    @property
    def heard(self) -> int:
        return self._link.heard

    @property
    def committed(self) -> int:
        return self._link.committed

    async def breathe(self) -> None:
        await asyncio.sleep(1.0)

    async def hung_up(self) -> None:
        while self._link.is_open:
            await self.breathe()


class TestInLightIntegration(DriverContract):
    integration = Integration.LIGHT
    profile, personality = "default", "strict"
    patience_s = 3600.0

    def run(self, scene: Coroutine[Any, Any, None]) -> None:
        virtual.run(scene)

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        strike = STRIKES.get(play)
        faults = [Fault(strike=strike, category=AUTHORISATION)] if strike else []
        async with SimulatedZvt(
            self.personality,
            faults=faults,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
            pace_s=0.5,
            boot_s=OFF_S,
        ) as terminal:
            if play is Play.UNREACHABLE:
                terminal.reboot()
            yield ZvtStand(terminal, self.profile, self.integration)


class TestInFullIntegration(TestInLightIntegration):
    """The terminal asks and prints while it pays, and takes tips later."""

    integration = Integration.FULL


class TestCcv(TestInFullIntegration):
    """Refuses the first registrations."""

    profile = personality = "ccv"


class TestCardComplete(TestInFullIntegration):
    profile = personality = "card-complete"


class TestGlobalPayments(TestInLightIntegration):
    """Cannot be stopped, and reverses the last payment only."""

    profile = personality = "global-payments"
