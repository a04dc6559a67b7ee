"""Background tasks with an owner, so that none is lost and no failure is silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

_log = logging.getLogger("opi_pos.aio")


class Tasks:
    """Owns tasks that outlive the call that started them.

    `async with Tasks() as tasks:` ends them all on leaving. Unlike in a `TaskGroup`, the failure
    of one task leaves its siblings running: it is handed to `report(name, error)`, by default the
    log.
    """

    def __init__(self, *, report: Callable[[str, BaseException], None] | None = None) -> None:
        self._report = report or _log_failure
        # A dict, not a set: tasks are cancelled in the order they were started, so that a
        # simulation which is run again gives the same trace.
        self._running: dict[asyncio.Task[Any], None] = {}
        self._closed = False

    def __len__(self) -> int:
        """How many tasks have not ended yet."""
        return len(self._running)

    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start `coro`. `RuntimeError` once the owner is closed; the coroutine is then closed."""
        if self._closed:
            coro.close()
            raise RuntimeError(f"cannot start {name!r}: its owner is closed")
        task = asyncio.create_task(coro, name=name)  # noqa: TID251 - this class is the owner
        self._running[task] = None
        task.add_done_callback(self._ended)
        return task

    async def until_ended(self) -> None:
        """Wait until every task has ended by itself, also those that are started meanwhile."""
        while self._running:
            await asyncio.wait(list(self._running))

    async def aclose(self) -> None:
        """Cancel every task and wait until each has ended. More calls do no harm.

        A task may close its own owner; it is then not waited for.
        """
        self._closed = True
        current = asyncio.current_task()
        while others := [task for task in self._running if task is not current]:
            for task in others:
                task.cancel()
            await asyncio.wait(others)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.pop(task, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._report(task.get_name(), error)


def _log_failure(name: str, error: BaseException) -> None:
    _log.error("background task %s failed", name, exc_info=error)
