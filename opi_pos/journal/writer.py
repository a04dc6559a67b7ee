"""The one writer: waiting requests go to disk in groups, with one sync for all of them.

A request is carried out whole or not at all, and a refused key undoes nothing of its neighbours:
when one of a group is at fault, the group begins anew with a savepoint for each. So a request may
run twice and must keep no state of its own. Its future is resolved after COMMIT returned.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from opi_pos.journal.rows import FactRow, Row
from opi_pos.journal.statements import SQL
from opi_pos.journal.threads import ConnectionThread, Job, Work
from opi_pos.model.errors import JournalError, KeyTakenError

GROUP_MAX = 512
"""Requests in one transaction (measured: more brings no more)."""
NOTED_MAX = 10_000
"""Facts that wait for a broken disk; past it the oldest are lost, and the log says how many."""

_log = logging.getLogger("opi_pos.journal")

_ADD_FACT = SQL["add_fact"]

_OWN_FAULTS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
)
"""Errors of one request; any other `sqlite3.Error` is the disk's and fails the whole group."""


class WriteJob(Job[Any]):
    """A request to write: work, then facts; `noted` are the facts that were noted before it."""

    __slots__ = ("facts", "noted", "outside")

    def __init__(
        self,
        work: Work[Any],
        future: asyncio.Future[Any] | None = None,
        *,
        facts: Sequence[FactRow] = (),
        outside: bool = False,
    ) -> None:
        super().__init__(work, future)
        self.facts = facts
        self.noted: Sequence[FactRow] = ()
        self.outside = outside
        """True for what SQLite refuses inside a transaction (a checkpoint)."""


class GroupWriter(ConnectionThread[WriteJob]):
    """Commits in groups. `check` raises `JournalError` when the file is no longer what it was."""

    def __init__(
        self, open_connection: Callable[[], sqlite3.Connection], check: Callable[[], None]
    ) -> None:
        self._check = check
        self.noted: deque[FactRow] = deque()
        """Facts for the next commit. Filled by the loop, given back by the thread on failure."""
        self.commits = 0
        """Transactions that changed something and are on disk."""
        super().__init__(open_connection, name="opi-pos journal writer")

    def put(self, job: WriteJob) -> None:
        """Queue a request together with everything noted so far."""
        if self.noted and not self.closed:
            job.noted = self._take_noted()
        super().put(job)

    def note(self, row: FactRow) -> None:
        """Keep a fact for the next commit."""
        self.noted.append(row)
        self._limit_noted()

    def take(self) -> list[Any]:
        """All that waits, up to a group's size."""
        taken = [self._jobs.get()]
        try:
            while len(taken) < GROUP_MAX and _goes_on(taken[-1]):
                taken.append(self._jobs.get_nowait())
        except queue.Empty:
            pass
        return taken

    def carry_out(self, jobs: list[WriteJob]) -> None:
        """One transaction for all jobs, or `JournalError` for all."""
        alone = [jobs[-1]] if jobs and _stands_alone(jobs[-1]) else []
        grouped = jobs[: len(jobs) - len(alone)]
        self._guarded(grouped, self._transaction)
        self._guarded(alone, _outside_transaction)

    def _guarded(
        self,
        jobs: list[WriteJob],
        carry_out: Callable[[sqlite3.Connection, list[WriteJob]], None],
    ) -> None:
        if not jobs:
            return
        try:
            self._check()
            carry_out(self.connection(), jobs)
        except (sqlite3.Error, JournalError, OSError) as error:
            self._fail(jobs, error)

    def _transaction(self, connection: sqlite3.Connection, jobs: list[WriteJob]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        changed = _all_at_once(connection, jobs)
        if changed is None:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            changed = _one_by_one(connection, jobs)
        connection.execute("COMMIT")
        self.commits += changed

    def _fail(self, jobs: list[WriteJob], error: Exception) -> None:
        """Tell every waiting caller, keep the noted facts, and begin anew with a new connection."""
        ours = isinstance(error, JournalError)
        told = str(error) if ours else f"the journal cannot be written: {error}"
        _log.error("%s", told)
        self.drop_connection()
        for job in reversed(jobs):
            self.noted.extendleft(reversed(job.noted))
            job.value, job.error = None, JournalError(told)
        self._limit_noted()

    def _take_noted(self) -> Sequence[FactRow]:
        rows: list[FactRow] = []
        while self.noted:
            rows.append(self.noted.popleft())
        return rows

    def _limit_noted(self) -> None:
        lost = 0
        while len(self.noted) > NOTED_MAX:
            self.noted.popleft()
            lost += 1
        if lost:
            _log.error("%d noted facts are lost: the journal cannot be written", lost)


def put_exchanges(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Write rows; `KeyTakenError` when another exchange holds the key (rule 6)."""
    for row in rows:
        try:
            connection.execute(SQL["put_exchange"], row)
        except sqlite3.IntegrityError as error:
            # The exchange id is settled by the statement itself: only the key can be doubled.
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            raise KeyTakenError(
                f"{row['operation']} {row['reference']!r} is open, in doubt or approved already"
            ) from None


def _all_at_once(connection: sqlite3.Connection, jobs: list[WriteJob]) -> bool | None:
    """Carry out all, without the cost of savepoints; returns whether anything was changed, and
    None when one request is at fault.
    """
    before = connection.total_changes
    facts: list[FactRow] = []
    try:
        for job in jobs:
            job.value = job.work(connection)
            facts += job.noted
            facts += job.facts
        # Facts are read by nobody in the transaction: their order among themselves is all.
        if facts:
            connection.executemany(_ADD_FACT, facts)
    except Exception as error:
        if _is_the_disks(error):
            raise
        return None
    return connection.total_changes != before


def _one_by_one(connection: sqlite3.Connection, jobs: list[WriteJob]) -> bool:
    """Carry out each in a savepoint of its own; returns whether anything was changed."""
    changed = False
    for job in jobs:
        if job.noted:
            noted = WriteJob(nothing, facts=job.noted)
            changed |= _attempt(connection, noted)
            if noted.error is not None:
                _log.error("%d noted facts are lost: %s", len(job.noted), noted.error)
        changed |= _attempt(connection, job)
    return changed


def _attempt(connection: sqlite3.Connection, job: WriteJob) -> bool:
    before = connection.total_changes
    connection.execute("SAVEPOINT request")
    try:
        job.value = job.work(connection)
        connection.executemany(_ADD_FACT, job.facts)
    except Exception as error:
        if _is_the_disks(error):
            raise
        connection.execute("ROLLBACK TO request")
        ours = isinstance(error, JournalError)
        job.error = error if ours else JournalError(f"the journal refuses this: {error}")
    connection.execute("RELEASE request")
    return job.error is None and connection.total_changes != before


def nothing(_connection: sqlite3.Connection) -> None:
    """The work of a request that has only facts."""


def _is_the_disks(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and not isinstance(error, _OWN_FAULTS)


def _outside_transaction(connection: sqlite3.Connection, jobs: list[WriteJob]) -> None:
    for job in jobs:
        job.value = job.work(connection)


def _goes_on(job: object) -> bool:
    """Whether the group may grow past this one: not past the end, nor past what stands alone."""
    return isinstance(job, WriteJob) and not _stands_alone(job)


def _stands_alone(job: WriteJob) -> bool:
    return job.outside
