"""Disks with faults: connections that run our own SQL and fail where a test says so."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opi_pos.journal.connection import BUSY_S, Connect, connect


class Disk:
    """Every connection of a journal goes through it: `SqliteJournal.open(connect=disk.connect)`."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.fault: Callable[[str], None] = lambda _sql: None
        self.rewrite: Callable[[str], str] = lambda sql: sql

    def connect(self, path: Path) -> sqlite3.Connection:
        disk = self

        class Faulty(sqlite3.Connection):
            def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
                disk.statements.append(sql)
                disk.fault(sql)
                return super().execute(disk.rewrite(sql), parameters)

            def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
                disk.statements.append(sql)
                disk.fault(sql)
                return super().executemany(sql, parameters)

        return sqlite3.connect(
            path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, factory=Faulty
        )

    def break_at(self, start: str, message: str = "disk I/O error") -> None:
        def fault(sql: str) -> None:
            if sql.startswith(start):
                raise sqlite3.OperationalError(message)

        self.fault = fault

    def tell_when(self, start: str, count: int = 1) -> asyncio.Event:
        """Set when a statement was begun for the `count`-th time from now; faults stay."""
        loop, event, fault = asyncio.get_running_loop(), asyncio.Event(), self.fault
        left = [count]

        def counting(sql: str) -> None:
            if sql.startswith(start):
                left[0] -= 1
                if left[0] == 0:
                    loop.call_soon_threadsafe(event.set)
            fault(sql)

        self.fault = counting
        return event

    def repair(self) -> None:
        self.fault = lambda _sql: None


@contextmanager
def busy(path: Path) -> Iterator[None]:
    """Another process is writing: our writer waits in BEGIN until the block ends."""
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def refusing(pragma: str) -> Connect:
    """Connections on which a pragma has no effect."""
    disk = Disk()
    disk.rewrite = lambda sql: "SELECT 1" if sql == pragma else sql
    return disk.connect
