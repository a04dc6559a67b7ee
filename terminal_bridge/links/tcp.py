"""A byte stream over one TCP connection, which the till opens and closes."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Final

from opi_pos.model.errors import LinkError
from terminal_bridge.links.byte_link import CHUNK, MAX_UNSENT, Backoff
from terminal_bridge.links.keep_alive import keep_alive

CONNECT_S: Final = 5.0
CLOSE_S: Final = 1.0
"""How long a connection may take to close before it is cut."""


class TcpLink:
    """See `ByteLink`. Small messages leave at once (no Nagle), dead peers are found by probes."""

    def __init__(self, host: str, port: int, *, connect_s: float = CONNECT_S) -> None:
        self._host = host
        self._port = port
        self._connect_s = connect_s
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._backoff = Backoff()

    @property
    def place(self) -> str:
        """`host:port`."""
        return f"{self._host}:{self._port}"

    async def connect(self) -> None:
        """See `ByteLink`."""
        await self.close()
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._backoff.wait_s(loop.time()))
        try:
            async with asyncio.timeout(self._connect_s):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError:
            raise self._failed("no connection in time") from None
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise self._failed(f"cannot connect: {why}") from None
        self._backoff.succeeded()
        connection: socket.socket = writer.get_extra_info("socket")
        keep_alive(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader, self._writer = reader, writer

    def _failed(self, problem: str) -> LinkError:
        self._backoff.failed(asyncio.get_running_loop().time())
        return LinkError(f"{self.place}: {problem}", written=False)

    async def read(self) -> bytes:
        """See `ByteLink`."""
        if self._reader is None:
            raise LinkError(f"{self.place}: not connected", written=False)
        try:
            return await self._reader.read(CHUNK)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise LinkError(f"{self.place}: the connection broke: {why}", written=True) from None

    def write(self, data: bytes) -> None:
        """See `ByteLink`. A terminal that does not read is cut off before memory is."""
        if self._writer is None or self._writer.is_closing():
            raise LinkError(f"{self.place}: the connection is closed", written=False)
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT:
            self._writer.transport.abort()

    async def close(self) -> None:
        """See `ByteLink`."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is None:
            return
        writer.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                with suppress(OSError):
                    await writer.wait_closed()
        except TimeoutError:
            writer.transport.abort()
