"""Lines that a person types, without blocking the event loop or the program's end."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

_READ_AT_MOST = 4096


def someone_is_there() -> bool:
    """Whether a person can be asked: both ends are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


class Keyboard:
    """Reads standard input in a thread of its own, from the first question on.

    A read of a terminal cannot be cancelled, so the thread is a daemon, and it reads below
    Python's buffers, whose locks would stop the interpreter's end.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._waiting: asyncio.Future[str | None] | None = None

    async def ask(self, prompt: str) -> str | None:
        """The next line without its end; None when the input has ended. One question at a time: a
        cancelled one leaves what is typed for nobody.
        """
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        print(prompt, end="", file=sys.stderr, flush=True)  # noqa: T201 - that is its work
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, args=(loop,), daemon=True)
            self._thread.start()
        try:
            return await self._waiting
        except asyncio.CancelledError:
            print("\n(withdrawn)", file=sys.stderr, flush=True)  # noqa: T201
            raise
        finally:
            self._waiting = None

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        kept = b""
        while data := _read_some():
            kept += data
            *lines, kept = kept.split(b"\n")
            for line in lines:
                text = line.decode(sys.stdin.encoding or "utf-8", "replace").strip()
                loop.call_soon_threadsafe(self._typed, text)
        loop.call_soon_threadsafe(self._typed, None)
        self._thread = None

    def _typed(self, text: str | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(text)


def _read_some() -> bytes:
    try:
        return os.read(sys.stdin.fileno(), _READ_AT_MOST)
    except OSError:
        return b""
