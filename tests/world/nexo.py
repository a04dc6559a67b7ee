"""Worlds with a nexo terminal: messages over a link, and a listener that the terminal reaches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from listener.nexo.door import NexoDoor
from opi_pos.model.errors import LinkError
from opi_pos.poi.books import Books
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.dialect import Dialect, capabilities_of
from terminal_bridge.drivers.nexo.driver import NexoDriver
from terminal_bridge.drivers.nexo.requests import Till
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.nexo import SimulatedNexo
from tests.world.invariants import Doubts
from tests.world.place import EPOCH, OnEffect, Surroundings
from tests.world.plan import LINK_DELAY_S, NexoPlan
from tests.world.weather import Storm, WorldLink

SOFTWARE = nexo.SaleSoftware(
    provider_identification="opi-pos", application_name="world", software_version="1"
)


def _wall_time() -> datetime:
    return datetime.fromtimestamp(EPOCH + asyncio.get_running_loop().time(), UTC)


class NexoSide:
    """See `Side`."""

    def __init__(self, link: WorldLink, profile: nexo.Profile) -> None:
        self._link = link
        self._profile = profile

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """See `Side`."""
        return NexoDriver(
            link=self._link,
            dialect=Dialect(profile=self._profile),
            capabilities=capabilities_of(self._profile, settings.integration),
            till=Till(software=SOFTWARE, profile=self._profile),
            now=_wall_time,
        )

    def die(self, *, power: bool) -> None:
        """See `Side`."""
        del power  # what was sent arrives all the same
        self._link.die()


class NexoPlace:
    """See `Place`."""

    def __init__(self, plan: NexoPlan, around: Surroundings) -> None:
        self._plan = plan
        self._network = around.network
        self._profile = nexo.profile(plan.profile)
        self._storm = Storm(around.rng, plan.storm, around.note)
        self._door: NexoDoor | None = None
        self._door_shut = asyncio.Event()
        self._terminal = SimulatedNexo(
            plan.profile,
            faults=plan.faults,
            post=self._post if plan.full else None,
            seed=plan.seed,
            pace_s=0.5,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
        )

    idle = True

    @property
    def books(self) -> Books:
        """See `Place`."""
        return self._terminal.books

    @property
    def words(self) -> Mapping[str, Any]:
        """See `Place`."""
        return {"terminal": "world://", "link_delay_s": LINK_DELAY_S}

    @property
    def doubts(self) -> Doubts:
        """A terminal that lost its power may deny what it had begun."""
        return Doubts.OF_NOTHING if self._plan.reboots else Doubts.NONE

    def side(self, on_effect: OnEffect) -> NexoSide:
        """See `Place`. A message is one write, so there is nothing between two journal writes."""
        del on_effect
        link = WorldLink(self._terminal.receive, self._storm, self._network)
        return NexoSide(link, self._profile)

    def reboot(self) -> None:
        """See `Place`."""
        self._terminal.reboot()

    @asynccontextmanager
    async def listening(self, till: SaleSystem) -> AsyncIterator[None]:
        """See `Place`."""
        if self._plan.full:
            self._door = NexoDoor(till.door, self._profile, post=self._reply)
            self._door_shut = asyncio.Event()
        try:
            yield
        finally:
            door, self._door = self._door, None
            self._door_shut.set()
            if door is not None:
                await door.close()

    def harmed(self) -> Iterable[str]:
        """There is no such money."""
        return ()

    async def aclose(self) -> None:
        """See `Place`."""
        await self._terminal.aclose()

    async def _post(self, data: bytes) -> Reply:
        """A message of the terminal's to the till's listener."""
        await asyncio.sleep(0.01)
        door = self._door
        if door is None or self._storm.loses():
            raise OSError("the till cannot be reached")
        answering = asyncio.ensure_future(door.answer(data, "application/xml", "127.0.0.1"))  # noqa: TID251
        shut = asyncio.ensure_future(self._door_shut.wait())  # noqa: TID251
        await asyncio.wait({answering, shut}, return_when=asyncio.FIRST_COMPLETED)
        shut.cancel()
        died = answering.cancel() or answering.cancelled() or answering.exception() is not None
        if died or self._storm.loses():
            raise OSError("the connection broke")
        answer = answering.result()
        return Reply(status=answer.status, content_type=answer.content_type, body=answer.body)

    async def _reply(self, _poi_id: str, _path: str, _content_type: str, data: bytes) -> None:
        """An answer that the till posts as a message of its own (`plain-json`)."""
        await asyncio.sleep(0.01)
        if self._storm.loses():
            raise LinkError("the terminal cannot be reached", written=True)
        await self._terminal.receive(data)
