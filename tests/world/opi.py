"""Worlds with an O.P.I. terminal: requests over connections of their own, and what it asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from listener.opi.door import OpiDoor
from opi_pos.model.errors import LinkError
from opi_pos.poi.books import Books
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.wire import opi
from terminal_bridge.drivers.opi import over
from terminal_bridge.drivers.opi.driver import OpiDriver
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.terminal import SimulatedOpi
from tests.world.invariants import Doubts
from tests.world.opi_plan import OpiPlan
from tests.world.place import EPOCH, OnEffect, Surroundings
from tests.world.plan import LINK_DELAY_S
from tests.world.weather import TcpStorm, WorldLink


class OpiSide:
    """See `Side`."""

    def __init__(self, link: WorldLink) -> None:
        self.driver: OpiDriver | None = None
        self._link = link

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """See `Side`."""
        del door
        self.driver = over(self._link, settings)
        return self.driver

    def die(self, *, power: bool) -> None:
        """See `Side`."""
        del power  # what was sent arrives all the same
        self._link.die()


class OpiPlace:
    """See `Place`."""

    def __init__(self, plan: OpiPlan, around: Surroundings) -> None:
        self._plan = plan
        self._network = around.network
        self._storm = TcpStorm(around.rng, plan.storm, around.note)
        self._sides: list[OpiSide] = []
        self._door: OpiDoor | None = None
        self._door_shut = asyncio.Event()
        self._terminal = SimulatedOpi(
            plan.profile,
            faults=plan.faults,
            post=self._post,
            seed=plan.seed,
            pace_s=0.5,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
        )

    idle = True
    doubts = Doubts.OF_NOTHING
    """What a terminal repeats proves nothing when nobody knows what it would have repeated."""

    @property
    def books(self) -> Books:
        """See `Place`."""
        return self._terminal.books

    @property
    def words(self) -> Mapping[str, Any]:
        """See `Place`."""
        return {"terminal": f"sim://opi?profile={self._plan.profile}", "link_delay_s": LINK_DELAY_S}

    def side(self, on_effect: OnEffect) -> OpiSide:
        """See `Place`. A message is one write, so there is nothing between two journal writes."""
        del on_effect
        self._sides.append(OpiSide(WorldLink(self._terminal.receive, self._storm, self._network)))
        return self._sides[-1]

    def reboot(self) -> None:
        """See `Place`."""
        self._terminal.reboot()

    @asynccontextmanager
    async def listening(self, till: SaleSystem) -> AsyncIterator[None]:
        """See `Place`."""
        (poi,) = till.settings.pois
        self._door = OpiDoor(till.door, poi.poi_id, opi.profile(self._plan.profile))
        self._door_shut = asyncio.Event()
        try:
            yield
        finally:
            self._door = None
            self._door_shut.set()

    def harmed(self) -> Iterable[str]:
        """There is no such money."""
        return ()

    async def aclose(self) -> None:
        """See `Place`."""
        await self._terminal.aclose()

    async def _post(self, data: bytes) -> Reply:
        """What the terminal asks at the till's channel 1."""
        door, shut = self._door, self._door_shut
        if door is None or self._storm.loses():
            raise LinkError("nobody listens", written=False)
        asking = [side.driver.asks_for() for side in self._sides if side.driver is not None]
        service_id = next((each for each in reversed(asking) if each is not None), None)
        answering = asyncio.ensure_future(door.answer(data, service_id))  # noqa: TID251
        closing = asyncio.ensure_future(shut.wait())  # noqa: TID251
        await asyncio.wait((answering, closing), return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        died = answering.cancel() or answering.cancelled() or answering.exception() is not None
        if died or self._storm.loses():
            raise LinkError("the till hung up", written=True)
        return Reply(status=200, body=answering.result())
