"""One life of the till's process: from its start to its end or to its sudden death."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any, Literal

from opi_pos.aio.virtual import VirtualLoop
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal, WriteKind
from opi_pos.journal.storage import Storage
from opi_pos.model.devices import Question
from opi_pos.runtime.cashier import QuietCashier
from opi_pos.runtime.sale_system import Parts, SaleSystem
from tests.world.place import EPOCH, Death, Place
from tests.world.plan import Crash, Plan

_LIFE: contextvars.ContextVar[int] = contextvars.ContextVar("life", default=0)


class WorldClock:
    """The loop's time, also as Unix seconds."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return EPOCH + asyncio.get_running_loop().time()


class Signer(QuietCashier):
    """Decides about signatures as the plan says, after a while."""

    def __init__(self, decides: bool) -> None:
        self._decides = decides

    async def confirm(self, poi: str, question: Question) -> bool | None:
        await asyncio.sleep(3.0)
        return self._decides


class Census:
    """Knows which task belongs to which life, so that a death takes them all and no other."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._make = loop.get_task_factory()
        self._tasks: dict[int, dict[asyncio.Future[Any], None]] = {}
        loop.set_task_factory(self._born)

    def _born(self, loop: Any, coro: Any, **words: Any) -> Any:
        assert self._make is not None
        task = self._make(loop, coro, **words)
        life = _LIFE.get()
        if life:
            living = self._tasks.setdefault(life, {})
            living[task] = None
            task.add_done_callback(lambda _: living.pop(task, None))
        return task

    async def kill(self, life: int) -> None:
        """Every task of a life ends now."""
        while living := list(self._tasks.get(life, {})):
            for task in living:
                task.cancel()
            # Again and again: what closes politely would wait for others that are dead.
            await asyncio.wait(living, timeout=0.001)


class Life:
    """One process. `run` gives True when it came to its own end, False when it died."""

    def __init__(
        self,
        number: int,
        plan: Plan,
        storage: Storage,
        locks: MemoryLocks,
        place: Place,
        census: Census,
        crashes: list[Crash],
        note: Callable[[str], None],
        unsynced: frozenset[WriteKind],
        counter: list[int],
    ) -> None:
        self.number = number
        self._plan = plan
        self._place = place
        self._census = census
        self._crashes = crashes
        self._note = note
        self._counter = counter
        self.died = asyncio.Event()
        self.power = False
        self.journal = MemoryJournal(storage, on_write=self._on_write, unsynced=unsynced)
        self.side = place.side(self._on_effect)
        self.ownership = MemoryOwnership(locks, name=f"life {number}")
        self.till = self._open()

    def _open(self) -> SaleSystem:
        plan = self._plan
        words = {"currency": "EUR", **self._place.words}
        return SaleSystem.open(
            integration="full" if plan.full else "light",
            cashier=None if plan.signs is None else Signer(plan.signs),
            parts=Parts(
                journal=self.journal,
                ownership=self.ownership,
                clock=WorldClock(),
                connect=self.side.connect,
                look_for_mail_s=1.0 if plan.second_till else None,
                draw=lambda below: self.number % below,
            ),
            **words,
        )

    def _on_write(self, when: Literal["before", "after"], kind: WriteKind) -> None:
        if kind != "notes":
            self._on_effect(when, kind)

    def _on_effect(self, when: Literal["before", "after"], kind: str) -> None:
        if self.died.is_set():
            raise Death  # whatever its other tasks were about to do
        if when == "before":
            self._counter[0] += 1
        for crash in self._crashes:
            if crash.write == self._counter[0] and crash.after == (when == "after"):
                self._crashes.remove(crash)
                self._die(power=crash.power, why=f"{when} {kind}")
                raise Death

    def _die(self, *, power: bool, why: str) -> None:
        self.power = power
        self._note(f"life {self.number} dies {why}, power {power}")
        self.died.set()
        self.side.die(power=power)

    async def run(self, work: Callable[[SaleSystem], Coroutine[Any, Any, None]]) -> bool:
        """Open the till, do `work`, close it."""

        async def live() -> None:
            async with self.till:
                await work(self.till)

        context = contextvars.copy_context()
        context.run(_LIFE.set, self.number)
        task = context.run(asyncio.get_running_loop().create_task, live())
        dying = asyncio.get_running_loop().create_task(self.died.wait())
        await asyncio.wait({task, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not self.died.is_set():
            await task
            return True
        self.journal.lose_volatile(power=self.power)
        self.ownership.die()
        await self._census.kill(self.number)
        return False
