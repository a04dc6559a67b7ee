"""Ctrl-C and the wish of the system to end us, as inputs of the running command (rule 7)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self, TypeVar

from opi_pos.cli.failures import LeftError

LEAVE_WITHIN_S: Final = 5.0
"""How long closing may take once the command was told to leave. The journal is durable anyway."""

T = TypeVar("T")


class Interrupts:
    """The first Ctrl-C calls `wish`, the second (or SIGTERM at once) `leave`, a third ends the
    process. Works on Windows too, where Ctrl-Break stands for SIGTERM.
    """

    def __init__(
        self, *, wish: Callable[[], None], leave: Callable[[], None], exit_code: int
    ) -> None:
        self._wish = wish
        self._leave = leave
        self._exit_code = exit_code
        self._loop = asyncio.get_running_loop()
        self._kept: dict[signal.Signals, Any] = {}
        self.wished = False
        self.left = False

    def __enter__(self) -> Self:
        for number in _signals():
            self._kept[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, kept in self._kept.items():
            signal.signal(number, kept)

    def settled(self, exit_code: int) -> None:
        """The outcome is told: from now on any signal just ends the process, with this code."""
        self.left = True
        self._exit_code = exit_code

    def _caught(self, number: int, frame: FrameType | None) -> None:
        # Python calls this between any two instructions: do nothing here but wake the loop.
        del frame
        self._loop.call_soon_threadsafe(self._take, number)

    def _take(self, number: int) -> None:
        if self.left:
            end_now(self._exit_code)
        elif number == signal.SIGINT and not self.wished:
            self.wished = True
            self._wish()
        else:
            self.left = True
            self._loop.call_later(LEAVE_WITHIN_S, end_now, self._exit_code)
            self._leave()


def end_now(exit_code: int) -> None:
    """End the process without closing anything. What matters is in the journal."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def _signals() -> list[signal.Signals]:
    found = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        found.append(signal.SIGBREAK)
    return found


async def or_leave(work: Awaitable[T], *, remark: str, exit_code: int) -> T:
    """Await `work`; a signal gives it up with one line and that exit code."""
    task = asyncio.current_task()

    def leave() -> None:
        if task is not None:
            task.cancel()

    with Interrupts(wish=leave, leave=leave, exit_code=exit_code) as interrupts:
        try:
            return await work
        except asyncio.CancelledError:
            if not (interrupts.wished or interrupts.left):
                raise
            raise LeftError(remark, exit_code) from None


async def until_interrupted() -> None:
    """Wait for a person or the system to end us; the second signal does not wait any longer."""
    over = asyncio.Event()
    with Interrupts(wish=over.set, leave=over.set, exit_code=0):
        await over.wait()
