"""Channel 1 on a port: only the terminal may connect, and only an open exchange is asked for.

Found by the runtime through the entry point `opi_pos.listeners`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from listener.opi.door import OpiDoor
from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.ids import POIID
from opi_pos.ports import DeviceChannel, DeviceDoor
from opi_pos.wire import opi

CONNECTIONS_AT_MOST: Final = 8
"""One terminal asks one thing at a time; an abort of a question comes beside it."""
HELD_AT_MOST: Final = 8
"""Requests of one connection that wait for the till at one time."""
RECEIVE_S: Final = 10.0
"""From the first byte of a request to its last."""
IDLE_S: Final = 300.0
"""How long a connection may stand between two requests."""
RESOLVE_EVERY_S: Final = 10.0
CHUNK: Final = 16 * 1024

_log = logging.getLogger("listener.opi")


class Channel:
    """One terminal's port."""

    def __init__(self, door: DeviceDoor, poi_id: POIID, channel: DeviceChannel) -> None:
        self._front = OpiDoor(door, poi_id, opi.profile(channel.profile))
        self._channel = channel
        self._tasks = Tasks()
        self._server: asyncio.Server | None = None
        self._known: frozenset[str] = frozenset()
        self._resolved_at = float("-inf")
        self._resolving = asyncio.Lock()

    @property
    def url(self) -> str:
        """Where the terminal reaches it."""
        return f"opi+tcp://{self._channel.host}:{self.port}"

    @property
    def port(self) -> int:
        """The port, also when a free one was asked for."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `ConfigurationError`."""
        place = f"{self._channel.host}:{self._channel.port}"
        try:
            self._server = await asyncio.start_server(
                self._connected, self._channel.host, self._channel.port
            )
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ConfigurationError("listen", f"channel 1 at {place}: {why}") from None

    async def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()
        await self._tasks.aclose()
        await asyncio.sleep(0)  # the sockets close in the loop's next round

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= CONNECTIONS_AT_MOST:
            writer.transport.abort()
            return
        self._tasks.spawn(self._serve(reader, writer), name="channel 1")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str(writer.get_extra_info("peername")[0])
        try:
            if not await self._is_terminal(peer):
                _log.warning("turned away %s: it is not the terminal", peer)
                return
            await self._converse(reader, writer)
        except ProtocolError as error:
            _log.warning("%s: %s", peer, error)
        except (OSError, TimeoutError):
            return
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = opi.Frames()
        async with Tasks() as held:
            await self._take(reader, writer, frames, held)

    async def _take(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        frames: opi.Frames,
        held: Tasks,
    ) -> None:
        while True:
            async with asyncio.timeout(IDLE_S):
                data = await reader.read(CHUNK)
            messages = frames.receive(data) if data else []
            async with asyncio.timeout(RECEIVE_S):
                while data and not messages:
                    data = await reader.read(CHUNK)
                    messages = frames.receive(data) if data else []
            for message in messages:
                if len(held) >= HELD_AT_MOST:
                    raise ProtocolError("", f"more than {HELD_AT_MOST} requests wait for answers")
                answering = self._answer(message, writer, framed=frames.framed)
                held.spawn(answering, name="device request")
            if not data:
                return

    async def _answer(self, message: bytes, writer: asyncio.StreamWriter, *, framed: bool) -> None:
        """Beside what is held: a question may be withdrawn on its own connection."""
        try:
            answer = await self._front.answer(message, self._channel.asks_for())
            writer.write(opi.frame(answer) if framed else answer)
            await writer.drain()
        except ProtocolError as error:
            _log.warning("hung up on the terminal: %s", error)
            writer.close()
        except OSError:
            _log.warning("the terminal was gone before it had its answer")

    async def _is_terminal(self, peer: str) -> bool:
        if peer not in self._known:
            async with self._resolving:
                await self._resolve()
        return peer in self._known

    async def _resolve(self) -> None:
        """Names may come to mean other addresses; not asked more often than a little."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._resolved_at < RESOLVE_EVERY_S:
            return
        self._resolved_at = loop.time()
        found: set[str] = set()
        for host in self._channel.peers:
            try:
                infos = await loop.getaddrinfo(host, None)
            except OSError as error:
                _log.warning("%s cannot be resolved: %s", host, error.strerror or error)
                continue
            found.update(str(info[4][0]) for info in infos)
        self._known = frozenset(found)


async def start(door: DeviceDoor, poi_id: POIID, channel: DeviceChannel) -> Channel:
    """Listen for one terminal. Raises `ConfigurationError`."""
    opened = Channel(door, poi_id, channel)
    await opened.start()
    _log.info("channel 1 of %s at %s", poi_id, opened.url)
    return opened
