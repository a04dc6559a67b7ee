"""Worlds with a terminal behind Viva's cloud: calls over a way that loses, delays and doubles."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from typing_extensions import override

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import News
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.model.secret import Secret
from opi_pos.poi.books import Books
from opi_pos.ports import DeviceDoor, Driver, DriverSettings, Wishes
from opi_pos.runtime.sale_system import SaleSystem
from terminal_bridge.drivers.viva import options
from terminal_bridge.drivers.viva.address import parse
from terminal_bridge.drivers.viva.cloud import Credentials
from terminal_bridge.drivers.viva.connecting import over
from terminal_bridge.drivers.viva.driver import VivaDriver
from terminal_bridge.drivers.viva.identity import session_id_of
from terminal_bridge.links.memory import Passage
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.viva.cloud import CLIENT_ID, CLIENT_SECRET, SimulatedViva
from tests.world.invariants import Doubts
from tests.world.place import EPOCH, OnEffect, Surroundings
from tests.world.viva_plan import VivaPlan
from tests.world.weather import Storm, WorldLink

URL = "sim://viva/16008507"
KNOWN = Credentials(client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET))


class CloudStorm(Storm):
    """The storm over calls of a cloud: an older session may come in the place of another."""

    def __init__(self, rng: random.Random, chance: float, note: Callable[[str], None]) -> None:
        super().__init__(rng, chance, note)
        self._last: bytes | None = None

    @override
    def request(self, data: bytes) -> Passage:
        """What becomes of a call."""
        self._note(f"→ {_call(data)}")
        return super().request(data)

    @override
    def reply(self, data: bytes) -> Passage:
        """What becomes of its answer."""
        older, self._last = self._last, data if b"sessionId" in data else self._last
        passage = super().reply(data)
        if passage.loss is None and older is not None and self._strikes(0.2):
            self._note("the next answer is an older one")
            return Passage(copies_s=passage.copies_s, data=older)
        return passage


def _call(data: bytes) -> str:
    packed = msgspec.json.decode(data)
    return f"{packed['method']} {packed['url'].rpartition('.invalid')[2]}"


class NamedDriver:
    """The real driver; the place learns which session is whose."""

    def __init__(self, driver: VivaDriver, names: dict[str, ServiceID]) -> None:
        self._driver = driver
        self._names = names

    @property
    def capabilities(self) -> Capabilities:
        """See `Driver`."""
        return self._driver.capabilities

    def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`."""
        order, service_id = command.order, command.service_id
        if isinstance(order, MoneyOrder):
            session_id = session_id_of(order, service_id, command.sale_id, command.poi_id)
            self._names[session_id] = service_id
        return self._driver.carry_out(command, wishes)

    async def close(self) -> None:
        """See `Driver`."""
        await self._driver.close()


class VivaSide:
    """See `Side`."""

    def __init__(self, link: WorldLink, names: dict[str, ServiceID]) -> None:
        self._link = link
        self._names = names

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """See `Side`."""
        del door
        driver = over(MemoryWeb(self._link), parse(URL, "url"), KNOWN, options.read(settings))
        return NamedDriver(driver, self._names)

    def die(self, *, power: bool) -> None:
        """See `Side`."""
        del power  # what was sent arrives all the same
        self._link.die()


class VivaPlace:
    """See `Place`."""

    words: Mapping[str, Any] = {"terminal": URL}

    def __init__(self, plan: VivaPlan, around: Surroundings) -> None:
        self._plan = plan
        self._network = around.network
        self._storm = CloudStorm(around.rng, plan.storm, around.note)
        self._names: dict[str, ServiceID] = {}
        self._cloud = SimulatedViva(
            faults=plan.faults,
            seed=plan.seed,
            pace_s=0.5,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
        )

    @property
    def books(self) -> Books:
        """See `Place`. The cloud knows sessions; the till made their names of its own ids."""
        named = (
            msgspec.structs.replace(
                entry, service_id=self._names.get(entry.service_id, entry.service_id)
            )
            for entry in self._cloud.books.entries
        )
        return Books(named)

    @property
    def doubts(self) -> Doubts:
        """What never reached its terminal runs for ever, as far as the cloud knows."""
        return Doubts.OF_NOTHING if self._plan.loses_pushes else Doubts.NONE

    @property
    def idle(self) -> bool:
        """See `Place`."""
        return not self._cloud.ledger.running()

    def side(self, on_effect: OnEffect) -> VivaSide:
        """See `Place`. A call is one write, so there is nothing between two journal writes."""
        del on_effect
        link = WorldLink(serving(self._cloud.receive), self._storm, self._network)
        return VivaSide(link, self._names)

    def reboot(self) -> None:
        """No world has that."""

    @asynccontextmanager
    async def listening(self, till: SaleSystem) -> AsyncIterator[None]:
        """Webhooks are not needed, so there are none."""
        del till
        yield

    def harmed(self) -> Iterable[str]:
        """There is no such money."""
        return ()

    async def aclose(self) -> None:
        """See `Place`."""
        await self._cloud.aclose()
