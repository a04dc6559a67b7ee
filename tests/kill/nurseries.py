"""The test's side of the nurseries: lives to be had, some at a time."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.kill.life import Ended, Job, Line, Step, Told

REPOSITORY = Path(__file__).parent.parent.parent
AT_A_TIME = 3


class Lived(msgspec.Struct, kw_only=True):
    """A life that is over."""

    steps: list[str] = []
    told: list[Told] = []
    ended: Ended | None = None

    @property
    def was_killed(self) -> bool:
        """By `kill -9`."""
        return self.ended is not None and self.ended.killed_by == signal.SIGKILL

    @property
    def came_to_its_end(self) -> bool:
        """By itself, and without an error."""
        return self.ended == Ended()


class Nursery:
    """A process that forks lives, one at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.nursery"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # so that a life which hangs can be ended with it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._jobs = self._process.stdin
        self._lines = self._process.stdout

    def live(self, job: Job, hear: Callable[[str], None]) -> Lived:
        """Live one life; `hear` gets each step as it is taken."""
        self._jobs.write(msgspec.json.encode(job) + b"\n")
        self._jobs.flush()
        lived = Lived()
        for data in self._lines:
            line: Line = msgspec.json.decode(data, type=Line)
            match line:
                case Step(name):
                    lived.steps.append(name)
                    hear(name)
                case Told() as told:
                    lived.told.append(told)
                case Ended() as ended:
                    lived.ended = ended
                    return lived
        raise AssertionError("the nursery died")

    def close(self) -> None:
        """End it, and the life that may still hang in it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._jobs.close()
        self._lines.close()
        self._process.wait()


class Nurseries:
    """As many as may live at a time; opened when first needed."""

    def __init__(self) -> None:
        self._opened: list[Nursery] = []
        self._free: queue.SimpleQueue[Nursery] = queue.SimpleQueue()

    def open(self) -> None:
        """Open all of them at once: they take a second each."""
        if not self._opened:
            self._opened = [Nursery() for _ in range(AT_A_TIME)]
            for nursery in self._opened:
                self._free.put(nursery)

    async def live(self, job: Job, hear: Callable[[str], None] | None = None) -> Lived:
        """Live one life when there is room. `hear` is called in the loop."""
        loop = asyncio.get_running_loop()

        def heard(step: str) -> None:
            if hear is not None:
                loop.call_soon_threadsafe(hear, step)

        def lived() -> Lived:
            nursery = self._free.get()
            try:
                return nursery.live(job, heard)
            finally:
                self._free.put(nursery)

        return await asyncio.to_thread(lived)

    def close(self) -> None:
        """End them all."""
        for nursery in self._opened:
            nursery.close()
