"""A seeded world: till, listener, link and terminal in one process, on virtual time.

`run(seed)` draws a plan, lets it happen, and gives what was seen and what was broken.
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from opi_pos.aio.virtual import VirtualLoop
from opi_pos.journal.lock import MemoryLocks
from opi_pos.journal.memory import WriteKind
from opi_pos.journal.storage import Storage
from opi_pos.model.errors import UsageError
from opi_pos.model.results import Outcome, Result
from opi_pos.runtime.sale_system import SaleSystem
from tests.world.invariants import Told, broken, forgotten, standing
from tests.world.keycard import KeycardPlace
from tests.world.keycard_plan import KeycardPlan, draw_keycard
from tests.world.life import Census, Life
from tests.world.netpay import NetpayPlace
from tests.world.netpay_plan import NetpayPlan, draw_netpay
from tests.world.nexo import NexoPlace
from tests.world.opi import OpiPlace
from tests.world.opi_plan import OpiPlan, draw_opi
from tests.world.place import Place, Surroundings
from tests.world.plan import NexoPlan, Plan, Sale, draw_nexo
from tests.world.viva import VivaPlace
from tests.world.viva_plan import VivaPlan, draw_viva
from tests.world.zvt import ZvtPlace
from tests.world.zvt_plan import ZvtPlan, draw_zvt

LIVES_AT_MOST = 12
SETTLED_WITHIN_S = 200.0
PERSON_S = 30.0
"""How long a person takes to look at the terminal."""
AT_MOST_S = 4_000.0
"""Virtual seconds after which a world that has not come to its end is a finding."""


@dataclass(slots=True)
class Seen:
    """What happened in one world."""

    plan: Plan
    trace: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def hash(self) -> str:
        """Equal seeds give equal hashes."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


