"""The journal on SQLite (WAL, synchronous=FULL): the embedded default."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sqlite3
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from opi_pos.journal import erasure, queries
from opi_pos.journal.connection import Connect, connect, create_file, open_reader, open_writer
from opi_pos.journal.identity import FileIdentity
from opi_pos.journal.rows import (
    exchange_row,
    fact_row,
    finite,
    is_renewal_due,
    mail_row,
    memory_row,
)
from opi_pos.journal.threads import ConnectionThread, Job
from opi_pos.journal.writer import GroupWriter, WriteJob, nothing, put_exchanges
from opi_pos.model.errors import JournalError
from opi_pos.model.facts import Exchange, Fact, Key, Mail, StoredFact
from opi_pos.model.ids import POIID, ExchangeID

NOTE_S = 30.0
"""How long a noted fact may wait for a commit to go with."""

T = TypeVar("T")


class SqliteJournal:
    """Implements `opi_pos.ports.Journal`; open it with `await SqliteJournal.open(path)`.

    One thread writes, one reads, the loop itself only looks at a counter. Several processes may
    open the same file. Every call raises `JournalError` when the disk fails; the next one tries
    again.
    """

    def __init__(self, path: Path, *, connect: Connect, note_s: float) -> None:
        self._path = path
        self._note_s = note_s
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._poll_connection: sqlite3.Connection | None = None
        self._data_version: object = None
        self._connect = connect
        self._writer = GroupWriter(lambda: open_writer(path, connect), FileIdentity(path).check)
        self._reader: ConnectionThread[Job[Any]] = ConnectionThread(
            lambda: open_reader(path, connect), name="opi-pos journal reader"
        )

    @classmethod
    async def open(
        cls,
        path: str | PathLike[str],
        *,
        connect: Connect = connect,
        note_s: float = NOTE_S,
    ) -> SqliteJournal:
        """Open or create the file; raises `JournalError` unless it is a journal of this version
        or an older one, on a disk where commits are durable.
        """
        place = Path(path)
        await asyncio.to_thread(create_file, place)
        journal = cls(place, connect=connect, note_s=note_s)
        try:
            await journal._write(nothing)  # opens the connection, with all its checks
        except BaseException:
            await journal.close()
            raise
        return journal

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    @property
    def commits(self) -> int:
        """How many durable transactions this journal has made; for tests and the curious."""
        return self._writer.commits

    async def commit(
        self, *, exchanges: Sequence[Exchange] = (), facts: Sequence[Fact] = ()
    ) -> None:
        """Write rows and facts in one durable transaction (see the port)."""
        rows = [exchange_row(exchange) for exchange in exchanges]
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        work = functools.partial(put_exchanges, rows=rows) if rows else nothing
        self._writer.put(WriteJob(work, future, facts=[fact_row(fact) for fact in facts]))
        await future

    def note(self, fact: Fact) -> None:
        """Keep a fact for the next commit, or for a commit of its own within `note_s`."""
        if self._closing:
            raise JournalError("the journal is closed")
        self._writer.note(fact_row(fact))
        self._arm()

    async def exchange(self, exchange_id: ExchangeID) -> Exchange | None:
        """One exchange."""
        return await self._read(queries.exchange, exchange_id)

    async def latest(self, key: Key) -> Exchange | None:
        """The exchange that counts for a key."""
        return await self._read(queries.latest, key)

    async def find(self, scope: str, reference: str) -> Sequence[Exchange]:
        """All exchanges of a shop's reference, oldest first."""
        return await self._read(queries.find, scope, reference)

    async def open_exchanges(self, poi_id: POIID | None = None) -> Sequence[Exchange]:
        """Those that have not ended, oldest first."""
        return await self._read(queries.open_exchanges, poi_id)

    async def exchanges(
        self, *, limit: int = 100, before: float | None = None
    ) -> Sequence[Exchange]:
        """The newest first; `before` leaves out what began then or later."""
        return await self._read(queries.exchanges, limit, before)

    async def facts(self, exchange_id: ExchangeID) -> Sequence[StoredFact]:
        """The facts of one exchange, in order."""
        return await self._read(queries.facts, exchange_id)

    async def facts_after(self, sequence: int, limit: int = 100) -> Sequence[StoredFact]:
        """The outbox: what came after a cursor."""
        return await self._read(queries.facts_after, sequence, limit)

    async def reserve_service_ids(self, poi_id: POIID, floor: int, count: int) -> int:
        """Reserve `count` numbers for good and return the first."""
        if count < 1:
            raise JournalError("reserve at least one service id")
        return await self._write(queries.reserve, poi_id, floor, count)

    async def remember(self, poi_id: POIID, name: str, value: str) -> None:
        """Keep one small text per terminal and name."""
        await self._write(queries.remember, memory_row(poi_id, name, value))

    async def recall(self, poi_id: POIID, name: str) -> str | None:
        """What was remembered."""
        return await self._read(queries.recall, poi_id, name)

    async def post(self, mail: Mail) -> None:
        """Leave mail for the owner of a POI; `JournalError` when the id was used."""
        await self._write(queries.post, mail_row(mail))

    async def take_mail(self, poi_id: POIID, now: float) -> Sequence[Mail]:
        """Mark and return what waits; no commit when nothing does, so that polling is cheap."""
        if not await self._read(queries.has_mail, poi_id):
            return ()
        return await self._write(queries.take_mail, poi_id, now)

    async def mail(self, mail_id: str) -> Mail | None:
        """One mail as it stands."""
        return await self._read(queries.mail, mail_id)

    async def answer_mail(
        self,
        mail_id: str,
        *,
        state: str,
        answer: dict[str, Any] | None = None,
        place: int | None = None,
    ) -> None:
        """Set state, answer and place; what is `answered` or `withdrawn` stays as it is."""
        row = queries.answer_row(mail_id, state, answer, place)
        await self._write(queries.answer_mail, row)

    async def renew_mail(self, mail_id: str, alive_until: float) -> Mail | None:
        """Tell that the sender still waits; returns the mail as it stands. Pushes its deadline by
        a second or more at a time, so that telling often costs no commit.
        """
        mail = await self.mail(mail_id)
        if not is_renewal_due(mail, finite(alive_until)):
            return mail
        return await self._write(queries.renew_mail, mail_id, alive_until)

    async def erase_personal_data(self, before: float) -> int:
        """Blank personal data of exchanges that ended and last changed before `before` (Unix
        seconds), and of facts and finished mail from before it; returns the number of exchanges.

        What goes: receipts, masked card number and token, texts for the cashier, operator,
        language, basket lines, and the data of every fact. What stays is the accounting row:
        scope, operation, reference, ids, amounts, times, outcome with proof and code, approval
        code, and each fact's kind and time. Open exchanges and doubts keep everything. The old
        bytes are overwritten in the file and in its write-ahead log.
        """
        # Short transactions, so that no payment waits behind a long one.
        erased = portion = await self._write(erasure.erase_exchanges, before)
        while portion == erasure.PORTION:
            portion = await self._write(erasure.erase_exchanges, before)
            erased += portion
        after: int | None = 0
        while after is not None:
            after = await self._write(erasure.erase_facts, before, after)
        await self._write(erasure.erase_mail, before)
        await self._write(erasure.truncate_log, outside=True)
        return erased

    def changed(self) -> bool:
        """Whether the file was written since the last call, by any process, this one too."""
        try:
            version = self._poll()
        except (sqlite3.Error, JournalError):
            return True  # the next read tells what is wrong
        if version == self._data_version:
            return False
        self._data_version = version
        return True

    async def close(self) -> None:
        """Make durable what was noted, then close. Twice does no harm.

        Raises `JournalError` when the disk did not take the noted facts; closed it is all the same.
        """
        if self._closing:
            return
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        if self._poll_connection is not None:
            # Before the threads: the last connection to close moves the log into the database.
            self._poll_connection.close()
            self._poll_connection = None
        try:
            with contextlib.suppress(JournalError):
                await self._write(nothing)  # comes back after all that is on its way
            if self._writer.noted:
                await self._write(nothing)
        finally:
            await self._reader.close()
            await self._writer.close()

    async def _write(self, work: Callable[..., T], *parameters: Any, outside: bool = False) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        job = WriteJob(lambda connection: work(connection, *parameters), future, outside=outside)
        self._writer.put(job)
        return await future

    async def _read(self, query: Callable[..., T], *parameters: Any) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._reader.put(Job(lambda connection: query(connection, *parameters), future))
        return await future

    def _arm(self) -> None:
        if self._timer is None and not self._closing:
            self._timer = asyncio.get_running_loop().call_later(self._note_s, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._writer.noted:
            future = asyncio.get_running_loop().create_future()
            future.add_done_callback(self._flushed)
            self._writer.put(WriteJob(nothing, future))

    def _flushed(self, future: asyncio.Future[Any]) -> None:
        # The writer has logged a failure and given the facts back: they wait for another turn.
        if not future.cancelled() and future.exception() is not None and self._writer.noted:
            self._arm()

    def _poll(self) -> object:
        # A connection of its own: the writer's may be in the middle of a sync.
        if self._poll_connection is None:
            self._poll_connection = open_reader(self._path, self._connect)
            self._poll_connection.execute("PRAGMA busy_timeout=0").close()
        return self._poll_connection.execute("PRAGMA data_version").fetchone()[0]
