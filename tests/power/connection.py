"""An apsw connection that looks like one of sqlite3, so that our own writer runs on it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, cast

import apsw

CHECKPOINT_PAGES = 40
"""Small, so that a short workload moves its log into the database several times."""


class Gate:
    """Holds the writer at the beginning of a transaction, so that a test decides who shares it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._reached: Callable[[], object] = lambda: None

    async def hold(self, first: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start `first` and return when the writer stands before it, alone."""
        loop, reached = asyncio.get_running_loop(), asyncio.Event()
        self._reached = lambda: loop.call_soon_threadsafe(reached.set)
        self._open.clear()
        task = loop.create_task(first)
        await reached.wait()
        return task

    def release(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        if not self._open.is_set():
            self._reached()
        self._open.wait()


class ApswConnection:
    """The part of `sqlite3.Connection` that the journal uses.

    `gate` may hold BEGIN back; `rewrite` changes statements on their way.
    """

    def __init__(self, path: Path, vfs: str, rewrite: Mapping[str, str], gate: Gate) -> None:
        self._connection = apsw.Connection(str(path), vfs=vfs)
        self._rewrite = rewrite
        self._gate = gate
        # A VFS in Python has no shared memory: the log's index lives in the process instead.
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        if sql.startswith("BEGIN"):
            self._gate.pass_through()
        try:
            return self._connection.execute(self._rewrite.get(sql, sql), parameters)
        except apsw.ConstraintError as error:
            refused = sqlite3.IntegrityError(str(error))
            refused.sqlite_errorcode = error.extendedresult  # type: ignore[attr-defined]
            raise refused from error
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error

    def executemany(self, sql: str, parameters: Any) -> None:
        for row in parameters:
            self.execute(sql, row)

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    @property
    def total_changes(self) -> int:
        return int(self._connection.total_changes())

    def close(self) -> None:
        self._connection.close()


def connecting(
    vfs: str, rewrite: Mapping[str, str], gate: Gate
) -> Callable[[Path], sqlite3.Connection]:
    """What `SqliteJournal.open` takes as `connect`."""

    def connect(path: Path) -> sqlite3.Connection:
        return cast("sqlite3.Connection", ApswConnection(path, vfs, rewrite, gate))

    return connect
