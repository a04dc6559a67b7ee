"""One command with the driver, for as long as somebody needs to hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from opi_pos.runtime.wishes import AbortWishes


class Conversation:
    """Made in the task that carries the command out, and ended by the one that moves the rules."""

    def __init__(self) -> None:
        self.wishes = AbortWishes()
        self.is_over = False
        self._task = asyncio.current_task()
        self._telling = False

    @contextmanager
    def telling(self) -> Iterator[None]:
        """While the rules are told what it heard. An end that comes of that is its own end."""
        self._telling = True
        try:
            yield
        finally:
            self._telling = False

    def end(self) -> None:
        """Nobody needs its news any more. The driver's generator is closed, and its connection."""
        self.is_over = True
        if not self._telling and self._task is not None:
            self._task.cancel()
