"""What must hold in every world (the test plan of money safety)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from opi_pos.journal.storage import Storage
from opi_pos.model.facts import OPEN_STATES
from opi_pos.model.ids import ServiceID
from opi_pos.model.results import (
    MONEY_MOVED,
    MONEY_STAYED,
    Confidence,
    Operation,
    Outcome,
    Result,
)
from opi_pos.poi.books import Books, Entry, Movement


class Doubts(enum.Enum):
    """What may rest in doubt after the storm, for a person to decide."""

    NONE = "none"
    OF_NOTHING = "of nothing"
    """Payments that moved no money: the terminal may deny what it had begun."""
    ANY = "any"
    """The terminal cannot be asked about one exchange, so it may be unable to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the till's program was told, and when."""

    at: float
    result: Result


def standing(books: Books) -> list[Entry]:
    """Movements of money that were not undone."""
    takes = {Movement.CHARGE, Movement.REFUND}
    return [
        entry
        for entry in books.entries
        if entry.movement in takes and books.undone(entry.transaction_id) < entry.amount.minor
    ]


def broken(books: Books, told: Iterable[Told], storage: Storage, doubts: Doubts) -> list[str]:
    """What was broken, one line each; empty in a good world. A doubt that may rest is an alarmed
    one: the till knows that it does not know. Movements without a reference are not the till's.
    """
    stands = [entry for entry in standing(books) if entry.reference]
    doubted = _doubted(storage)
    of_money = doubted if doubts is Doubts.ANY else frozenset()
    return [
        *_doubled(stands),
        *_wrongly_told(stands, list(told)),
        *_unknown_to_the_till(stands, storage, of_money),
        *_left_open(storage, frozenset() if doubts is Doubts.NONE else doubted),
    ]


def _doubted(storage: Storage) -> frozenset[ServiceID]:
    alarmed = {
        stored.fact.exchange_id
        for stored in storage.tables.facts
        if stored.fact.kind in {"alarm", "in_doubt"}
    }
    rows = storage.tables.exchanges.values()
    doubts = [row for row in rows if row.state == "in_doubt" and row.exchange_id in alarmed]
    # A refused signature whose reversal is in doubt is in doubt itself.
    parents = [row for row in rows if row.exchange_id in {doubt.parent for doubt in doubts}]
    return frozenset(row.service_id for row in [*doubts, *parents])


def forgotten(told: Iterable[Told], storage: Storage) -> list[str]:
    """Rule 5: what the program was told is durable. Asked after every death."""
    rows = storage.tables.exchanges.values()
    known = {row.result.service_id for row in rows if row.result is not None}
    return [
        f"told {each.result.outcome} for {each.result.reference}, and the journal forgot it"
        for each in told
        if each.result.service_id and each.result.service_id not in known
    ]


def _doubled(stands: list[Entry]) -> Iterable[str]:
    keys = [(entry.movement, entry.reference) for entry in stands]
    for key in sorted(set(keys)):
        if keys.count(key) > 1:
            yield f"money moved {keys.count(key)} times for {key[0]} {key[1]}"


def _wrongly_told(stands: list[Entry], told: list[Told]) -> Iterable[str]:
    taken = {entry.service_id: entry for entry in stands}
    for each in told:
        result = each.result
        entry = taken.get(result.service_id)
        # What was told as provisional may be overturned, if only the till then knows of it.
        stayed = result.outcome in MONEY_STAYED and result.confidence is not Confidence.PROVISIONAL
        if stayed and result.service_id and entry is not None:
            yield f"told {result.outcome} for {result.reference}, but the money moved"
        if result.outcome in MONEY_MOVED and result.operation is not Operation.REVERSAL:
            if entry is None:
                yield f"told {result.outcome} for {result.reference}, but no money moved"
            elif result.authorized is None or result.authorized.minor != entry.amount.minor:
                yield f"told another amount for {result.reference} than was taken"


def _unknown_to_the_till(
    stands: list[Entry], storage: Storage, doubted: frozenset[ServiceID]
) -> Iterable[str]:
    known: dict[ServiceID, Outcome] = {
        row.result.service_id: row.result.outcome
        for row in storage.tables.exchanges.values()
        if row.result is not None
    }
    for entry in stands:
        if known.get(entry.service_id) not in MONEY_MOVED and entry.service_id not in doubted:
            yield f"money moved for {entry.reference}, and the till does not know it"


def _left_open(storage: Storage, doubted: frozenset[ServiceID]) -> Iterable[str]:
    for row in storage.tables.exchanges.values():
        if row.state in OPEN_STATES and row.service_id not in doubted:
            yield f"{row.order.reference} is {row.state} after the storm"
