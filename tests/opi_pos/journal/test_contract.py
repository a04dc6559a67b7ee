"""Both journals pass the one contract suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opi_pos.journal.memory import MemoryJournal
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.ports import Journal
from opi_pos.testing.journal_contract import JournalContract


class TestSqliteJournal(JournalContract):
    @pytest.fixture
    async def journal(self, tmp_path: Path) -> AsyncIterator[Journal]:
        journal = await SqliteJournal.open(tmp_path / "till.db")
        yield journal
        await journal.close()

    @pytest.fixture
    async def other(self, tmp_path: Path) -> AsyncIterator[Journal]:
        other = await SqliteJournal.open(tmp_path / "till.db")
        yield other
        await other.close()


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    async def journal(self) -> AsyncIterator[MemoryJournal]:
        journal = MemoryJournal()
        yield journal
        await journal.close()

    @pytest.fixture
    async def other(self, journal: MemoryJournal) -> AsyncIterator[Journal]:
        other = MemoryJournal(journal.storage)
        yield other
        await other.close()
