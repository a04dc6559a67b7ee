"""Worlds with a NetPay terminal: pushes over a way that loses and delays, and a terminal that posts
its responses, once or twice, to whatever process lives just then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from opi_pos.model.callbacks import Callback
from opi_pos.model.errors import LinkError
from opi_pos.poi.books import Books
from opi_pos.ports import DeviceDoor, Driver, DriverSettings, Inbox, InboxDoor
from opi_pos.runtime.sale_system import SaleSystem
from terminal_bridge.drivers.netpay import options
from terminal_bridge.drivers.netpay.address import parse
from terminal_bridge.drivers.netpay.connecting import over
from terminal_bridge.drivers.netpay.naming import reference_in
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.netpay.cloud import SimulatedNetpay
from tests.terminal_bridge.drivers.netpay.shop import KNOWN, URL
from tests.world.invariants import Doubts
from tests.world.netpay_plan import NetpayPlan
from tests.world.place import EPOCH, Death, OnEffect, Surroundings
from tests.world.weather import MortalWeb, TcpStorm, WorldLink


class NetpaySide:
    """See `Side`."""

    def __init__(self, place: NetpayPlace, link: WorldLink, on_effect: OnEffect) -> None:
        self._place = place
        self._link = link
        self._on_effect = on_effect
        self._inbox: Inbox | None = None

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """See `Side`. From now on the terminal posts to this process."""
        assert isinstance(door, InboxDoor)
        self._inbox = self._place.inbox = door.inbox(settings.poi_id)
        web, address = MortalWeb(MemoryWeb(self._link), self._on_effect), parse(URL, "url")
        return over(web, address, self._inbox, KNOWN, options.read(settings))

    def die(self, *, power: bool) -> None:
        """See `Side`."""
        del power  # what was sent arrives all the same
        self._link.die()
        if self._place.inbox is self._inbox:
            self._place.inbox = None


class NetpayPlace:
    """See `Place`."""

    def __init__(self, plan: NetpayPlan, around: Surroundings) -> None:
        self.inbox: Inbox | None = None
        """Of the process that listens; None: the receiver is down."""
        self.words: Mapping[str, Any] = {
            "terminal": URL,
            "currency": "MXN",
            "not_known_codes": ("13",) if plan.names_unknown else (),
        }
        self._plan = plan
        self._around = around
        self._rng: random.Random = around.rng
        self._storm = TcpStorm(around.rng, plan.storm, around.note)
        self._cloud = SimulatedNetpay(
            post=self._post,
            faults=plan.faults,
            habits=plan.habits,
            seed=plan.seed,
            pace_s=0.5,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
        )

    @property
    def books(self) -> Books:
        """See `Place`. The terminal knows folios, of which every attempt has its own."""
        return Books(
            msgspec.structs.replace(entry, reference=reference_in(entry.reference))
            for entry in self._cloud.books.entries
        )

    @property
    def doubts(self) -> Doubts:
        """How a terminal says that it does not know a folio is documented nowhere."""
        return Doubts.OF_NOTHING

    @property
    def idle(self) -> bool:
        """See `Place`."""
        return all(terminal.is_idle for terminal in self._cloud.terminals.values())

    def side(self, on_effect: OnEffect) -> NetpaySide:
        """See `Place`."""
        link = WorldLink(serving(self._cloud.receive), self._storm, self._around.network)
        return NetpaySide(self, link, on_effect)

    def reboot(self) -> None:
        """No world has that."""

    @asynccontextmanager
    async def listening(self, till: SaleSystem) -> AsyncIterator[None]:
        """The terminal posts to whoever drives it: see `NetpaySide`."""
        del till
        yield

    def harmed(self) -> Iterable[str]:
        """There is no such money."""
        return ()

    async def aclose(self) -> None:
        """See `Place`."""
        await self._cloud.aclose()

    async def _post(self, body: bytes) -> Reply:
        """The terminal's way to the receiver, through the same storm."""
        passage = self._storm.reply(body)
        if passage.loss is not None:
            raise LinkError("the response was lost", written=True)
        await asyncio.sleep(passage.copies_s[0] if passage.copies_s else 0.0)
        inbox = self.inbox
        if inbox is None:
            self._around.note("the receiver is down")
            raise LinkError("the receiver is down", written=False)
        try:
            answer = await inbox.take(Callback(body=body if passage.data is None else passage.data))
        except Death:
            raise LinkError("the receiver died", written=True) from None
        self._around.note(f"a response was answered {answer.status}")
        return Reply(status=answer.status, body=answer.body)
