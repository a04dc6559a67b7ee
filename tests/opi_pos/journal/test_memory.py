"""Crashes of the in-memory journal: what a process death and a power loss leave behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from opi_pos.journal.memory import MemoryJournal, WriteKind
from opi_pos.journal.storage import Storage
from opi_pos.model.errors import JournalError
from opi_pos.model.ids import POIID
from opi_pos.model.results import Outcome
from opi_pos.testing.journal_contract import error_of, exchange, fact, mail

FRONT = POIID("front")


class Crash(BaseException):
    """What a simulated world raises where a process ends."""


class CrashAt:
    """Crashes at one moment of one kind of write, and records all of them."""

    def __init__(self, moment: str = "", kind: str = "") -> None:
        self.at = (moment, kind)
        self.seen: list[tuple[str, str]] = []

    def __call__(self, moment: str, kind: str) -> None:
        self.seen.append((moment, kind))
        if (moment, kind) == self.at:
            raise Crash


async def test_noted_facts_die_with_the_process_and_commits_do_not() -> None:
    journal = MemoryJournal()
    await journal.commit(exchanges=[exchange(1)])
    journal.note(fact(1))
    fresh = journal.lose_volatile()
    await fresh.commit(facts=[fact(2)])
    assert await fresh.open_exchanges() == [exchange(1)]
    assert [item.fact for item in await fresh.facts_after(0)] == [fact(2)]


async def test_a_dead_journal_writes_and_tells_nothing() -> None:
    journal = MemoryJournal()
    fresh = journal.lose_volatile()
    for call in (
        journal.commit(exchanges=[exchange(1)]),
        journal.remember(FRONT, "a", "b"),
        journal.open_exchanges(),
        journal.take_mail(FRONT, 0.0),
        journal.reserve_service_ids(FRONT, 1, 1),
    ):
        assert isinstance(await error_of(call), JournalError)
    with pytest.raises(JournalError):
        journal.note(fact(1))
    assert await fresh.exchanges() == []


@pytest.mark.parametrize(("moment", "survives"), [("before", False), ("after", True)])
async def test_a_crash_at_a_write_leaves_all_of_it_or_nothing(
    moment: str, *, survives: bool
) -> None:
    hook = CrashAt(moment, "intent")
    journal = MemoryJournal(on_write=hook)
    with pytest.raises(Crash):
        await journal.commit(exchanges=[exchange(1)], facts=[fact(1)])
    hook.at = ("", "")
    fresh = journal.lose_volatile()
    assert len(await fresh.open_exchanges()) == len(await fresh.facts_after(0)) == int(survives)


async def test_a_hook_that_cuts_the_power_stops_the_write() -> None:
    storage = Storage()
    journals = [MemoryJournal(storage)]

    def cut(moment: str, _kind: WriteKind) -> None:
        if moment == "before":
            journals.append(journals[0].lose_volatile())

    journals[0] = MemoryJournal(storage, on_write=cut)
    with pytest.raises(JournalError, match="dead"):
        await journals[0].commit(exchanges=[exchange(1)])
    assert await journals[-1].open_exchanges() == []


async def test_every_write_has_a_kind() -> None:
    hook = CrashAt()
    journal = MemoryJournal(on_write=hook, note_s=0)
    await journal.commit(exchanges=[exchange(1)])
    await journal.commit(exchanges=[exchange(1, state="running")])
    await journal.commit(facts=[fact(1)])
    await journal.commit(exchanges=[exchange(1, outcome=Outcome.APPROVED)])
    await journal.reserve_service_ids(FRONT, 1, 1)
    await journal.remember(FRONT, "a", "b")
    await journal.post(mail(1))
    await journal.take_mail(FRONT, 0.0)
    await journal.erase_personal_data(0.0)
    journal.note(fact(2))
    await journal.close()
    assert [kind for moment, kind in hook.seen if moment == "before"] == [
        "intent", "progress", "progress", "outcome", "service_ids", "memory", "mail", "mail",
        "erasure", "notes",
    ]  # fmt: skip
    assert [kind for moment, kind in hook.seen if moment == "after"] == [
        kind for moment, kind in hook.seen if moment == "before"
    ]
    assert journal.commits == 10


async def test_what_was_not_synced_survives_the_process_but_not_the_power() -> None:
    journal = MemoryJournal(unsynced=["intent"])
    await journal.remember(FRONT, "a", "b")
    await journal.commit(exchanges=[exchange(1)], facts=[fact(1)])
    journal = journal.lose_volatile(power=False)
    assert await journal.open_exchanges() == [exchange(1)]
    journal = journal.lose_volatile(power=True)
    assert await journal.open_exchanges() == []
    assert await journal.facts_after(0) == []
    assert await journal.recall(FRONT, "a") == "b"
    await journal.commit(exchanges=[exchange(2, reference="order-1")])


async def test_a_later_synced_write_takes_earlier_ones_with_it() -> None:
    journal = MemoryJournal(unsynced=["intent"])
    await journal.commit(exchanges=[exchange(1)])
    await journal.commit(facts=[fact(1)])
    await journal.commit(exchanges=[exchange(2)])
    journal = journal.lose_volatile()
    assert await journal.open_exchanges() == [exchange(1)]
    assert len(await journal.facts_after(0)) == 1


async def test_an_unsynced_outcome_is_told_and_then_lost() -> None:
    journal = MemoryJournal(unsynced=["outcome"])
    await journal.commit(exchanges=[exchange(1)])
    await journal.commit(exchanges=[exchange(1, outcome=Outcome.APPROVED)])
    ended = await journal.latest(exchange(1).key)
    assert ended is not None
    assert ended.outcome is Outcome.APPROVED
    journal = journal.lose_volatile()
    assert await journal.latest(exchange(1).key) == exchange(1)


async def test_the_power_takes_both_processes() -> None:
    storage = Storage()
    first = MemoryJournal(storage, unsynced=["mail"])
    second = MemoryJournal(storage)
    await first.post(mail(1))
    second.note(fact(1))
    first = first.lose_volatile()
    second = second.lose_volatile()
    assert await second.mail("mail-1") is None
    await second.commit()
    assert await first.facts_after(0) == []


async def test_noted_facts_become_durable_by_themselves() -> None:
    hook = CrashAt()
    journal = MemoryJournal(on_write=hook, note_s=0)
    journal.note(fact(1))
    journal.note(fact(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert hook.seen == [("before", "notes"), ("after", "notes")]
    assert [item.fact for item in await journal.facts_after(0)] == [fact(1), fact(2)]
    await journal.close()


def steps_of(call: Coroutine[Any, Any, object]) -> int:
    """How often a call gives way to the loop."""
    steps = 0
    try:
        while True:
            call.send(None)
            steps += 1
    except StopIteration:
        return steps


def test_a_write_yields_to_the_loop_exactly_once_and_a_read_never() -> None:
    journal = MemoryJournal()
    assert steps_of(journal.commit(exchanges=[exchange(1)])) == 1
    assert steps_of(journal.reserve_service_ids(FRONT, 1, 1)) == 1
    assert steps_of(journal.remember(FRONT, "a", "b")) == 1
    assert steps_of(journal.post(mail(1))) == 1
    assert steps_of(journal.open_exchanges()) == 0