class World:
    """What outlives a process: the terminal, the disk, the locks, the weather, the cashier."""

    def __init__(self, plan: Plan, loop: VirtualLoop, unsynced: frozenset[WriteKind]) -> None:
        self.plan = plan
        self.seen = Seen(plan=self.plan)
        self.rng = random.Random(plan.seed ^ 0x5EED)
        self.storage = Storage()
        self.locks = MemoryLocks()
        self.census = Census(loop)
        self.network = contextvars.copy_context()
        self.place = place_of(
            plan, Surroundings(rng=self.rng, note=self.note, network=self.network)
        )
        self.crashes = list(plan.crashes)
        self.unsynced = unsynced
        self.lives = 0
        self.todo = list(plan.sales)
        self.other: asyncio.Task[bool] | None = None
        self.counter = [0]

    def note(self, what: str) -> None:
        """One line of the trace."""
        self.seen.trace.append(f"{asyncio.get_running_loop().time():.6f} {what}")

    # --- lives --------------------------------------------------------------------------------

    async def happen(self) -> None:
        """The storm, then the calm in which everything must come to its end."""
        loop = asyncio.get_running_loop()
        reboots = [loop.call_at(at, self._reboot) for at in self.plan.reboots_at]
        while True:
            self.lives += 1
            if self.lives > LIVES_AT_MOST:
                self.seen.broken.append("it does not come to an end")
                break
            if await self._life().run(self._work):
                break
            self.seen.broken += forgotten(self.seen.told, self.storage)
            await asyncio.sleep(self.rng.uniform(0.5, 20.0))
        for reboot in reboots:
            reboot.cancel()
        if self.other is not None:
            await self.other
        self.seen.broken += broken(
            self.place.books, self.seen.told, self.storage, self.place.doubts
        )
        self.seen.broken += self.place.harmed()
        await self.place.aclose()

    def _life(self) -> Life:
        return Life(
            self.lives,
            self.plan,
            self.storage,
            self.locks,
            self.place,
            self.census,
            self.crashes,
            self.note,
            self.unsynced,
            self.counter,
        )

    def _reboot(self) -> None:
        self.note("reboot")
        self.place.reboot()

    # --- the cashier's program ----------------------------------------------------------------

    async def _work(self, till: SaleSystem) -> None:
        async with self.place.listening(till):
            if self.plan.second_till and len(self.todo) > 1 and self.lives == 1:
                await self._with_second_till(till)
            while self.todo:
                await self._sell(till, self.todo[0])
                self.todo.pop(0)
            await self._wait_for_calm(till)

    async def _with_second_till(self, till: SaleSystem) -> None:
        """Another process pays on the same terminal at the same time."""
        other = self._life()
        other.number = 1_000
        first, second = self.todo[0], self.todo[1]

        async def its_work(second_till: SaleSystem) -> None:
            await self._sell(second_till, second)

        # A process of its own: it lives on when this one dies, and somebody sees it die.
        loop = asyncio.get_running_loop()
        self.other = self.network.copy().run(loop.create_task, other.run(its_work))
        await asyncio.gather(self._sell(till, first), asyncio.shield(self.other))

    async def _sell(self, till: SaleSystem, sale: Sale) -> None:
        result = await self._try(till, sale)
        if result is None or not sale.again:
            return
        if result.outcome in {Outcome.DECLINED, Outcome.NOT_STARTED, Outcome.ABORTED}:
            await self._try(till, sale)

    async def _try(self, till: SaleSystem, sale: Sale) -> Result | None:
        amount = f"{sale.minor // 100}.{sale.minor % 100:02}"
        order = till.refund if sale.refund else till.pay
        paying = asyncio.gather(order(amount, reference=sale.reference), return_exceptions=True)
        if sale.abort_after_s is not None:
            done, _ = await asyncio.wait({paying}, timeout=sale.abort_after_s)
            if not done:
                await till.abort(sale.reference)
        try:
            async with asyncio.timeout(sale.patience_s):
                (result,) = await asyncio.shield(paying)
        except TimeoutError:
            return None
        if isinstance(result, Result):
            self._was_told(result)
            if self.plan.person and result.outcome is Outcome.IN_DOUBT:
                return await self._decide(till, result)
            return result
        self.note(f"failed: {result}")
        return None

    async def _decide(self, till: SaleSystem, doubt: Result) -> Result:
        """A person looks at the terminal, once it rests and nothing is on its way any more."""
        while not self.place.idle:  # noqa: ASYNC110 - as a person does
            await asyncio.sleep(10.0)
        await asyncio.sleep(PERSON_S)
        moved = [e for e in standing(self.place.books) if e.service_id == doubt.service_id]
        if any(entry.amount != doubt.requested for entry in moved):
            return doubt  # no person can say in one word what became of it
        outcome = Outcome.APPROVED if moved else Outcome.DECLINED
        try:
            result = await till.resolve(doubt.reference, outcome, who="world", why="looked")
        except UsageError:
            return doubt  # it was found out meanwhile
        self._was_told(result)
        return result

    async def _wait_for_calm(self, till: SaleSystem) -> None:
        """After the storm every reference is asked for until it is known."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self.plan.storm_s - loop.time()))
        until = loop.time() + SETTLED_WITHIN_S
        for sale in self.plan.sales:
            while (result := await till.status(sale.reference)) is not None:
                self._was_told(result)
                if result.outcome is not Outcome.IN_DOUBT or loop.time() > until:
                    break
                await asyncio.sleep(10.0)
        while till.station().poi is not None and till.station().driven().rules.exchanges:
            if loop.time() > until:
                break
            await asyncio.sleep(10.0)

    def _was_told(self, result: Result) -> None:
        at = asyncio.get_running_loop().time()
        self.note(f"told {result.reference} {result.outcome} {result.proof} {result.service_id}")
        self.seen.told.append(Told(at=at, result=result))


def place_of(plan: Plan, around: Surroundings) -> Place:
    """The terminal of a plan."""
    match plan:
        case NexoPlan():
            return NexoPlace(plan, around)
        case ZvtPlan():
            return ZvtPlace(plan, around)
        case VivaPlan():
            return VivaPlace(plan, around)
        case NetpayPlan():
            return NetpayPlace(plan, around)
        case OpiPlan():
            return OpiPlace(plan, around)
        case KeycardPlan():
            return KeycardPlace(plan, around)
        case _:
            raise TypeError(f"no terminal fits a {type(plan).__name__}")


DRAWN: Final[Mapping[str, Callable[[int], Plan]]] = MappingProxyType(
    {
        "nexo": draw_nexo,
        "zvt": draw_zvt,
        "viva": draw_viva,
        "netpay": draw_netpay,
        "opi": draw_opi,
        "keycard": draw_keycard,
    }
)
"""Plans by kind of terminal."""


def run(
    seed: int,
    *,
    terminal: str = "nexo",
    unsynced: frozenset[WriteKind] = frozenset(),
    prepare: Callable[[World], None] | None = None,
) -> Seen:
    """One world from its seed to its end."""
    return happen(DRAWN[terminal](seed), unsynced=unsynced, prepare=prepare)


def happen(
    plan: Plan,
    *,
    unsynced: frozenset[WriteKind] = frozenset(),
    prepare: Callable[[World], None] | None = None,
) -> Seen:
    """One world as planned."""
    loop = VirtualLoop()
    logging.disable(logging.CRITICAL)  # a till that dies a thousand times says so a thousand times
    try:
        world: list[World] = []

        async def main() -> None:
            made = World(plan, loop, unsynced)
            world.append(made)
            if prepare is not None:
                prepare(made)
            async with asyncio.timeout(AT_MOST_S):
                await made.happen()

        try:
            loop.run_until_complete(main())
        except Exception as error:  # noqa: BLE001 - whatever a till does is a finding
            world[0].seen.broken.append(f"the world stopped: {type(error).__name__}: {error}")
        return world[0].seen
    finally:
        loop.finish()
        logging.disable(logging.NOTSET)
