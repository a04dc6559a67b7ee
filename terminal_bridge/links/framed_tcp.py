"""A link over one TCP connection, each message behind its length (4 bytes, big-endian, official
nexo transport rule: the length does not count itself).

Both sides send on it: responses find their request by the envelope's key, the terminal's own
requests go to `receive` and its reply goes back on the same connection. A lost connection ends
every exchange on it; the next exchange connects again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Hashable
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.wire.limits import MAX_BYTES
from terminal_bridge.links.keep_alive import keep_alive
from terminal_bridge.links.link import NOTHING, Kind, Receive, Reply, Sort

LENGTH_BYTES: Final = 4
CONNECT_S: Final = 5.0
HELD_AT_MOST: Final = 64
"""Requests of the terminal's that wait for the till at one time (rule 12)."""

_log = logging.getLogger("terminal_bridge.links")


def frame(data: bytes) -> bytes:
    """The message behind its length."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


class FramedTcpLink:
    """One connection to one terminal, opened by the first exchange.

    `receive` None: the terminal's own requests are dropped (light integration has none).
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        sort: Sort,
        receive: Receive | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._sort = sort
        self._receive = receive
        self._tls = tls
        self._tasks = Tasks()
        self._connecting = asyncio.Lock()
        self._connection: _Connection | None = None
        self._closed = False

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`."""
        envelope = self._sort(data)
        connection = await self._connected()
        if envelope.kind is not Kind.REQUEST:
            connection.send(data, on_written)
            await connection.flush()
            return NOTHING
        return await connection.ask(data, envelope.key, on_written)

    async def close(self) -> None:
        """See `Link`."""
        self._closed = True
        if self._connection is not None:
            self._connection.lose("the link was closed")
        await self._tasks.aclose()

    async def _connected(self) -> _Connection:
        async with self._connecting:
            if self._closed:
                raise LinkError("the link is closed", written=False)
            if self._connection is None or self._connection.lost:
                self._connection = await self._connect()
                reading = self._read(self._connection)
                self._tasks.spawn(reading, name="framed link reader")
            return self._connection

    async def _connect(self) -> _Connection:
        place = f"{self._host}:{self._port}"
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, ssl=self._tls
                )
        except TimeoutError:
            raise LinkError(f"{place}: no connection in time", written=False) from None
        except ssl.SSLCertVerificationError as error:
            why = getattr(error, "verify_message", "") or error  # our own checks have no such text
            problem = f"{place}: the certificate is not accepted: {why}"
            raise LinkError(problem, written=False) from None
        except OSError as error:
            problem = f"{place}: cannot connect: {error.strerror or type(error).__name__}"
            raise LinkError(problem, written=False) from None
        keep_alive(writer.get_extra_info("socket"))
        return _Connection(reader, writer)

    async def _read(self, connection: _Connection) -> None:
        try:
            while True:
                data = await connection.receive()
                if data:
                    self._take(connection, data)
        except (OSError, EOFError):
            connection.lose("the connection was closed by the terminal")
        except ProtocolError as error:
            connection.lose(str(error))
        finally:
            connection.lose("the link was closed")

    def _take(self, connection: _Connection, data: bytes) -> None:
        try:
            envelope = self._sort(data)
        except ProtocolError as error:
            # It answers nothing: a doubtful exchange goes through recovery.
            _log.warning("dropped %d bytes that are no message: %s", len(data), error)
            return
        if envelope.kind is Kind.RESPONSE:
            if not connection.answer(envelope.key, data):
                _log.warning("dropped a response that nobody waits for")
            return
        if self._receive is None:
            _log.warning("dropped a request of the terminal's: nobody takes it")
        elif connection.held >= HELD_AT_MOST:
            _log.warning("dropped a request of the terminal's: %d are waiting", connection.held)
        else:
            connection.held += 1
            taking = connection.serve(self._receive, data)
            self._tasks.spawn(taking, name="framed link request")


class _Connection:
    """One connection, and who waits on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[Hashable, asyncio.Future[Reply]] = {}
        self.lost = False
        self.held = 0

    def send(self, data: bytes, on_written: Callable[[], None]) -> None:
        if self.lost or self._writer.is_closing():
            raise LinkError("the connection was closed", written=False)
        self._writer.write(frame(data))
        on_written()

    async def flush(self) -> None:
        try:
            await self._writer.drain()
        except OSError as error:
            problem = f"the connection broke: {error.strerror or type(error).__name__}"
            raise LinkError(problem, written=True) from None

    async def ask(self, data: bytes, key: Hashable, on_written: Callable[[], None]) -> Reply:
        if key in self._waiting:
            raise LinkError("an exchange with these ids is open already", written=False)
        came: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[key] = came
        try:
            self.send(data, on_written)
            await self.flush()
            return await came
        finally:
            del self._waiting[key]
            if came.done() and not came.cancelled():
                came.exception()  # seen, even when the flush had failed before

    def answer(self, key: Hashable, data: bytes) -> bool:
        came = self._waiting.get(key)
        if came is None or came.done():
            return False
        came.set_result(Reply(status=200, body=data))
        return True

    async def receive(self) -> bytes:
        """The next message; empty for a frame of no bytes, which keeps the connection alive."""
        length = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
        if length > MAX_BYTES:
            raise ProtocolError("", f"a message of {length} bytes is too long")
        return await self._reader.readexactly(length)

    async def serve(self, receive: Receive, data: bytes) -> None:
        """Answer a request of the terminal's; it counts as held until then."""
        try:
            reply = await receive(data)
            if reply.body and not self.lost:
                self.send(reply.body, _nothing)
                await self.flush()
        except LinkError:
            _log.warning("the terminal was gone before it had its answer")
        finally:
            self.held -= 1

    def lose(self, problem: str) -> None:
        if self.lost:
            return
        self.lost = True
        self._writer.close()
        for came in self._waiting.values():
            if not came.done():
                came.set_exception(LinkError(problem, written=True))


def _nothing() -> None:
    """Nobody asks when a reply to the terminal left."""
