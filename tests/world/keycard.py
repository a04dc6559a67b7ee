"""Worlds with a Key & Card server: commands over a way that loses and delays, and callbacks to
whatever process listens at their address just then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from opi_pos.model.callbacks import Callback
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import LinkError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import News
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.ports import (
    DeviceDoor,
    Driver,
    DriverSettings,
    Inbox,
    InboxDoor,
    Letterbox,
    ReadCallback,
    Wishes,
)
from opi_pos.runtime.sale_system import SaleSystem
from terminal_bridge.drivers.keycard.calling import Server
from terminal_bridge.drivers.keycard.capabilities import KEYCARD
from terminal_bridge.drivers.keycard.driver import KeycardDriver
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.keycard.service import SimulatedKeycard
from tests.world.invariants import Doubts
from tests.world.keycard_plan import KeycardPlan
from tests.world.place import EPOCH, Death, OnEffect, Surroundings
from tests.world.weather import MortalWeb, TcpStorm, WorldLink

SERVER: Final = "http://server.invalid/"


class KeycardSide:
    """See `Side`. It is also the driver that the till gets: the real one, whose payments the place
    learns the addresses of.
    """

    def __init__(
        self, place: KeycardPlace, link: WorldLink, on_effect: OnEffect, address: str
    ) -> None:
        self.address = address
        """Where the server reaches this process."""
        self.inbox: Inbox | None = None
        """None: nobody listens."""
        self._place = place
        self._link = link
        self._on_effect = on_effect

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """See `Side`."""
        assert isinstance(door, InboxDoor)
        self.inbox = door.inbox(settings.poi_id)
        web = MortalWeb(MemoryWeb(self._link), self._on_effect)
        return NamedDriver(self._place, self, Server(web, SERVER))

    def die(self, *, power: bool) -> None:
        """See `Side`."""
        del power  # what was sent arrives all the same
        self._link.die()
        self.inbox = None


class NamedDriver:
    """The real driver; the place learns at which address which payment is told."""

    def __init__(self, place: KeycardPlace, side: KeycardSide, server: Server) -> None:
        assert side.inbox is not None
        self._place = place
        self._side = side
        self._driver = KeycardDriver(
            server=server,
            inbox=NamedInbox(side.inbox, place.told_at),
            base_url=lambda: side.address,
            capabilities=KEYCARD,
        )

    @property
    def capabilities(self) -> Capabilities:
        """See `Driver`."""
        return self._driver.capabilities

    def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`."""
        if isinstance(command.order, MoneyOrder):
            self._place.orders[command.service_id] = command.order
        return self._driver.carry_out(command, wishes)

    async def close(self) -> None:
        """See `Driver`."""
        self._side.inbox = None
        await self._driver.close()


class NamedInbox:
    """Notes which path is whose. What this driver does not use of `Inbox` is not here."""

    def __init__(self, inbox: Inbox, told_at: dict[str, ServiceID]) -> None:
        self._inbox = inbox
        self._told_at = told_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)

    async def open(
        self, service_id: ServiceID, read: ReadCallback, *, topic: str = ""
    ) -> Letterbox:
        """See `Inbox`."""
        box = await self._inbox.open(service_id, read, topic=topic)
        self._told_at[box.path] = service_id
        return box


class KeycardPlace:
    """See `Place`."""

    words: Mapping[str, Any] = {"terminal": "sim://keycard"}
    doubts = Doubts.ANY
    """The server cannot be asked about one payment: what no callback told is never found out."""

    def __init__(self, plan: KeycardPlan, around: Surroundings) -> None:
        self.orders: dict[ServiceID, MoneyOrder] = {}
        self.told_at: dict[str, ServiceID] = {}
        """Payments by the path of their callbacks."""
        self._around = around
        self._storm = TcpStorm(around.rng, plan.storm, around.note)
        self._sides: list[KeycardSide] = []
        self._of: dict[str, ServiceID] = {}
        """Payments by the movement that they caused."""
        self._server = SimulatedKeycard(
            post=self._post,
            faults=plan.faults,
            habits=plan.habits,
            seed=plan.seed,
            pace_s=0.5,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
        )
        self._server.books.heard = self._moved

    @property
    def books(self) -> Books:
        """See `Place`. The server knows no payments: the address of the callbacks names them."""
        return Books(self._named(entry) for entry in self._server.books.entries)

    @property
    def idle(self) -> bool:
        """See `Place`."""
        return self._server.running is None

    def side(self, on_effect: OnEffect) -> KeycardSide:
        """See `Place`. A process that is started again listens at the same address; two that run
        at once have one each.
        """
        taken = {side.address for side in self._sides if side.inbox is not None}
        every = (f"http://till-{number}.invalid" for number in range(len(self._sides) + 1))
        address = next(each for each in every if each not in taken)
        link = WorldLink(serving(self._server.receive), self._storm, self._around.network)
        self._sides.append(KeycardSide(self, link, on_effect, address))
        return self._sides[-1]

    def reboot(self) -> None:
        """No world has that."""

    @asynccontextmanager
    async def listening(self, till: SaleSystem) -> AsyncIterator[None]:
        """The server posts to the address that it was told: see `KeycardSide`."""
        del till
        yield

    def harmed(self) -> Iterable[str]:
        """There is no such money."""
        return ()

    async def aclose(self) -> None:
        """See `Place`."""
        await self._server.aclose()

    def _moved(self, entry: Entry) -> None:
        running = self._server.running
        assert running is not None
        path = running.request.callback_url.partition(".invalid")[2]
        self._of[entry.transaction_id] = self.told_at[path]

    def _named(self, entry: Entry) -> Entry:
        service_id = self._of[entry.transaction_id]
        is_charge = entry.movement is Movement.CHARGE
        reference = self.orders[service_id].reference if is_charge else entry.reference
        return msgspec.structs.replace(entry, service_id=service_id, reference=reference)

    async def _post(self, url: str, body: bytes) -> Reply:
        """The server's way to a listener, through the same storm."""
        passage = self._storm.reply(body)
        if not passage.copies_s:
            raise LinkError("the callback was lost", written=True)
        await asyncio.sleep(passage.copies_s[0])
        sides = (side for side in self._sides if url.startswith(side.address + "/"))
        inbox = next((side.inbox for side in sides if side.inbox is not None), None)
        if inbox is None:
            self._around.note("nobody listens")
            raise LinkError("nobody listens", written=False)
        callback = Callback(body=body if passage.data is None else passage.data)
        try:
            answer = await inbox.take(callback, path=url)
        except Death:
            raise LinkError("the listener died", written=True) from None
        self._around.note(f"a callback was answered {answer.status}")
        if passage.loss is not None:
            raise LinkError("the answer was lost", written=True)
        return Reply(status=answer.status)
