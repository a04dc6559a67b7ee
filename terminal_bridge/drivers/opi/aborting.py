"""Wishes to stop, guarded: terminals that are asked to stop while nothing runs, or again and again,
have become unavailable.
"""

from __future__ import annotations

import asyncio
from typing import Final

from opi_pos.model.ids import ServiceID

AT_MOST: Final = 3
"""Aborts of one exchange."""
APART_S: Final = 1.5
ANSWER_S: Final = 10.0


class AbortGuard:
    """Counts the aborts of the exchange at work."""

    def __init__(self) -> None:
        self._target = ServiceID("")
        self._count = 0
        self._last = 0.0

    async def admit(self, target: ServiceID) -> str:
        """Wait until one more may leave; gives the problem when none may."""
        if target != self._target:
            self._target, self._count, self._last = target, 0, 0.0
        if self._count >= AT_MOST:
            return f"the terminal was asked to stop {AT_MOST} times; more could block it"
        self._count += 1
        now = asyncio.get_running_loop().time()
        wait_s = self._last + APART_S - now if self._last else 0.0
        self._last = now + max(0.0, wait_s)
        await asyncio.sleep(max(0.0, wait_s))
        return ""
