"""Channel 1 of a simulated terminal over TCP: it connects to the till and asks."""

from __future__ import annotations

import asyncio
from typing import Final

from opi_pos.model.errors import LinkError
from opi_pos.poi.faults import Struck
from opi_pos.wire import opi
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.line import write_frame

CONNECT_S: Final = 5.0
_CHUNK: Final = 16 * 1024


class TillChannel:
    """Connects for every request, or once for all (`kept`). Without a `host`: to the address from
    which the till last spoke.
    """

    def __init__(self, host: str | None, port: int, *, kept: bool = False) -> None:
        self._host = host
        self._port = port
        self._kept = kept
        self._till = ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def heard_from(self, address: str) -> None:
        """A till spoke on channel 0."""
        self._till = address

    async def post(self, data: bytes, struck: Struck) -> Reply:
        """The till's answer to a DeviceRequest. Raises LinkError or ProtocolError."""
        reader, writer = await self._connected()
        done = False
        try:
            await write_frame(writer, data, struck)
            answer = await _answer(reader)
            done = True
        except OSError:
            raise LinkError("the till broke the connection", written=True) from None
        finally:
            if not (done and self._kept):
                self._streams = None
                writer.close()
        return Reply(status=200, body=answer)

    async def aclose(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and not self._streams[1].is_closing():
            return self._streams
        host = self._host or self._till
        if not host:
            raise LinkError("no till spoke yet", written=False)
        try:
            async with asyncio.timeout(CONNECT_S):
                streams = await asyncio.open_connection(host, self._port)
        except (OSError, TimeoutError):
            raise LinkError(f"{host}:{self._port}: cannot connect", written=False) from None
        if self._kept:
            self._streams = streams
        return streams


async def _answer(reader: asyncio.StreamReader) -> bytes:
    frames = opi.Frames()
    while data := await reader.read(_CHUNK):
        messages = frames.receive(data)
        if messages:
            return messages[0]
    raise LinkError("the till hung up", written=True)
