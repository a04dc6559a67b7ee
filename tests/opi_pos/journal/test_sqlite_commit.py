"""Commits: how many, in which groups, and what happens when the disk fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opi_pos.journal import writer
from opi_pos.journal.connection import connect
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.journal.writer import GROUP_MAX
from opi_pos.model.errors import JournalError
from opi_pos.model.ids import POIID, ExchangeID
from opi_pos.model.results import Outcome
from opi_pos.testing.journal_contract import (
    PANS,
    erase,
    error_of,
    exchange,
    fact,
    put_card_numbers_everywhere,
)
from tests.opi_pos.journal.disks import Disk, busy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def journal(path: Path, disk: Disk) -> AsyncIterator[SqliteJournal]:
    journal = await SqliteJournal.open(path, connect=disk.connect)
    yield journal
    disk.repair()
    await journal.close()


async def test_intent_notes_and_outcome_are_two_durable_commits(journal: SqliteJournal) -> None:
    before = journal.commits
    await journal.commit(exchanges=[exchange()], facts=[fact(kind="intent")])
    for number in range(20):
        journal.note(fact(number, kind="displayed"))
    await journal.commit(exchanges=[exchange(outcome=Outcome.APPROVED)], facts=[fact(kind="ended")])
    assert journal.commits - before == 2
    assert len(await journal.facts_after(0)) == 22


async def test_reading_and_an_empty_mailbox_cost_no_commit(journal: SqliteJournal) -> None:
    before = journal.commits
    await journal.take_mail(POIID("front"), 1.0)
    await journal.open_exchanges()
    await journal.commit()
    assert journal.commits == before


async def test_those_who_wait_share_one_commit(journal: SqliteJournal, path: Path) -> None:
    before = journal.commits
    async with asyncio.TaskGroup() as group:
        with busy(path):
            for number in range(64):
                group.create_task(journal.commit(facts=[fact(number)]))
            await asyncio.sleep(0)
    assert journal.commits - before <= 2
    assert len(await journal.facts_after(0)) == 64


async def test_a_group_has_a_largest_size(journal: SqliteJournal, disk: Disk, path: Path) -> None:
    before = journal.commits
    async with asyncio.TaskGroup() as group:
        with busy(path):
            begun = disk.tell_when("BEGIN")
            group.create_task(journal.commit(facts=[fact(0)]))
            await begun.wait()  # the writer waits with this one alone
            for number in range(GROUP_MAX + 1):
                group.create_task(journal.commit(facts=[fact(number)]))
            await asyncio.sleep(0)
    assert journal.commits - before == 3


async def test_a_stalled_disk_stops_neither_the_loop_nor_reads(
    journal: SqliteJournal, path: Path
) -> None:
    await journal.commit(exchanges=[exchange(1)])
    async with asyncio.TaskGroup() as group:
        with busy(path):
            waiting = group.create_task(journal.commit(exchanges=[exchange(2)]))
            journal.note(fact())
            assert journal.changed() in {True, False}
            assert await journal.open_exchanges() == [exchange(1)]
            assert not waiting.done()
    assert await journal.open_exchanges() == [exchange(1), exchange(2)]


@pytest.mark.parametrize("place", ["BEGIN", "INSERT INTO exchange", "INSERT INTO fact", "COMMIT"])
async def test_a_failing_disk_is_told_to_all_and_nothing_is_half_written(
    journal: SqliteJournal, disk: Disk, place: str
) -> None:
    await journal.commit(exchanges=[exchange(1)])
    disk.break_at(place)
    calls = [journal.commit(exchanges=[exchange(n)], facts=[fact(n)]) for n in range(2, 8)]
    errors = await asyncio.gather(*map(error_of, calls))
    assert [str(error) for error in errors] == ["the journal cannot be written: disk I/O error"] * 6
    assert len({id(error) for error in errors}) == 6
    disk.repair()
    assert await journal.open_exchanges() == [exchange(1)]
    await journal.commit(exchanges=[exchange(9)], facts=[fact(9)])
    assert await journal.open_exchanges() == [exchange(1), exchange(9)]
    assert [item.fact for item in await journal.facts_after(0)] == [fact(9)]


async def test_a_full_disk_is_an_error_until_there_is_room(path: Path) -> None:
    limit = ["PRAGMA max_page_count=40"]

    def connect_full(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute(limit[0]).close()
        return connection

    journal = await SqliteJournal.open(path, connect=connect_full)
    written = 0
    while (error := await error_of(journal.commit(facts=[fact(data={"x": "y" * 4000})]))) is None:
        written += 1
    assert isinstance(error, JournalError)
    assert "full" in str(error)
    assert 0 < written < 40
    assert len(await journal.facts_after(0)) == written
    limit[0] = "PRAGMA max_page_count=4000"
    await journal.commit(facts=[fact(data={"x": "y" * 4000})])
    assert len(await journal.facts_after(0)) == written + 1
    await journal.close()


async def test_noted_facts_survive_a_broken_disk(journal: SqliteJournal, disk: Disk) -> None:
    disk.break_at("COMMIT")
    journal.note(fact(1))
    assert await error_of(journal.commit(facts=[fact(2)])) is not None
    journal.note(fact(3))
    disk.repair()
    await journal.commit(facts=[fact(4)])
    assert [item.fact for item in await journal.facts_after(0)] == [fact(1), fact(3), fact(4)]


async def test_a_noted_fact_becomes_durable_without_any_commit(path: Path, disk: Disk) -> None:
    journal = await SqliteJournal.open(path, connect=disk.connect, note_s=0)
    committing = disk.tell_when("COMMIT")
    journal.note(fact(1))
    await committing.wait()
    await journal.remember(POIID("front"), "a", "b")  # queued behind that commit
    assert [item.fact for item in await journal.facts_after(0)] == [fact(1)]
    assert journal.commits == 2
    await journal.close()


async def test_a_flush_that_failed_is_tried_again(path: Path, disk: Disk) -> None:
    journal = await SqliteJournal.open(path, connect=disk.connect, note_s=0)
    disk.break_at("INSERT INTO fact")
    third = disk.tell_when("INSERT INTO fact", 3)
    journal.note(fact(1))
    await third.wait()
    disk.repair()
    await journal.close()
    again = await SqliteJournal.open(path)
    assert [item.fact for item in await again.facts_after(0)] == [fact(1)]
    await again.close()


async def test_noted_facts_are_bounded_while_the_disk_is_broken(
    journal: SqliteJournal,
    disk: Disk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(writer, "NOTED_MAX", 5)
    disk.break_at("COMMIT")
    for number in range(5):
        journal.note(fact(number))
    assert "lost" not in caplog.text
    journal.note(fact(5))
    assert "1 noted facts are lost" in caplog.text
    disk.repair()
    await journal.commit()
    assert [item.fact.data["number"] for item in await journal.facts_after(0)] == [1, 2, 3, 4, 5]


async def test_closing_carries_out_what_waits(path: Path) -> None:
    journal = await SqliteJournal.open(path)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(journal.commit(facts=[fact(n)])) for n in range(30)]
        await asyncio.sleep(0)
        await journal.close()
    assert [task.exception() for task in tasks] == [None] * 30
    again = await SqliteJournal.open(path)
    assert len(await again.facts_after(0)) == 30
    await again.close()


async def test_closing_over_a_broken_disk_says_so_and_closes(path: Path, disk: Disk) -> None:
    journal = await SqliteJournal.open(path, connect=disk.connect)
    journal.note(fact())
    disk.break_at("COMMIT")
    with pytest.raises(JournalError, match="disk I/O error"):
        await journal.close()
    await journal.close()
    assert not journal._writer._thread.is_alive()
    assert not journal._reader._thread.is_alive()


async def test_a_journal_whose_file_was_removed_refuses_to_go_on(path: Path) -> None:
    journal = await SqliteJournal.open(path)
    move = path.rename
    move(path.with_suffix(".moved"))
    with pytest.raises(JournalError, match="removed or replaced"):
        await journal.commit(exchanges=[exchange()])
    write, read = path.write_bytes, path.read_bytes
    write(b"")
    with pytest.raises(JournalError, match="removed or replaced"):
        await journal.commit(exchanges=[exchange()])
    await journal.close()
    assert read() == b""


async def test_reads_recover_after_the_disk_failed(journal: SqliteJournal, disk: Disk) -> None:
    await journal.commit(exchanges=[exchange()])
    disk.break_at("SELECT")
    with pytest.raises(JournalError, match="cannot be read"):
        await journal.open_exchanges()
    disk.repair()
    assert await journal.open_exchanges() == [exchange()]


async def test_a_fault_of_ours_reaches_the_caller_instead_of_hanging(
    journal: SqliteJournal,
) -> None:
    def fault(_connection: sqlite3.Connection) -> None:
        raise LookupError("a bug")

    with pytest.raises(JournalError, match="a bug"):
        await journal._write(fault)
    with pytest.raises(JournalError, match="a bug"):
        await journal._read(fault)
    await journal.commit(exchanges=[exchange()])
    assert await journal.open_exchanges() == [exchange()]


async def test_a_row_of_a_later_program_is_an_error_and_not_a_guess(
    journal: SqliteJournal, path: Path
) -> None:
    await journal.commit(exchanges=[exchange(outcome=Outcome.APPROVED)])
    connection = connect(path)
    connection.execute("UPDATE exchange SET result_json = replace(result_json, 'chip', 3.5)")
    connection.execute("UPDATE exchange SET result_json = replace(result_json, 'approved', 'x')")
    connection.close()
    with pytest.raises(JournalError, match="exchange-1 cannot be read"):
        await journal.exchange(ExchangeID("exchange-1"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fact SET data_json = '{\"number\":2}'",
        "UPDATE fact SET kind = 'other', data_json = '{}'",
        "UPDATE fact SET at = 1, data_json = '{}'",
        "UPDATE fact SET exchange_id = NULL, data_json = '{}'",
        "UPDATE fact SET sequence = 9, data_json = '{}'",
        "DELETE FROM fact",
        "DELETE FROM exchange",
    ],
)
async def test_history_cannot_be_rewritten_even_by_hand(
    journal: SqliteJournal, path: Path, statement: str
) -> None:
    await journal.commit(exchanges=[exchange()], facts=[fact()])
    connection = connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        connection.execute(statement)
    connection.close()
    assert [item.fact for item in await journal.facts_after(0)] == [fact()]


def files_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob("till.db*")))


async def test_no_card_number_reaches_the_file_or_its_log(
    journal: SqliteJournal, path: Path
) -> None:
    await put_card_numbers_everywhere(journal)
    content = files_of(path)
    assert b"411111******1111" in content
    for pan in PANS:
        for text in (pan, pan.replace(" ", "").replace("-", "")):
            assert text.encode() not in content


async def test_erased_data_is_gone_from_the_file_and_its_log(
    journal: SqliteJournal, path: Path
) -> None:
    personal = [b"Holder", b"Anna", b"tok-9", b"411111******1111", b"a-secret-note"]
    for number in range(300):
        row = exchange(number, outcome=Outcome.APPROVED)
        await journal.commit(exchanges=[row], facts=[fact(data={"x": "a-secret-note"})])
    assert all(text in files_of(path) for text in personal)
    assert await erase(journal, 9000.0) == 300
    content = files_of(path)
    assert [text for text in personal if text in content] == []
    for number in range(300):
        assert f"order-{number}".encode() in content
