"""`journal`: look at what happened, decide a doubt, hand the record on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from opi_pos.cli.erasing import erase
from opi_pos.cli.grammar import Argument, Group, Option
from opi_pos.cli.opening import Books, books_of, open_books
from opi_pos.cli.options import Where, spread
from opi_pos.cli.resolving import resolve_doubt
from opi_pos.cli.results import amount_text, result_object, show_result
from opi_pos.cli.screen import Screen
from opi_pos.cli.times import clock_text
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.errors import UsageError
from opi_pos.model.facts import DEAD_LETTER, Exchange, StoredFact
from opi_pos.model.results import Outcome

Known = Annotated[str, Argument(metavar="REF", help="The shop's reference.")]
PORTION = 500


class Decided(StrEnum):
    """An outcome that a person may decide."""

    APPROVED = Outcome.APPROVED.value
    PARTIALLY_APPROVED = Outcome.PARTIALLY_APPROVED.value
    DECLINED = Outcome.DECLINED.value
    ABORTED = Outcome.ABORTED.value
    NOT_STARTED = Outcome.NOT_STARTED.value


@spread
def list_(
    where: Where,
    *,
    limit: Annotated[int, Option(min=1, max=100_000, help="How many, newest first.")] = 20,
    only_open: Annotated[bool, Option("--open", help="Only what is open or in doubt.")] = False,
) -> int:
    """The newest exchanges, one a line."""

    async def show(journal: SqliteJournal, _: Books) -> int:
        rows = await (journal.open_exchanges() if only_open else journal.exchanges(limit=limit))
        screen = Screen(json=where.json)
        screen.object({"exchanges": [exchange_object(row) for row in rows[:limit]]})
        for row in rows[:limit]:
            screen.line(_row_line(row))
        return 0

    return _with_journal(where, show)


@spread
def show(reference: Known, where: Where) -> int:
    """All exchanges of a reference, with every fact."""

    async def tell(journal: SqliteJournal, books: Books) -> int:
        rows = await journal.find(books.scope, reference)
        if not rows:
            raise UsageError(f"reference {reference!r}: the journal does not know it")
        screen = Screen(json=where.json)
        told = []
        for row in rows:
            facts = await journal.facts(row.exchange_id)
            told.append({**exchange_object(row), "facts": [fact_object(fact) for fact in facts]})
            screen.line(_row_line(row), "bold")
            for fact in facts:
                screen.line(f"  {fact_line(fact)}")
        screen.object({"reference": reference, "exchanges": told})
        return 0

    return _with_journal(where, tell)


@spread
def resolve(
    reference: Known,
    where: Where,
    *,
    outcome: Annotated[Decided, Option("--as", help="What it was, by the terminal's own record.")],
    who: Annotated[str, Option("--who", help="Who decides; recorded.")],
    why: Annotated[str, Option("--why", help="By what evidence; recorded.")],
) -> int:
    """Decide a doubt as a person. The terminal need not be reachable."""
    decided = Outcome(outcome.value)
    result = asyncio.run(resolve_doubt(where, reference, decided, who=who, why=why))
    show_result(Screen(json=where.json), result)
    return 0


@spread
def letters(
    where: Where,
    *,
    after: Annotated[int, Option(min=0, help="Only letters after this sequence number.")] = 0,
) -> int:
    """Dead letters: callbacks that fit no payment. Each is somebody's news about money."""

    async def tell(journal: SqliteJournal, _: Books) -> int:
        facts = [fact async for fact in _facts_after(journal, after)]
        dead = [fact for fact in facts if fact.fact.kind == DEAD_LETTER]
        screen = Screen(json=where.json)
        screen.object({"letters": [fact_object(letter) for letter in dead]})
        for letter in dead:
            for line in _letter_lines(letter):
                screen.line(line)
        if not dead:
            screen.line("no dead letters")
        return 0

    return _with_journal(where, tell)


@spread
def export(
    where: Where,
    *,
    after: Annotated[int, Option(min=0, help="Only facts after this sequence number.")] = 0,
) -> int:
    """Every fact as a JSON line, in order; `sequence` is the cursor for the next export."""

    async def write(journal: SqliteJournal, _: Books) -> int:
        async for fact in _facts_after(journal, after):
            sys.stdout.write(msgspec.json.encode(fact_object(fact)).decode() + "\n")
        return 0

    return _with_journal(where, write)


JOURNAL = Group(
    help="What happened: list, show, resolve, letters, export, erase.",
    commands={
        "list": list_,
        "show": show,
        "resolve": resolve,
        "letters": letters,
        "export": export,
        "erase": erase,
    },
)


async def _facts_after(journal: SqliteJournal, sequence: int) -> AsyncIterator[StoredFact]:
    while facts := await journal.facts_after(sequence, PORTION):
        for fact in facts:
            yield fact
        sequence = facts[-1].sequence


def _with_journal(where: Where, work: Callable[[SqliteJournal, Books], Awaitable[int]]) -> int:
    async def run() -> int:
        books = books_of(where)
        journal = await open_books(books)
        try:
            return await work(journal, books)
        finally:
            await journal.close()

    return asyncio.run(run())


def exchange_object(row: Exchange) -> dict[str, Any]:
    """One exchange for programs; `result` as `pay --json` has it."""
    amount = row.order.amount
    return {
        "exchange_id": row.exchange_id,
        "scope": row.scope,
        "poi_id": row.poi_id,
        "sale_id": row.sale_id,
        "service_id": row.service_id or None,
        "state": row.state,
        "operation": row.order.operation.value,
        "reference": row.order.reference,
        "amount": amount_text(amount),
        "currency": amount.currency if amount is not None else None,
        "begun_at": row.begun_at,
        "changed_at": row.changed_at,
        "parent": row.parent,
        "result": None if row.result is None else result_object(row.result),
    }


def fact_object(stored: StoredFact) -> dict[str, Any]:
    """One fact for programs."""
    return {"sequence": stored.sequence, **msgspec.to_builtins(stored.fact)}


def fact_line(stored: StoredFact) -> str:
    """One fact for people: when, what, and its words."""
    fact = stored.fact
    words = " ".join(f"{name}={_short(value)}" for name, value in fact.data.items())
    return f"{clock_text(fact.at)}  {fact.kind:<18} {words}".rstrip()


def _letter_lines(letter: StoredFact) -> list[str]:
    """When, where, why, and what it told, a member a line."""
    fact = letter.fact
    told = fact.data.get("told", {})
    head = f"{clock_text(fact.at)}  {fact.poi_id}  {fact.data.get('why', 'its data is erased')}"
    return [head, *(f"  {name}: {_short(value)}" for name, value in told.items())]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."


def _row_line(row: Exchange) -> str:
    amount = row.order.amount
    money = f"{amount} {amount.currency}" if amount is not None else "-"
    outcome = row.outcome.value if row.outcome is not None else row.state
    return (
        f"{clock_text(row.begun_at)}  {row.order.operation.value:<11} {money:>14}  {outcome:<18}"
        f" {row.order.reference}"
    )
