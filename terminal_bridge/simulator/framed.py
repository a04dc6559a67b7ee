"""A simulated terminal over TCP, each message behind its length (4 bytes, big-endian)."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ConfigurationError, LinkError
from opi_pos.wire.limits import MAX_BYTES
from terminal_bridge.links.framed_tcp import LENGTH_BYTES, frame
from terminal_bridge.links.link import NOTHING, Reply
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.nexo import SimulatedNexo

MAX_CONNECTIONS: Final = 16
"""Tills connected at one time; one more is turned away (rule 12)."""


class FramedDoor:
    """Listens for tills. The terminal's own messages go to the till that spoke last."""

    def __init__(self) -> None:
        self._tasks = Tasks()
        self._writers: set[asyncio.StreamWriter] = set()
        self._till: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._terminal: SimulatedNexo | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        assert self._server is not None, "started"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(
        self, terminal: SimulatedNexo, host: str, port: int, tls: ssl.SSLContext | None
    ) -> None:
        """Listen. `ConfigurationError` names host and port if that is impossible."""
        self._terminal = terminal
        try:
            self._server = await asyncio.start_server(self._serve, host, port, ssl=tls)
        except OSError as error:
            problem = f"cannot listen on {host}:{port}: {error.strerror or type(error).__name__}"
            raise ConfigurationError("listen", problem) from None

    async def aclose(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()
        await self._tasks.aclose()

    async def post(self, data: bytes) -> Reply:
        """Send a message of the terminal; its answer comes as a message of its own."""
        till = self._till
        if till is None or till.is_closing():
            raise LinkError("no till is connected", written=False)
        till.write(frame(data))
        await till.drain()
        return NOTHING

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._writers.add(writer)
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big")
                if length > MAX_BYTES:
                    return
                data = await reader.readexactly(length)
                self._till = writer
                self._tasks.spawn(self._answer(data, writer), name="framed exchange")
        except (OSError, EOFError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()
            if self._till is writer and self._terminal is not None:
                self._terminal.link_lost()

    async def _answer(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        assert self._terminal is not None, "started"
        try:
            reply = await self._terminal.receive(data)
        except LinkDroppedError as dropped:
            if dropped.partial:
                writer.write(frame(dropped.partial + b"\0")[:-1])
            writer.close()
            return
        if reply.body and not writer.is_closing():
            writer.write(frame(reply.body))
            await writer.drain()
