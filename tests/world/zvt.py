"""Worlds with a ZVT terminal: bytes over TCP or a serial line, in both readings of the standard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import LinkError
from opi_pos.model.money import Amount
from opi_pos.model.news import News
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.poi.books import Books, Entry
from opi_pos.poi.faults import FaultPlan, Struck
from opi_pos.ports import DeviceDoor, Driver, DriverSettings, Wishes
from opi_pos.runtime.sale_system import SaleSystem
from terminal_bridge.drivers.zvt.connecting import over
from terminal_bridge.drivers.zvt.driver import ZvtDriver
from terminal_bridge.simulator.zvt.effects import Effect
from terminal_bridge.simulator.zvt.job import Job
from terminal_bridge.simulator.zvt.line import Line
from terminal_bridge.simulator.zvt.link import PtLink
from terminal_bridge.simulator.zvt.profile import profile_of
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.simulator.zvt.store import Kind, Numbers, Store, Transaction
from terminal_bridge.simulator.zvt.store import News as StoreNews
from terminal_bridge.zvt.apdu import Apdu
from tests.world.invariants import Doubts
from tests.world.place import EPOCH, OnEffect, Surroundings
from tests.world.wire import NOBODY, Named, Pipe, Way, Weather, Wire
from tests.world.zvt_plan import ZvtPlan

STAMP = "20260921131320"
NUMBERS = Numbers(trace=41, receipt=7, turnover=41)
"""The last that the terminal gave out before the world began."""


class NamingZvt(SimulatedZvt):
    """A terminal that knows for which exchange it carries out a command, and writes it into its
    books. ZVT has no words for that.
    """

    def __init__(self, *args: Any, **words: Any) -> None:
        self.heard = NOBODY
        """Whose bytes it hears."""
        self._named: dict[int, tuple[Apdu, Named]] = {}
        self._names: dict[Job, Named] = {}
        super().__init__(*args, **words)
        pt = self.terminal.pt
        true_entry = pt.entry_of

        def entry_of(transaction: Transaction, **words: Any) -> Entry:
            name = self._names.get(self._job, NOBODY) if self._job is not None else NOBODY
            return msgspec.structs.replace(
                true_entry(transaction, **words),
                service_id=name.service_id,
                reference=name.reference,
            )

        pt.entry_of = entry_of  # type: ignore[method-assign]

    @property
    def _job(self) -> Job | None:
        return self.terminal._job

    @property
    def idle(self) -> bool:
        """Whether it does nothing."""
        return self._job is None and not self.is_starting

    @property
    def is_starting(self) -> bool:
        """Whether it refuses connections."""
        return self._booting is not None

    def apdu_came(self, link: PtLink, apdu: Apdu) -> None:
        """See `LinkOwner`."""
        self._named[id(apdu)] = (apdu, self.heard)
        super().apdu_came(link, apdu)

    def _rule(self, link: PtLink, apdu: Apdu, struck: Struck) -> None:
        _, name = self._named[id(apdu)]
        true_begin = self.terminal._start

        def start(job: Job) -> list[Effect]:
            self._names[job] = name
            return true_begin(job)

        self.terminal._start = start  # type: ignore[method-assign]
        try:
            super()._rule(link, apdu, struck)
        finally:
            self.terminal._start = true_begin  # type: ignore[method-assign]

    def calm_down(self) -> None:
        """Nothing strikes any more."""
        self._plan = FaultPlan()
        self._line = Line()
        self._mute_until = None
        for link in self._links.values():
            link._line = self._line


def _terminal(plan: ZvtPlan) -> NamingZvt:
    earlier = [] if plan.earlier is None else [_earlier(plan.earlier)]
    news = [StoreNews(numbers=NUMBERS), *(StoreNews(transaction=each) for each in earlier)]
    terminal = NamingZvt(
        msgspec.structs.replace(profile_of(plan.personality), busy=plan.busy),
        faults=plan.faults,
        noise=plan.noise,
        seed=plan.seed,
        pace_s=0.5,
        store=Store(news),
        clock=lambda: EPOCH + asyncio.get_running_loop().time(),
    )
    for each in earlier:
        terminal.books.write(terminal.terminal.pt.entry_of(each))
    return terminal


def _earlier(minor: int) -> Transaction:
    """Somebody else's payment, the last one on this terminal."""
    return Transaction(
        kind=Kind.PAYMENT,
        amount=Amount(minor=minor, currency="EUR"),
        trace=NUMBERS.trace,
        receipt=NUMBERS.receipt,
        turnover=NUMBERS.turnover,
        stamp=STAMP,
        card="Mastercard",
        approval_code="123456",
    )


