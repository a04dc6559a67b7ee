"""An event loop on virtual time: the base of the seeded simulation.

Time stands still while anything is ready and jumps to the next timer when nothing is, so hours of
waiting cost microseconds. There are no sockets, threads or signals inside. A run that can never
go on (nothing ready, no timer) raises `Deadlock` and says who waits where.

Runs repeat exactly: equal programs take equal steps in equal order. Besides the clock this needs
tasks whose hash is a number counted from the start of the run, because `TaskGroup` and
`asyncio.wait` keep tasks in sets, whose order would otherwise follow memory addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, NoReturn, TypeVar

from typing_extensions import override

T = TypeVar("T")

# How many waiting tasks the text of a deadlock names.
NAMED_WAITERS = 10


class Deadlock(RuntimeError):  # noqa: N818 - the field's word, and no error of the library's caller
    """Nothing is ready, no timer is set: virtual time can never move again."""


def run(main: Coroutine[Any, Any, T], *, start: float = 0.0) -> T:
    """Run `main` to its end on a fresh loop whose clock shows `start` (seconds).

    Tasks left over are cancelled and awaited, as `asyncio.run` does.
    """
    loop = VirtualLoop(start=start)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.finish()


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop whose clock is a number. Use `run`; build one by hand only to step it.

    It stands on the private parts of `asyncio.BaseEventLoop` named below, unchanged from CPython
    3.11 to 3.14; `tests/opi_pos/aio/test_virtual.py` fails if one of them goes.
    """

    _scheduled: list[asyncio.TimerHandle]
    _clock_resolution: float

    def __init__(self, *, start: float = 0.0) -> None:
        super().__init__()
        self._now = start
        self._selector = _NextTimer(self)
        # The real clock's resolution has no meaning here, and zero would leave a timer that is
        # due exactly now waiting for ever.
        self._clock_resolution = 1e-9
        self._tasks_made = 0
        self.set_task_factory(_make_numbered_task)

    @override
    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def leap(self) -> None:
        """Move the clock to the next timer, or raise `Deadlock`."""
        if not self._scheduled:
            raise Deadlock(self._describe_waiters())
        self._now = max(self._now, self._scheduled[0].when())

    def next_task_number(self) -> int:
        self._tasks_made += 1
        return self._tasks_made

    def finish(self) -> None:
        """Cancel what is left in the order it was started, let it end, and close the loop."""
        try:
            left = sorted(asyncio.all_tasks(self), key=hash)
            for task in left:
                task.cancel()
            if left:
                self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self.run_until_complete(self.shutdown_asyncgens())
        finally:
            self.close()

    @override
    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("virtual time knows no threads: they would make a run unrepeatable")

    @override
    def run_in_executor(self, *args: Any) -> NoReturn:  # type: ignore[override]
        raise RuntimeError("virtual time knows no threads: they would make a run unrepeatable")

    def _process_events(self, event_list: list[Any]) -> None:
        """Called by the base class with what the selector saw, which is always nothing."""

    def _write_to_self(self) -> None:
        """Called by the base class to wake the selector, which never sleeps."""

    def _describe_waiters(self) -> str:
        waiting = sorted(asyncio.all_tasks(self), key=hash)
        places = [f"{task.get_name()} in {_place(task)}" for task in waiting[:NAMED_WAITERS]]
        if len(waiting) > NAMED_WAITERS:
            places.append(f"{len(waiting) - NAMED_WAITERS} more")
        return (
            f"stuck at {self._now:g} s of virtual time: nothing is ready and no timer is set; "
            f"waiting: {', '.join(places) or 'no task'}"
        )


class _NextTimer:
    """Stands where the selector of a real loop stands: instead of sleeping, the clock leaps."""

    __slots__ = ("_loop",)

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout != 0:
            self._loop.leap()
        return ()


class _NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set depends on its number, not on its address."""

    _number: int

    def __new__(cls, *args: Any, loop: VirtualLoop, **kwargs: Any) -> _NumberedTask:
        # Set before `__init__`, which already puts the task into asyncio's set of all tasks.
        task = super().__new__(cls)
        task._number = loop.next_task_number()
        return task

    @override
    def __hash__(self) -> int:
        return self._number


def _make_numbered_task(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
    **kwargs: Any,
) -> asyncio.Task[T]:
    assert isinstance(loop, VirtualLoop)
    return _NumberedTask(coro, loop=loop, **kwargs)


def _place(task: asyncio.Task[Any]) -> str:
    stack = task.get_stack(limit=1)
    if not stack:
        return "no frame"
    frame = stack[-1]
    return f"{frame.f_code.co_qualname}:{frame.f_lineno}"
