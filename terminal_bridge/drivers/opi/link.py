"""Channel 0: a connection for every request, which its answer ends. A terminal with one socket
also asks on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.wire import opi
from terminal_bridge.links.keep_alive import keep_alive
from terminal_bridge.links.link import Reply

CONNECT_S: Final = 5.0
CHUNK: Final = 16 * 1024

_log = logging.getLogger("terminal_bridge.links")

Serve = Callable[[bytes], Awaitable[bytes]]
"""Takes a DeviceRequest and gives the DeviceResponse; empty: there is none."""


class ChannelZero:
    """See `Link`. `serve` takes what the terminal asks on our connection."""

    def __init__(self, host: str, port: int, *, serve: Serve) -> None:
        self._host = host
        self._port = port
        self._serve = serve
        self._writers: set[asyncio.StreamWriter] = set()
        self._closed = False

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`."""
        reader, writer = await self._connect()
        self._writers.add(writer)
        try:
            writer.write(opi.frame(data))
            on_written()
            await writer.drain()
            return Reply(status=200, body=await self._answer(reader, writer))
        except ProtocolError as error:
            raise LinkError(f"{self._place}: {error}", written=True) from None
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise LinkError(f"{self._place}: the connection broke: {why}", written=True) from None
        finally:
            self._writers.discard(writer)
            writer.close()

    async def close(self) -> None:
        """See `Link`."""
        self._closed = True
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)  # the sockets close in the loop's next round

    @property
    def _place(self) -> str:
        return f"{self._host}:{self._port}"

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._closed:
            raise LinkError("the link is closed", written=False)
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError:
            raise LinkError(f"{self._place}: no connection in time", written=False) from None
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise LinkError(f"{self._place}: cannot connect: {why}", written=False) from None
        keep_alive(writer.get_extra_info("socket"))
        return reader, writer

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The first message that is no question of the terminal's."""
        frames = opi.Frames()
        while True:
            data = await reader.read(CHUNK)
            if not data:
                raise LinkError(f"{self._place}: the terminal hung up", written=True)
            for message in frames.receive(data):
                if not is_question(message):
                    return message
                answer = await self._serve(message)
                if answer:
                    writer.write(opi.frame(answer) if frames.framed else answer)
                    await writer.drain()


def is_question(message: bytes) -> bool:
    """Whether it is a DeviceRequest. What cannot be read is an answer that cannot be read."""
    with suppress(ProtocolError):
        return isinstance(opi.decode(message), opi.DeviceRequest)
    return False