class NamedDriver:
    """The real driver; its line learns for whom it works."""

    def __init__(self, driver: ZvtDriver, wire: Wire) -> None:
        self._driver = driver
        self._wire = wire

    @property
    def capabilities(self) -> Capabilities:
        """See `Driver`."""
        return self._driver.capabilities

    def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`."""
        if isinstance(command.order, MoneyOrder):
            self._wire.name = Named(command.service_id, command.order.reference)
        return self._driver.carry_out(command, wishes)

    async def close(self) -> None:
        """See `Driver`."""
        await self._driver.close()


class ZvtSide:
    """See `Side`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """See `Side`."""
        return NamedDriver(over(self._wire, settings, door), self._wire)

    def die(self, *, power: bool) -> None:
        """See `Side`."""
        self._wire.die(power=power)


class ZvtPlace:
    """See `Place`."""

    doubts = Doubts.ANY

    def __init__(self, plan: ZvtPlan, around: Surroundings) -> None:
        self._plan = plan
        self._around = around
        self._weather = Weather(around.rng, plan.storm, plan.storm_s, serial=plan.serial)
        self.terminal = _terminal(plan)
        loop = asyncio.get_running_loop()
        self._calm = loop.call_at(plan.storm_s, self.terminal.calm_down)
        self._heard = Way()
        """What the terminal hears on its one serial line."""
        self._plugged: Pipe | None = None

    @property
    def books(self) -> Books:
        """See `Place`."""
        return self.terminal.books

    @property
    def words(self) -> Mapping[str, Any]:
        """See `Place`."""
        plan = self._plan
        scheme = "zvt+serial:///dev/world" if plan.serial else "zvt+tcp://world"
        return {
            "terminal": f"{scheme}?profile={plan.profile}",
            "printing": plan.printing.value,
            **({"signature": plan.signature.value} if plan.signature else {}),
        }

    @property
    def idle(self) -> bool:
        """See `Place`."""
        return self.terminal.idle

    def side(self, on_effect: OnEffect) -> ZvtSide:
        """See `Place`."""
        wire = Wire(
            self._open, self._weather, on_effect, self._around.note, serial=self._plan.serial
        )
        return ZvtSide(wire)

    def _open(self) -> tuple[Way, Way]:
        if self._plan.serial:
            return self._heard, self._plug()
        if self.terminal.is_starting:
            raise LinkError("connection refused", written=False)
        out, back = Way(), Way()
        self._attach(out, back)
        return out, back

    def _plug(self) -> Way:
        """The terminal's end of a serial line stays; the till's is a new one."""
        if self._plugged is None:
            self._plugged = self._attach(self._heard, Way())
        self._plugged.back.end_now()
        self._plugged.back = Way()
        return self._plugged.back

    def _attach(self, out: Way, back: Way) -> Pipe:
        serial = self._plan.serial
        pipe = Pipe(out, back, self._weather, self._hears, closes=not serial)
        attached = self.terminal.attach(pipe, serial=serial)
        self._around.network.copy().run(self.terminal._tasks.spawn, attached, name="zvt link")
        return pipe

    def _hears(self, name: Named) -> None:
        self.terminal.heard = name

    def harmed(self) -> Iterable[str]:
        """The payment from before is nobody's to take back."""
        if any(self.books.undone(e.transaction_id) for e in self.books.entries if not e.reference):
            yield "an earlier payment, not the till's, was taken back"

    def reboot(self) -> None:
        """See `Place`."""
        self.terminal.reboot()

    @asynccontextmanager
    async def listening(self, till: SaleSystem) -> AsyncIterator[None]:
        """A ZVT terminal reaches nobody by itself."""
        del till
        yield

    async def aclose(self) -> None:
        """See `Place`."""
        self._calm.cancel()
        await self.terminal.aclose()
