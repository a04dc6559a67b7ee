"""Ends of byte pipes: in memory, a TCP connection, a pty. All that the simulator knows of I/O."""

from __future__ import annotations

import asyncio
import os
from typing import Final, Protocol

from opi_pos.model.errors import LinkError

CHUNK: Final = 4096
MAX_UNREAD: Final = 1 << 20
"""Bytes that a reader may fall behind before the pipe breaks."""


class Pipe(Protocol):
    """One end."""

    closes: bool
    """Whether hanging up is seen by the other side: a connection, not a serial line."""

    async def read(self) -> bytes:
        """The next bytes, as many as came; empty once the other side is gone."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes; raises `LinkError` on a closed pipe."""
        ...

    def close(self) -> None:
        """Close this end. The other one reads what is there, then the end."""
        ...


class _Way:
    """One direction of a pipe in memory."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._came = asyncio.Event()
        self.ended = False

    def put(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > MAX_UNREAD:
            self.end()
        self._came.set()

    def end(self) -> None:
        self.ended = True
        self._came.set()

    async def take(self) -> bytes:
        while not self._unread:
            if self.ended:
                return b""
            self._came.clear()
            await self._came.wait()
        data = bytes(self._unread)
        self._unread.clear()
        return data


class _Tail(_Way):
    """One till's share of a direction: its end is not the end of the line."""

    def __init__(self, way: _Way) -> None:
        super().__init__()
        self._way = way

    def put(self, data: bytes) -> None:
        self._way.put(data)


class MemoryPipe:
    """One end of a pipe without any I/O, so it runs on virtual time."""

    def __init__(self, heard: _Way, said: _Way, *, closes: bool) -> None:
        self.closes = closes
        self._heard = heard
        self._said = said

    async def read(self) -> bytes:
        """See `Pipe`."""
        return await self._heard.take()

    def write(self, data: bytes) -> None:
        """See `Pipe`."""
        if self._said.ended:
            raise LinkError("the pipe is closed", written=False)
        self._said.put(data)

    def close(self) -> None:
        """See `Pipe`."""
        self._said.end()
        self._heard.end()


def memory_pipe(*, closes: bool = True) -> tuple[MemoryPipe, MemoryPipe]:
    """Two ends. `closes` False: a serial line, which nobody hangs up."""
    there, back = _Way(), _Way()
    return MemoryPipe(back, there, closes=closes), MemoryPipe(there, back, closes=closes)


class MemoryLine:
    """The terminal's end of a serial line in memory. Tills open and close their own end; the line
    does not tell, and what is said while nobody has it open is lost.
    """

    closes = False

    def __init__(self) -> None:
        self._heard = _Way()
        self._till: _Way | None = None

    def open(self) -> MemoryPipe:
        """The till's end. Only one is open at a time: an older one hears nothing any more."""
        if self._till is not None:
            self._till.end()
        self._till = _Way()
        return MemoryPipe(self._till, _Tail(self._heard), closes=False)

    async def read(self) -> bytes:
        """See `Pipe`."""
        return await self._heard.take()

    def write(self, data: bytes) -> None:
        """See `Pipe`."""
        if self._till is not None and not self._till.ended:
            self._till.put(data)

    def close(self) -> None:
        """The terminal is unplugged."""
        self._heard.end()
        if self._till is not None:
            self._till.end()


class StreamPipe:
    """A TCP connection."""

    closes = True

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """See `Pipe`."""
        try:
            return await self._reader.read(CHUNK)
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """See `Pipe`. A till that does not read is cut off before memory is."""
        if self._writer.is_closing():
            raise LinkError("the connection is closed", written=False)
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > MAX_UNREAD:
            self._writer.transport.abort()

    def close(self) -> None:
        """See `Pipe`."""
        self._writer.close()


class PtyPipe:
    """The master side of a pty; the till opens `path` as its serial port. POSIX only.

    The slave is held open here too, so that a till may close and open it again.
    """

    closes = False

    def __init__(self) -> None:
        import tty  # noqa: PLC0415 - not on Windows

        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._came = asyncio.Event()
        self._closed = False
        asyncio.get_running_loop().add_reader(self._master, self._came.set)

    async def read(self) -> bytes:
        """See `Pipe`."""
        while not self._closed:
            try:
                return os.read(self._master, CHUNK)
            except BlockingIOError:
                self._came.clear()
                await self._came.wait()
            except OSError:
                return b""
        return b""

    def write(self, data: bytes) -> None:
        """See `Pipe`. What does not fit is lost, as on a line without handshake."""
        if self._closed:
            raise LinkError("the line is closed", written=False)
        try:
            os.write(self._master, data)
        except BlockingIOError:
            return

    def close(self) -> None:
        """See `Pipe`."""
        if self._closed:
            return
        self._closed = True
        self._came.set()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        os.close(self._slave)
