"""Deadlines of many connections on one timer.

A timer per request costs more than all the other limits together; a connection only writes down
until when it may stay as it is, and one timer looks at the nearest.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from typing import Final, Protocol

NEVER: Final = math.inf

# Deadlines nearer to each other than this part of the shortest are met together, so that many
# connections cost few looks. They are met early, never late.
_TOGETHER: Final = 0.02


class Bounded(Protocol):
    """A connection that may not stay as it is after `deadline` (loop time, or `NEVER`)."""

    deadline: float

    def deadline_passed(self) -> None: ...


class Deadlines:
    """Calls `deadline_passed` on those whose time has come."""

    __slots__ = ("_connections", "_loop", "_spacing", "_timer", "nearest")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connections: Iterable[Bounded],
        *,
        shortest_s: float,
    ) -> None:
        self._loop = loop
        self._connections = connections
        self._spacing = shortest_s * _TOGETHER
        self._timer: asyncio.TimerHandle | None = None
        self.nearest = NEVER

    def note(self, deadline: float) -> None:
        """To be called when a connection sets a deadline before `nearest`."""
        if deadline < self.nearest:
            self.close()
            self.nearest = deadline
            self._timer = self._loop.call_at(deadline, self._look)

    def close(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self.nearest = NEVER

    def _look(self) -> None:
        self._timer = None
        # Deadlines set while others are met need not set the timer: all are looked at below.
        self.nearest = -NEVER
        limit = self._loop.time() + self._spacing
        for connection in list(self._connections):
            if connection.deadline <= limit:
                connection.deadline_passed()
        self.nearest = NEVER
        self.note(min((each.deadline for each in self._connections), default=NEVER))
