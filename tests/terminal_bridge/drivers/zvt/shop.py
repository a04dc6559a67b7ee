"""A whole till on a simulated ZVT terminal, on virtual time: rules, driver, line, terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from opi_pos import QuietCashier, SaleSystem
from opi_pos.aio import virtual
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.devices import DeviceAnswer, Display, PrintJob, Question
from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.news import Answer, DeviceAsked, Ended, News
from opi_pos.model.orders import AskStatus, Command, Order
from opi_pos.model.results import Result
from opi_pos.poi.books import Books, Movement
from opi_pos.poi.faults import Fault
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.sale_system import Parts
from opi_pos.runtime.wishes import AbortWishes
from terminal_bridge.drivers.zvt.connecting import over
from terminal_bridge.drivers.zvt.driver import ZvtDriver
from terminal_bridge.simulator.zvt.byte_link import SimulatedLink
from terminal_bridge.simulator.zvt.profile import PtProfile
from terminal_bridge.simulator.zvt.station import SimulatedZvt

SCOPE = "shop"
EPOCH = 1_714_564_800.0
"""2024-05-01 12:00 UTC."""


class ShopClock:
    """The loop's time, also for people."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return EPOCH + asyncio.get_running_loop().time()


class Ann(QuietCashier):
    """A cashier who notes what she sees and says what she was told to say."""

    def __init__(self, *, says: bool | None = True, types: str | None = None) -> None:
        self.says = says
        self.types = types
        self.shown: list[Display] = []
        self.printed: list[PrintJob] = []
        self.asked: list[Question] = []
        self.takes_s = 0.0

    async def display(self, poi: str, display: Display) -> None:
        self.shown.append(display)

    async def confirm(self, poi: str, question: Question) -> bool | None:
        self.asked.append(question)
        await asyncio.sleep(self.takes_s)
        return self.says

    async def ask(self, poi: str, question: Question) -> str | None:
        self.asked.append(question)
        await asyncio.sleep(self.takes_s)
        return self.types

    async def print(self, poi: str, job: PrintJob) -> bool:
        self.printed.append(job)
        return True


@dataclass(slots=True)
class Shop:
    """One till at one terminal. `second()` is the process that is started after a crash."""

    terminal: SimulatedZvt
    serial: bool = False
    profile: str = "default"
    cashier: Ann = field(default_factory=Ann)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    locks: MemoryLocks = field(default_factory=MemoryLocks)
    words: dict[str, Any] = field(default_factory=dict)
    drivers: list[ZvtDriver] = field(default_factory=list)

    def _connect(self, settings: DriverSettings, door: DeviceDoor) -> ZvtDriver:
        driver = over(SimulatedLink(self.terminal, serial=self.serial), settings, door)
        self.drivers.append(driver)
        return driver

    def till(self) -> SaleSystem:
        place = "zvt+serial:///dev/sim" if self.serial else "zvt+tcp://sim"
        parts = Parts(
            journal=self.journal,
            ownership=MemoryOwnership(self.locks),
            clock=ShopClock(),
            connect=self._connect,
        )
        words = {"integration": "full", "scope": SCOPE, **self.words}
        return SaleSystem.open(
            terminal=f"{place}?profile={self.profile}",
            currency="EUR",
            cashier=self.cashier,
            parts=parts,
            **words,
        )

    async def reprint(self, result: Result) -> Answer:
        """What the terminal prints again; `LookupError` if it is another one's."""
        rows = await self.journal.find(SCOPE, result.reference)
        order = AskStatus(service_id=result.service_id, order=rows[-1].order, reprint=True)
        last = (await told(self.drivers[-1], order))[-1]
        match last:
            case Ended(answer=answer):
                return answer
            case _:
                raise LookupError(last)

    @property
    def controls(self) -> list[str]:
        """Violations of the protocol that the terminal noted."""
        return [f"{each.control:04X} {each.what}" for each in self.terminal.terminal.pt.violations]


Story = Callable[[Shop, SaleSystem], Awaitable[None]]


def play(
    story: Story,
    *,
    personality: str | PtProfile = "strict",
    faults: Iterable[Fault] = (),
    noise: float = 0.0,
    seed: int = 0,
    pace_s: float = 0.5,
    scenario: Any = None,
    cashier: Ann | None = None,
    serial: bool = False,
    profile: str = "default",
    **words: Any,
) -> Shop:
    """Play it, and give back the shop as it was left."""

    async def main() -> Shop:
        async with SimulatedZvt(
            personality,
            clock=lambda: EPOCH + asyncio.get_running_loop().time(),
            faults=faults,
            noise=noise,
            seed=seed,
            pace_s=pace_s,
            scenario=scenario,
        ) as terminal:
            shop = Shop(terminal, serial=serial, profile=profile, cashier=cashier or Ann())
            shop.words = words
            async with shop.till() as till:
                await story(shop, till)
            return shop

    return virtual.run(main())


def taken(books: Books) -> int:
    """Minor units that the terminal's books hold against cardholders."""
    signs = {
        Movement.CHARGE: 1,
        Movement.COMPLETION: 1,
        Movement.REFUND: -1,
        Movement.REVERSAL: -1,
        Movement.RESERVATION: 0,
    }
    reserved = {e.transaction_id for e in books.entries if e.movement is Movement.RESERVATION}
    return sum(
        signs[entry.movement] * entry.amount.minor
        for entry in books.entries
        if not (entry.movement is Movement.REVERSAL and entry.original in reserved)
    )


async def told(
    driver: Driver, order: Order, *, service_id: str = "77", answer: DeviceAnswer | None = None
) -> list[News]:
    """Everything that a driver tells of one order, without rules above it."""
    command = Command(
        order=order, service_id=ServiceID(service_id), sale_id=SaleID("S"), poi_id=POIID("POI-1")
    )
    news: list[News] = []
    generator = driver.carry_out(command, AbortWishes())
    async with aclosing(generator):
        given: DeviceAnswer | None = None
        while True:
            try:
                one = await generator.asend(given)
            except StopAsyncIteration:
                return news
            news.append(one)
            given = answer if isinstance(one, DeviceAsked) else None
