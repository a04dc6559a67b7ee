"""Channel 0 of a simulated terminal over TCP: a connection a request, which the answer closes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.wire import opi
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.opi.channel import TillChannel
from terminal_bridge.simulator.opi.line import write_frame
from terminal_bridge.simulator.opi.one_socket import OneSocket
from terminal_bridge.simulator.opi.terminal import SimulatedOpi

MAX_CONNECTIONS: Final = 16
"""Connections of tills at one time; one more is turned away (rule 12)."""
_CHUNK: Final = 16 * 1024


class OpiDoor:
    """Listens for tills. The till that spoke last is the one that is asked on channel 1."""

    def __init__(self, channel: TillChannel | OneSocket | None) -> None:
        self._channel = channel if isinstance(channel, TillChannel) else None
        self._one_socket = channel if isinstance(channel, OneSocket) else OneSocket()
        self._tasks = Tasks()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._terminal: SimulatedOpi | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        assert self._server is not None, "started"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self, terminal: SimulatedOpi, host: str, port: int) -> None:
        """Listen. `ConfigurationError` names host and port if that is impossible."""
        self._terminal = terminal
        try:
            self._server = await asyncio.start_server(self._connected, host, port)
        except OSError as error:
            problem = f"cannot listen on {host}:{port}: {error.strerror or type(error).__name__}"
            raise ConfigurationError("listen", problem) from None

    async def aclose(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        writers = list(self._writers)
        await self._tasks.aclose()
        for writer in writers:
            with suppress(OSError):
                await writer.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._writers.add(writer)
        if self._channel is not None:
            self._channel.heard_from(str(writer.get_extra_info("peername")[0]))
        self._tasks.spawn(self._serve(reader, writer), name="channel 0")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take requests until one is answered. A till that hangs up does not stop the terminal; one
        that only closed its half of the connection still gets its answer.
        """
        frames = opi.Frames()
        answering: list[asyncio.Task[None]] = []
        try:
            while data := await reader.read(_CHUNK):
                for message in frames.receive(data):
                    if self._one_socket.takes(message):
                        continue
                    self._one_socket.opened(writer)
                    answer = self._answer(message, writer, framed=frames.framed)
                    answering.append(self._tasks.spawn(answer, name="channel 0 exchange"))
            if answering:
                await asyncio.wait(answering)
        except (OSError, ProtocolError):
            return
        finally:
            self._writers.discard(writer)
            self._one_socket.closed(writer)
            writer.close()

    async def _answer(self, data: bytes, writer: asyncio.StreamWriter, *, framed: bool) -> None:
        assert self._terminal is not None, "started"
        try:
            reply, struck = await self._terminal.exchange(data)
            if reply.body and not writer.is_closing():
                await write_frame(writer, reply.body, struck, framed=framed)
        except LinkDroppedError as dropped:
            if dropped.partial and not writer.is_closing():
                writer.write(opi.frame(dropped.partial + b"\0")[:-1])
        except OSError:
            return
        finally:
            self._one_socket.closed(writer)
            writer.close()
