"""A thread that owns one connection and runs jobs on it, so that no disk stops the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from opi_pos.model.errors import JournalError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_log = logging.getLogger("opi_pos.journal")


class Job(Generic[T]):
    """Something to run, and the future of whoever waits for it (None: nobody does)."""

    __slots__ = ("error", "future", "value", "work")

    def __init__(self, work: Work[T], future: asyncio.Future[T] | None = None) -> None:
        self.work = work
        self.future = future
        self.value: T | None = None
        self.error: Exception | None = None


J = TypeVar("J", bound=Job[Any])


class ConnectionThread(Generic[J]):
    """Takes jobs from the event loop and resolves their futures there.

    A job whose caller was cancelled is carried out all the same. The connection is opened by the
    first job, and again after it broke.
    """

    def __init__(self, open_connection: Callable[[], sqlite3.Connection], *, name: str) -> None:
        self._open = open_connection
        self._connection: sqlite3.Connection | None = None
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.closed = False
        # A daemon: a program that ends without closing the journal must not hang. What it was
        # told to be durable is.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, job: J) -> None:
        """Queue a job; `JournalError` after `close`."""
        if self.closed:
            raise JournalError("the journal is closed")
        self._jobs.put(job)

    async def close(self) -> None:
        """Carry out what is queued, close the connection, end the thread. Twice does no harm."""
        if self.closed:
            return
        self.closed = True
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.put(ended)
        await asyncio.shield(ended)
        self._thread.join()

    def connection(self) -> sqlite3.Connection:
        """The thread's connection; only for the thread itself."""
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def drop_connection(self) -> None:
        """Close what may be broken; the next job opens it anew."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def take(self) -> list[Any]:
        """Wait for the next jobs. One at a time here; a writer takes more."""
        return [self._jobs.get()]

    def carry_out(self, jobs: list[J]) -> None:
        """Set `value` or `error` of each job."""
        for job in jobs:
            try:
                job.value = job.work(self.connection())
            except sqlite3.Error as error:
                job.error = JournalError(f"the journal cannot be read: {error}")
                self.drop_connection()
            except JournalError as error:
                job.error = error

    def _carry_out_safely(self, jobs: list[J]) -> None:
        try:
            self.carry_out(jobs)
        except Exception as error:  # noqa: BLE001 - logged, and handed to the callers
            # A fault of ours must reach those who wait; a dead thread would let them hang.
            _log.exception("the journal's thread failed")
            for job in jobs:
                job.error = job.error or JournalError(f"the journal failed: {error}")

    def _run(self) -> None:
        ended: asyncio.Future[None] | None = None
        while ended is None:
            taken = self.take()
            if not isinstance(taken[-1], Job):
                ended = taken.pop()
            self._carry_out_safely(taken)
            _hand_back(taken)
        self.drop_connection()
        _call(ended.get_loop(), ended.set_result, None)


def _hand_back(jobs: Sequence[Job[Any]]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job[Any]]] = defaultdict(list)
    for job in jobs:
        if job.future is not None:
            by_loop[job.future.get_loop()].append(job)
    # One wake-up of the loop for a whole group.
    for loop, waiting in by_loop.items():
        _call(loop, _resolve, waiting)


def _resolve(jobs: list[Job[Any]]) -> None:
    for job in jobs:
        if job.future is None or job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], value: object) -> None:
    try:
        loop.call_soon_threadsafe(callback, value)
    except RuntimeError:
        # The loop is closed: nobody waits, and what was to be durable is.
        return
