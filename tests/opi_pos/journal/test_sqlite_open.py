"""Opening: what is created, what is refused."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from pathlib import Path

import pytest

from opi_pos.journal.connection import APPLICATION_ID, connect
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.journal.statements import SQL, migrations, named_statements, single_statements
from opi_pos.model.errors import JournalError
from opi_pos.testing.journal_contract import exchange, fact
from tests.opi_pos.journal.disks import Disk, refusing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "till.db"


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)


def read(path: Path) -> bytes:
    return path.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_only_its_owner_may_read_the_journal_and_its_log(path: Path) -> None:
    old = os.umask(0)
    try:
        journal = await SqliteJournal.open(path)
        await journal.commit(facts=[fact()])
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        await journal.close()
    finally:
        os.umask(old)
    assert modes == {"till.db": 0o600, "till.db-wal": 0o600, "till.db-shm": 0o600}


async def test_what_was_committed_is_there_when_it_is_opened_again(path: Path) -> None:
    first = await SqliteJournal.open(path)
    await first.commit(exchanges=[exchange()], facts=[fact()])
    assert await first.reserve_service_ids(exchange().poi_id, 100, 10) == 100
    await first.close()
    second = await SqliteJournal.open(path)
    assert await second.open_exchanges() == [exchange()]
    assert await second.reserve_service_ids(exchange().poi_id, 1, 10) == 110
    await second.close()


async def test_many_may_create_the_same_journal_at_once(path: Path) -> None:
    journals = await asyncio.gather(*(SqliteJournal.open(path) for _ in range(8)))
    await asyncio.gather(*(journal.commit(facts=[fact()]) for journal in journals))
    assert len(await journals[0].facts_after(0)) == 8
    for journal in journals:
        await journal.close()


async def test_a_newer_schema_is_refused(path: Path) -> None:
    await (await SqliteJournal.open(path)).close()
    with connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(JournalError, match=r"schema version 99.*update the program"):
        await SqliteJournal.open(path)


async def test_an_unfinished_creation_is_completed(path: Path) -> None:
    write(path, b"")
    journal = await SqliteJournal.open(path)
    await journal.commit(facts=[fact()])
    await journal.close()
    connection = connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations()),)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


async def test_a_failed_migration_leaves_nothing_behind(path: Path) -> None:
    disk = Disk()
    disk.break_at("CREATE TABLE mail")
    with pytest.raises(JournalError, match="disk I/O error"):
        await SqliteJournal.open(path, connect=disk.connect)
    connection = connect(path)
    assert connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    await (await SqliteJournal.open(path)).close()


async def test_a_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (name TEXT)")
    connection.close()
    with pytest.raises(JournalError, match="another program"):
        await SqliteJournal.open(path)


@pytest.mark.parametrize("content", [b"not a database, just some text" * 50, b"SQLite format 3\0"])
async def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    write(path, content)
    with pytest.raises(JournalError, match="cannot be opened"):
        await SqliteJournal.open(path)
    assert read(path) == content


async def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "till.db"):
        with pytest.raises(JournalError, match="cannot be"):
            await SqliteJournal.open(place)


async def test_a_database_that_does_not_become_full_is_refused(path: Path) -> None:
    disk = Disk()
    disk.rewrite = lambda sql: (
        "PRAGMA synchronous=NORMAL" if sql == "PRAGMA synchronous=FULL" else sql
    )
    with pytest.raises(JournalError, match="synchronous=FULL"):
        await SqliteJournal.open(path, connect=disk.connect)


async def test_a_database_that_does_not_become_wal_is_refused(path: Path) -> None:
    with pytest.raises(JournalError, match="not wal"):
        await SqliteJournal.open(path, connect=refusing("PRAGMA journal_mode=WAL"))


def test_the_scripts_are_numbered_without_a_gap_and_whole() -> None:
    assert migrations()
    for script in migrations():
        assert all(map(sqlite3.complete_statement, single_statements(script)))
    with pytest.raises(ValueError, match="middle of a statement"):
        list(single_statements("CREATE TABLE a (b TEXT);\nCREATE TABLE c ("))


def test_a_trigger_is_one_statement() -> None:
    script = "-- why\nCREATE TRIGGER a BEFORE DELETE ON b\nBEGIN\n  SELECT 1;\nEND;\nSELECT 2;\n"
    assert [statement[:8] for statement in single_statements(script)] == ["CREATE T", "SELECT 2"]


def test_every_statement_is_named_and_used_in_the_code() -> None:
    folder = Path(__file__).parents[3] / "opi_pos" / "journal"
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    assert [name for name in SQL if f'"{name}"' not in code] == []
    assert named_statements("-- x\n-- name: one\nSELECT 1;\n\n-- name: two\nSELECT\n2;\n") == {
        "one": "SELECT 1",
        "two": "SELECT\n2",
    }
