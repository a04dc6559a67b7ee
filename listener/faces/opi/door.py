"""Channel 0 of the face over TCP: a connection for every request, which its answer ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.http.peers import Peers
from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.wire import opi

CONNECTIONS_OF_A_PEER: Final = 32
RECEIVE_S: Final = 10.0
"""From the connection, or the answer before, to the end of a request."""
REQUESTS_AT_ONCE: Final = 4
"""Of one connection: a request, an abort, a repetition."""
_CHUNK: Final = 16 * 1024
_LOOPBACK: Final = ("127.0.0.0/8", "::1/128")

_log = logging.getLogger("listener.faces.opi")

Take = Callable[[bytes, str], Awaitable[bytes]]
"""A request and the caller's address; empty: there is no answer, and the connection ends."""


class ChannelZeroDoor:
    """Listens for tills: those that are listed, or those on this machine."""

    def __init__(self, take: Take, peers: Iterable[str]) -> None:
        """Raises `ConfigurationError` for what is no address or network."""
        self._take = take
        self._peers = Peers(tuple(peers) or _LOOPBACK, limit=CONNECTIONS_OF_A_PEER)
        self._tasks = Tasks()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port, also when a free one was asked for."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int, key: str) -> None:
        """Listen. Raises `ConfigurationError` that names `key`."""
        try:
            self._server = await asyncio.start_server(self._connected, host, port)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ConfigurationError(key, f"cannot listen on {host}:{port}: {why}") from None

    async def aclose(self) -> None:
        """Hang up; what runs goes on in the face."""
        if self._server is not None:
            self._server.close()
        await self._tasks.aclose()
        await asyncio.sleep(0)  # the sockets close in the loop's next round

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str(writer.get_extra_info("peername")[0])
        if self._peers.admit(peer):
            writer.transport.abort()
            return
        self._tasks.spawn(self._serve(reader, writer, peer), name="channel 0 of a till")

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        try:
            async with Tasks() as answering:
                await self._until_gone(reader, writer, peer, answering)
                # A till may close its own half once it has asked, and what one that broke its
                # connection asked for has begun: the next request waits for its end.
                await answering.until_ended()
        finally:
            self._peers.release(peer)
            writer.close()

    async def _until_gone(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: str,
        answering: Tasks,
    ) -> None:
        try:
            await self._converse(reader, writer, peer, answering)
        except (OSError, TimeoutError):
            return
        except ProtocolError as error:
            _log.warning("%s: %s", peer, error)

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: str,
        answering: Tasks,
    ) -> None:
        """Until the till hangs up; what it asked for is carried out all the same."""
        frames = opi.Frames()
        while True:
            limit = None if len(answering) else RECEIVE_S
            async with asyncio.timeout(limit):
                data = await reader.read(_CHUNK)
            if not data:
                return
            for message in frames.receive(data):
                if len(answering) >= REQUESTS_AT_ONCE:
                    raise ProtocolError("", "too many requests at once on one connection")
                answer = self._answer(message, writer, peer, framed=frames.framed)
                spawned = answering.spawn(answer, name="request of a till")
                spawned.add_done_callback(lambda _: _close_when_idle(writer, answering))

    async def _answer(
        self, message: bytes, writer: asyncio.StreamWriter, peer: str, *, framed: bool
    ) -> None:
        try:
            answer = await self._take(message, peer)
            if answer:
                writer.write(opi.frame(answer) if framed else answer)
                await writer.drain()
        except OSError:
            _log.warning("%s was gone before its answer", peer)
        except ProtocolError as error:
            _log.warning("%s: %s", peer, error)


def _close_when_idle(writer: asyncio.StreamWriter, answering: Tasks) -> None:
    """The last answer ends the connection."""
    if not len(answering):
        writer.close()
