"""Forks lives: `python -m tests.kill.nursery` reads one job a line, and passes on what each tells.

A fork of a process that has lived once, and has one thread and no loop left, starts in
milliseconds; a new interpreter takes most of a second until all is imported and every codec made.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import threading
import traceback
from pathlib import Path

import msgspec

from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo
from terminal_bridge.simulator.zvt.server import ZvtServerConfig, serve_zvt
from tests.kill.life import Ended, Job, live, run


def give_birth(job: Job) -> None:
    """Fork, let it live, and wait for its end."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os._exit(_live(job, writing))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        for line in pipe:
            _pass_on(line)
    _, status = os.waitpid(pid, 0)
    ended = Ended(
        killed_by=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        exit_code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
    )
    _pass_on(msgspec.json.encode(ended) + b"\n")


def _live(job: Job, pipe: int) -> int:
    try:
        run(job, pipe)
    except BaseException:  # noqa: BLE001 - the parent must hear of it, whatever it is
        traceback.print_exc()
        return 1
    return 0


def _pass_on(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


async def _live_once() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with serve_nexo(NexoServerConfig(port=0, pace_s=0.0)) as server:
            job = Job(url=server.url, journal=str(Path(folder) / "first.db"))
            await live(job, lambda _: None)
        async with serve_zvt(ZvtServerConfig(port=0, pace_s=0.0)) as server:
            job = Job(url=server.url, journal=str(Path(folder) / "second.db"))
            await live(job, lambda _: None)


def main() -> None:
    """Until standard input ends."""
    asyncio.run(_live_once())
    assert threading.active_count() == 1, "a thread's locks would be forked with it"
    gc.freeze()  # pages that the collector does not touch stay shared
    for line in sys.stdin.buffer:
        give_birth(msgspec.json.decode(line, type=Job))


if __name__ == "__main__":
    main()
