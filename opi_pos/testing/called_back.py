"""A real till with a real listener around a driver that is called back or asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import Ended, News, Verdict
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.model.results import Outcome, Proof, Result
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.drivers import Connect
from opi_pos.runtime.sale_system import Parts, SaleSystem

SCOPE = "shop"
_OUTCOMES = {
    Verdict.APPROVED: Outcome.APPROVED,
    Verdict.DECLINED: Outcome.DECLINED,
    Verdict.ABORTED: Outcome.ABORTED,
    Verdict.REFUSED: Outcome.NOT_STARTED,
}


class CalledBack:
    """The driver, and the journal in which its till looks for open exchanges."""

    def __init__(self, driver: Driver, till: SaleSystem, journal: MemoryJournal) -> None:
        self.driver = driver
        self.till = till
        self._journal = journal
        self._open: dict[ServiceID, Exchange] = {}

    async def intend(self, command: Command) -> None:
        """Record the intent, as the rules do before anything is sent. See `Stand.intend`."""
        if isinstance(command.order, MoneyOrder):
            row = self._open[command.service_id] = Exchange(
                exchange_id=ExchangeID(f"x-{command.service_id}"),
                scope=SCOPE,
                poi_id=command.poi_id,
                sale_id=command.sale_id,
                service_id=command.service_id,
                state="sending",
                order=command.order,
                begun_at=0.0,
                changed_at=0.0,
            )
            await self._journal.commit(exchanges=[row])

    async def ended(self, command: Command, last: News) -> None:
        """Record that an exchange is over, unless it is in doubt. See `Stand.ended`."""
        row = self._open.get(command.service_id)
        if row is None or not isinstance(last, Ended):
            return
        result = Result(
            outcome=_OUTCOMES.get(last.answer.verdict, Outcome.IN_DOUBT),
            proof=Proof.RESPONSE,
            operation=row.order.operation,
            reference=row.order.reference,
            service_id=row.service_id,
        )
        await self._journal.commit(
            exchanges=[msgspec.structs.replace(row, state="ended", result=result)]
        )


@asynccontextmanager
async def called_back(connect: Connect, url: str, **words: Any) -> AsyncIterator[CalledBack]:
    """Open a till on `url` that listens on loopback; `words` go to `SaleSystem.open`."""
    made: list[Driver] = []

    def connected(settings: DriverSettings, door: DeviceDoor) -> Driver:
        made.append(connect(settings, door))
        return made[-1]

    journal = MemoryJournal()
    words = {"listen": "127.0.0.1:0", "scope": SCOPE, "currency": "EUR", **words}
    ownership = MemoryOwnership(MemoryLocks())
    parts = Parts(journal=journal, ownership=ownership, connect=connected, look_for_mail_s=None)
    async with SaleSystem.open(terminal=url, parts=parts, **words) as till:
        yield CalledBack(made[0], till, journal)
