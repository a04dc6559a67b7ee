"""The lives of one till, one after another, and what terminal and journal say at the end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec

from opi_pos.journal.lock import FileOwnership
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.money import Amount
from opi_pos.model.results import MONEY_STAYED, Outcome
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault
from opi_pos.runtime.config import DEFAULT_POI_ID
from terminal_bridge.simulator.server import NexoServer, NexoServerConfig, serve_nexo
from terminal_bridge.simulator.zvt.profile import PtProfile
from terminal_bridge.simulator.zvt.server import ZvtServer, ZvtServerConfig, serve_zvt
from terminal_bridge.simulator.zvt.store import Kind, News, Numbers, Transaction
from tests.kill.life import SALES, Job, Sale
from tests.kill.nurseries import AT_A_TIME, Lived, Nurseries

TRIES = 4
"""How often a sale is tried that a terminal takes back."""


EARLIER = Numbers(trace=41, receipt=7, turnover=41)


class Story(msgspec.Struct, kw_only=True):
    """What happened."""

    kills: tuple[int, ...]
    lives: list[Lived] = []
    broken: list[str] = []

    def __str__(self) -> str:
        lives = [f"  life {n}: {life.steps}" for n, life in enumerate(self.lives, 1)]
        return "\n".join([f"killed at {self.kills}: {self.broken}", *lives])


@asynccontextmanager
async def _serve_used(config: ZvtServerConfig) -> AsyncIterator[ZvtServer]:
    """A ZVT terminal that shows an earlier payment: a fresh one that shows nothing after a payment
    was lost leaves it in doubt.
    """
    async with serve_zvt(config) as server:
        server.terminal.store.take(News(numbers=EARLIER))
        server.terminal.store.take(
            News(
                transaction=Transaction(
                    kind=Kind.PAYMENT,
                    amount=_amount(SALES[0]),
                    trace=EARLIER.trace,
                    receipt=EARLIER.receipt,
                    turnover=EARLIER.turnover,
                    stamp="20260921131320",
                )
            )
        )
        yield server


class Stage:
    """Where stories are played: each has a terminal and a journal of its own."""

    def __init__(
        self,
        folder: Path,
        nurseries: Nurseries,
        *,
        fine: bool = False,
        careless: bool = False,
        pace_s: float = 0.0,
        faults: tuple[Fault, ...] = (),
        zvt: PtProfile | None = None,
    ) -> None:
        """`zvt`: on a ZVT terminal of that kind, over TCP. It takes back what was not acknowledged,
        so the till's program tries again what was told not to have moved any money.
        """
        self._folder = folder
        self._nurseries = nurseries
        tries = 1 if zvt is None else TRIES
        self._template = Job(url="", journal="", fine=fine, careless=careless, tries=tries)
        self._serve: Callable[[], AbstractAsyncContextManager[NexoServer | ZvtServer]]
        if zvt is None:
            config = NexoServerConfig(port=0, pace_s=pace_s, faults=faults)
            self._serve = partial(serve_nexo, config)
        else:
            terminal = ZvtServerConfig(port=0, pace_s=pace_s, faults=faults, profile=zvt)
            self._serve = partial(_serve_used, terminal)
        self._numbers = itertools.count(1)
        self._room = asyncio.Semaphore(AT_A_TIME)

    async def play(self, *kills: int) -> Story:
        """A life for every kill, then one that comes to its own end."""
        async with self._room:
            journal = self._folder / f"{next(self._numbers)}.db"
            story = Story(kills=kills)
            async with self._serve() as server:
                for kill_at in (*kills, None):
                    job = msgspec.structs.replace(
                        self._template, url=server.url, journal=str(journal), kill_at=kill_at
                    )
                    story.lives.append(await self._nurseries.live(job))
                books = server.terminal.books
                if self._template.tries == 1:
                    story.broken = await broken(story.lives[-1:], journal, books)
                    story.broken += not_approved(story.lives[:-1])
                else:
                    story.broken = await broken_with_tries(story.lives, journal, books)
            return story

    async def play_all(self, plans: Iterable[tuple[int, ...]]) -> list[Story]:
        """Many stories; returns them in order."""
        return await asyncio.gather(*(self.play(*plan) for plan in plans))


def not_approved(lives: Iterable[Lived]) -> list[str]:
    """No cardholder here ever declines: whatever else a life was told is a lie."""
    return [
        f"{told.reference} was told {told.outcome}"
        for life in lives
        for told in life.told
        if told.outcome is not Outcome.APPROVED
    ]


async def broken(last: Sequence[Lived], journal: Path, books: Books) -> list[str]:
    """What does not hold, in words; empty when all is well. `last`: lives that were not killed."""
    failed = [f"a life failed: {life}" for life in last if not life.came_to_its_end]
    if failed:
        return failed
    wanted = [sale.reference for sale in SALES]
    found = [
        f"the program was told of {references} alone"
        for life in last
        if (references := [told.reference for told in life.told]) != wanted
    ]
    found += not_approved(last)
    if owner := FileOwnership(journal).owner(DEFAULT_POI_ID):
        found.append(f"the terminal is still owned by {owner}")
    rows = await _rows(journal)
    found += [f"{row.exchange_id} is {row.state}" for row in rows if row.state in OPEN_STATES]
    for sale in SALES:
        found += _against_books(sale, rows, books)
    if books.net() != {"EUR": sum(_amount(sale).minor for sale in SALES)}:
        found.append(f"the terminal took {books.net()}")
    return found


async def broken_with_tries(lives: Sequence[Lived], journal: Path, books: Books) -> list[str]:
    """As `broken`, on a terminal whose books name no exchange: sales are told by their amounts. A
    decline that was a lie shows as two charges, since the sale is tried again.
    """
    last = lives[-1]
    if not last.came_to_its_end:
        return [f"a life failed: {last}"]
    found = [
        f"{told.reference} was told {told.outcome}"
        for life in lives
        for told in life.told
        if told.outcome not in {*MONEY_STAYED, Outcome.APPROVED}
    ]
    rows = await _rows(journal)
    found += [f"{row.exchange_id} is {row.state}" for row in rows if row.state in OPEN_STATES]
    for sale in SALES:
        mine = [row.result for row in rows if row.order.reference == sale.reference]
        approved = sum(result is not None and result.approved for result in mine)
        charged = sum(entry.amount == _amount(sale) for entry in books.charges(""))
        if (approved, charged) != (1, 1):
            found.append(f"{sale.reference}: {approved} approvals, {charged} charges")
    if books.net() != {"EUR": sum(_amount(sale).minor for sale in SALES)}:
        found.append(f"the terminal took {books.net()}")
    return found


async def _rows(journal: Path) -> Sequence[Exchange]:
    opened = await SqliteJournal.open(journal)
    try:
        return await opened.exchanges(limit=1000)
    finally:
        await opened.close()


def _amount(sale: Sale) -> Amount:
    return Amount.parse(sale.amount, "EUR")


def _against_books(sale: Sale, rows: Sequence[Exchange], books: Books) -> list[str]:
    """One approval in the journal, one standing charge in the books, and they are the same."""
    approvals = [
        row.result
        for row in rows
        if row.order.reference == sale.reference and row.result is not None and row.result.approved
    ]
    charges = books.charges(sale.reference)
    if len(approvals) != 1 or len(charges) != 1:
        return [f"{sale.reference}: {len(approvals)} approvals, {len(charges)} charges"]
    approval, charge = approvals[0], charges[0]
    ours = (
        approval.authorized,
        approval.service_id,
        approval.terminal_transaction and approval.terminal_transaction.id,
    )
    theirs = (_amount(sale), charge.service_id, charge.transaction_id)
    return [] if ours == theirs else [f"{sale.reference}: journal {ours}, books {theirs}"]
