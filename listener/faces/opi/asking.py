"""How a till is reached with what the terminal asks: on channel 1, or at its URL."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from listener.faces.posting import Poster
from listener.faces.targets import Target
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.wire import opi

CONNECT_S: Final = 5.0
_CHUNK: Final = 16 * 1024
CONTENT_TYPES: Final = {opi.Form.XML: "application/xml", opi.Form.JSON: "application/json"}


class TillDoor(Protocol):
    """One till's."""

    async def ask(self, request: opi.DeviceRequest, form: opi.Form) -> opi.DeviceResponse | None:
        """Put one DeviceRequest; None where the till took it without a word (HTTP 204). Raises
        `LinkError` or `ProtocolError`. Waits for ever: the caller has the deadline.
        """
        ...


class ChannelOne:
    """A connection for every request."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def ask(self, request: opi.DeviceRequest, form: opi.Form) -> opi.DeviceResponse | None:
        """See `TillDoor`."""
        place = f"{self._host}:{self._port}"
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError):
            raise LinkError(f"{place}: cannot connect", written=False) from None
        try:
            writer.write(opi.frame(opi.encode(request, form, strict=False)))
            await writer.drain()
            return response_of(await _message(reader))
        except OSError:
            raise LinkError(f"{place}: the connection broke", written=True) from None
        finally:
            writer.close()


class Posted:
    """A post to a checked URL."""

    def __init__(self, poster: Poster, target: Target, timeout_s: float) -> None:
        self._poster = poster
        self._target = target
        self._timeout_s = timeout_s

    async def ask(self, request: opi.DeviceRequest, form: opi.Form) -> opi.DeviceResponse | None:
        """See `TillDoor`."""
        reply = await self._poster.post(
            self._target,
            opi.encode(request, form, strict=False),
            {"Content-Type": CONTENT_TYPES[form]},
            timeout_s=self._timeout_s,
        )
        if reply.status == 204:
            return None
        if reply.status != 200:
            raise LinkError(f"the till answered HTTP {reply.status}", written=True)
        return response_of(reply.body)


def response_of(data: bytes) -> opi.DeviceResponse:
    """The till's answer. Raises `ProtocolError`."""
    message = opi.decode(data)
    if not isinstance(message, opi.DeviceResponse):
        raise ProtocolError("", "is no DeviceResponse")
    return message


async def _message(reader: asyncio.StreamReader) -> bytes:
    frames = opi.Frames()
    while data := await reader.read(_CHUNK):
        if messages := frames.receive(data):
            return messages[0]
    raise LinkError("the till hung up", written=True)
