"""The steps of one life, and the one at which it is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from opi_pos.aio.tasks import Tasks
from opi_pos.journal.connection import BUSY_S, Connect, connect
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import POIID
from opi_pos.wire import nexo
from terminal_bridge.links.byte_link import ByteLink
from terminal_bridge.links.link import Link, Reply

ASKED = "before intent is recorded"
ANSWERED = "the reply to Payment is here"
FIRST_BYTE = "the first byte of {} left"


class Steps:
    """Counts the steps and tells each as it is taken; `kill_at` (from 1) is the last one.

    Both the event loop and, where steps are `fine`, the journal's writer thread take them.
    """

    def __init__(self, tell: Callable[[str], None], kill_at: int | None, *, fine: bool) -> None:
        self.fine = fine
        self.ahead = threading.Event()
        """Cleared from the moment an intent is to be recorded until its payment is answered: what
        a till does that does not wait for its journal.
        """
        self.ahead.set()
        self._tell = tell
        self._kill_at = kill_at
        self._taken = 0
        self._lock = threading.Lock()

    def take(self, name: str) -> None:
        """Go on, or end here as by a power switch: nothing is caught, closed or flushed."""
        with self._lock:
            self._taken += 1
            self._tell(name)
            if name == ASKED:
                self.ahead.clear()
            elif name == ANSWERED:
                self.ahead.set()
            if self._taken == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


class SteppedJournal(SqliteJournal):
    """The real journal, with a step before and after whatever it makes durable: in the loop, where
    it is asked for and known, and, where steps are fine, in the writer's thread around the COMMIT.
    """

    _steps: Steps
    _unheard: Tasks
    careless = False
    """Goes on before it is on disk, as a till must not. Its disk is so slow that it shows."""

    @classmethod
    async def begin(cls, path: Path, steps: Steps, *, careless: bool = False) -> SteppedJournal:
        """Open or create the file."""
        steps.take("before the journal opens")
        stepped = _stepped(steps, slow=careless)
        journal = await cls.open(path, connect=stepped if steps.fine else connect)
        assert isinstance(journal, cls)
        journal._steps = steps
        journal.careless = careless
        journal._unheard = Tasks()
        steps.take("the journal is open")
        return journal

    async def commit(
        self, *, exchanges: Sequence[Exchange] = (), facts: Sequence[Fact] = ()
    ) -> None:
        """See the port."""
        what = " and ".join(fact.kind for fact in facts)
        self._steps.take(f"before {what} is recorded")
        durable = super().commit(exchanges=exchanges, facts=facts)
        if self.careless:
            self._unheard.spawn(durable, name="commit")
        else:
            await durable
        self._steps.take(f"{what} is recorded")

    async def reserve_service_ids(self, poi_id: POIID, floor: int, count: int) -> int:
        """See the port."""
        self._steps.take("before service ids are reserved")
        first = await super().reserve_service_ids(poi_id, floor, count)
        self._steps.take("service ids are reserved")
        return first

    async def remember(self, poi_id: POIID, name: str, value: str) -> None:
        """See the port."""
        self._steps.take(f"before the {name} is remembered")
        await super().remember(poi_id, name, value)
        self._steps.take(f"the {name} is remembered")


def _stepped(steps: Steps, *, slow: bool) -> Connect:
    class Stepped(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            if sql != "COMMIT":
                return super().execute(sql, parameters)
            if slow:
                steps.ahead.wait()
            steps.take("before COMMIT")
            cursor = super().execute(sql, parameters)
            steps.take("after COMMIT")
            return cursor

    return lambda path: sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, factory=Stepped
    )


class SteppedLink:
    """The real link, with a step before a request, at its first byte, and at its reply."""

    def __init__(self, link: Link, steps: Steps) -> None:
        self._link = link
        self._steps = steps

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`."""

        header = nexo.read_header(data)
        assert header is not None
        category = header.message_category

        def written() -> None:
            self._steps.take(FIRST_BYTE.format(category))
            on_written()

        self._steps.take(f"before the first byte of {category}")
        reply = await self._link.exchange(data, on_written=written)
        self._steps.take(f"the reply to {category} is here")
        return reply

    async def close(self) -> None:
        """See `Link`."""
        await self._link.close()


class SteppedBytes:
    """The real byte link, with a step around whatever passes on it. See `ByteLink`."""

    def __init__(self, link: ByteLink, steps: Steps) -> None:
        self._link = link
        self._steps = steps

    @property
    def place(self) -> str:
        """See `ByteLink`."""
        return self._link.place

    async def connect(self) -> None:
        """See `ByteLink`."""
        self._steps.take("before it connects")
        await self._link.connect()
        self._steps.take("it is connected")

    async def read(self) -> bytes:
        """See `ByteLink`."""
        data = await self._link.read()
        self._steps.take(f"{data[:2].hex().upper()} is here")
        return data

    def write(self, data: bytes) -> None:
        """See `ByteLink`."""
        name = data[:2].hex().upper()
        self._steps.take(f"before {name} leaves")
        self._link.write(data)
        self._steps.take(f"{name} left")

    async def close(self) -> None:
        """See `ByteLink`."""
        await self._link.close()
