"""The two times of the running process."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Deadlines follow the event loop, so virtual time works; people get the system's time."""

    def now(self) -> float:
        """Monotonic seconds of the running loop."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Unix seconds."""
        return time.time()  # noqa: TID251 - this is the clock that everybody else asks
