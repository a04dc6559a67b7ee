"""Requests that wait for a person or a disk, while others pass."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

from listener.nexo.incoming import SHUT, HttpAnswer, Waiting
from opi_pos.aio.tasks import Tasks
from opi_pos.model.ids import POIID

HELD_LIMIT: Final = 1024
"""Questions and prints of all terminals that wait at one time."""

HELD_PER_POI_LIMIT: Final = 16
"""Those of one terminal. A terminal asks one question at a time; doubled ones wait beside it."""

_log = logging.getLogger("listener.nexo")


class Held:
    """Counts what waits, and waits for it."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._waiting: Counter[POIID] = Counter()

    def full(self, poi_id: POIID) -> bool:
        """Whether one more would be too many."""
        return self._waiting[poi_id] >= HELD_PER_POI_LIMIT or self._waiting.total() >= HELD_LIMIT

    def counted(self, poi_id: POIID, waiting: Waiting, failed: Callable[[], HttpAnswer]) -> Waiting:
        """`waiting`, counted, and `failed()` when the till could not do it."""

        async def held() -> HttpAnswer:
            self._waiting[poi_id] += 1
            try:
                return await waiting()
            except Exception:  # noqa: BLE001 - a disk, a printer: must not look like a yes
                _log.exception("a request of a terminal was not taken")
                return failed()
            finally:
                self._waiting[poi_id] -= 1
                if not self._waiting[poi_id]:
                    del self._waiting[poi_id]

        return held

    async def finish(
        self, waiting: Waiting, gone: Callable[[], Awaitable[None]] | None
    ) -> HttpAnswer | None:
        """Wait for the answer. None when `gone` ended first: the terminal has hung up.

        Only the wait ends then; what the terminal asked stays with the till.
        """
        answering = self._tasks.spawn(_run(waiting), name="listener.nexo answer")
        awaited: set[asyncio.Task[Any]] = {answering}
        if gone is not None:
            awaited.add(self._tasks.spawn(_run(gone), name="listener.nexo connection"))
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in awaited:
                task.cancel()
        if not answering.done():
            return None
        return SHUT if answering.cancelled() else answering.result()


async def _run(waiting: Callable[[], Awaitable[Any]]) -> Any:
    return await waiting()
