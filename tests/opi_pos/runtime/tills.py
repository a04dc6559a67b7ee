"""A till on virtual time with a scripted terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from opi_pos import SaleSystem
from opi_pos.aio import virtual
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.ports import Cashier, Journal
from opi_pos.runtime.drivers import Connect
from opi_pos.runtime.sale_system import Parts


class Connects(Protocol):
    """A scripted terminal, or what makes one for every connection."""

    @property
    def connect(self) -> Connect: ...


class WallClock:
    """The loop's time, also for people."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return 1_790_000_000.0 + asyncio.get_running_loop().time()


def till(
    driver: Connects,
    *,
    journal: Journal | None = None,
    cashier: Cashier | None = None,
    locks: MemoryLocks | None = None,
    look_for_mail_s: float | None = None,
    draw: Callable[[int], int] = lambda below: 0,
    **words: Any,
) -> SaleSystem:
    parts = Parts(
        journal=journal or MemoryJournal(),
        ownership=MemoryOwnership(locks or MemoryLocks()),
        clock=WallClock(),
        connect=driver.connect,
        look_for_mail_s=look_for_mail_s,
        draw=draw,
    )
    return SaleSystem.open(
        terminal="test://", currency="EUR", cashier=cashier, parts=parts, **words
    )


def play(main: Coroutine[Any, Any, None]) -> None:
    virtual.run(main)
