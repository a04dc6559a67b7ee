"""Decide a doubt as a person: by the process that drives the terminal, else by the rules alone.

The terminal is not asked and need not be reachable. Other open exchanges are left as they are.
"""

from __future__ import annotations

from opi_pos.cli.opening import books_of, open_books
from opi_pos.cli.options import Where
from opi_pos.journal.lock import FileOwnership
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.capabilities import (
    Capabilities,
    Correlation,
    Dispatch,
    ListenerNeed,
    ProgressReports,
    ReceiptSource,
    RefundScope,
    ReversalScope,
    StatusQuery,
    UnconfirmedPolicy,
)
from opi_pos.model.errors import UsageError
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.results import Operation, Outcome, Result
from opi_pos.runtime.clock import SystemClock
from opi_pos.runtime.config import poi_settings
from opi_pos.runtime.guest import Guest
from opi_pos.session.effects import Instant, Record
from opi_pos.session.exchange import OpenExchange
from opi_pos.session.sale import SaleSession
from opi_pos.session.service_ids import ServiceIDs
from opi_pos.session.terms import Terms

_NOTHING_CAN_BE_ASKED = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(),
    unconfirmed_policy=UnconfirmedPolicy.UNDEFINED,
    dispatch_means=Dispatch.EXECUTED,
    operations=frozenset(Operation),
    services=frozenset(),
    abort=False,
    reversal=ReversalScope.NONE,
    refund=RefundScope.NONE,
    status=StatusQuery.NONE,
    result_amount=False,
    receipts=ReceiptSource.FIELDS_ONLY,
    progress=ProgressReports.NONE,
    needs_listener=ListenerNeed.NO,
    login=False,
)


async def resolve_doubt(
    where: Where, reference: str, outcome: Outcome, *, who: str, why: str
) -> Result:
    """Record the decision and return what it makes of the exchange."""
    if not who.strip() or not why.strip():
        raise UsageError("--who and --why must say something: they are the proof")
    books = books_of(where)
    journal = await open_books(books)
    ownership = FileOwnership(books.path)
    try:
        row = await _doubt(journal, books.scope, reference)
        judge = _Judge(journal, ownership, row)
        await judge.decide(outcome, who, why)
        return await _decided(journal, row)
    finally:
        await journal.close()


class _Judge:
    """Takes the decision to whoever may record it. Implements `guest.Heir`."""

    def __init__(self, journal: SqliteJournal, ownership: FileOwnership, row: Exchange) -> None:
        self._journal = journal
        self._ownership = ownership
        self._row = row

    async def take_over(self) -> bool:
        """Whether nobody drives the terminal; then nobody may begin to while we write."""
        return self._ownership.acquire(self._row.poi_id)

    async def decide(self, outcome: Outcome, who: str, why: str) -> None:
        """By the owner, else here."""
        row = self._row
        if not await self.take_over():
            name, url = "terminal", "none://"
            poi = poi_settings(name=name, url=url, poi_id=row.poi_id, sale_id=row.sale_id)
            said = {"exchange_id": row.exchange_id, "outcome": outcome, "who": who, "why": why}
            if await Guest(poi, self._journal).ask("resolve", said, self) is not None:
                return
        try:
            await self._decide_here(outcome, who, why)
        finally:
            self._ownership.release(row.poi_id)

    async def _decide_here(self, outcome: Outcome, who: str, why: str) -> None:
        clock = SystemClock()
        at = Instant(clock.now(), clock.wall())
        terms = Terms(
            scope=self._row.scope,
            sale_id=self._row.sale_id,
            poi_id=self._row.poi_id,
            capabilities=_NOTHING_CAN_BE_ASKED,
        )
        rules = SaleSession(terms, ServiceIDs())
        for each in await self._journal.open_exchanges(self._row.poi_id):
            restored = OpenExchange.restored(each, terms, rules.ids, at)
            rules.exchanges[each.exchange_id] = restored
        # Of what the rules want now only the record is ours to do: the rest needs the terminal.
        for effect in rules.resolve(self._row.exchange_id, outcome, who, why, at):
            if isinstance(effect, Record):
                await self._journal.commit(exchanges=effect.exchanges, facts=effect.facts)


async def _doubt(journal: SqliteJournal, scope: str, reference: str) -> Exchange:
    rows = await journal.find(scope, reference)
    doubts = [row for row in rows if row.state in OPEN_STATES]
    if not doubts:
        known = "nothing is open or in doubt" if rows else "the journal does not know it"
        raise UsageError(f"reference {reference!r}: {known}")
    return doubts[-1]


async def _decided(journal: SqliteJournal, row: Exchange) -> Result:
    now = await journal.exchange(row.exchange_id)
    if now is None or now.result is None or now.state in OPEN_STATES:
        state = now.state if now is not None else "gone"
        raise UsageError(
            f"reference {row.order.reference!r} is {state}, not in doubt: wait for its result"
        )
    return now.result
