"""A terminal before the listener: it speaks XML or JSON, over a socket that hides nothing."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from opi_pos.wire import nexo
from tests.listener.till import PATIENCE_S, POI

PATHS = {nexo.Encoding.XML: "/EPASSaleToPOI/3.1", nexo.Encoding.JSON: "/nexo"}
CONTENT_TYPES = {
    nexo.Encoding.XML: "application/xml; charset=utf-8",
    nexo.Encoding.JSON: "application/json; charset=utf-8",
}


@dataclass(frozen=True)
class Reply:
    """One HTTP answer, as it stood on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> nexo.Message:
        return nexo.decode(self.body)


class Connection:
    """One HTTP/1.1 connection on which any bytes can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, path: str, body: bytes, content_type: str = "") -> Reply:
        self.send(path, body, content_type)
        return await self.reply()

    def send(self, path: str, body: bytes, content_type: str = "", *, method: str = "POST") -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: till\r\nContent-Length: {len(body)}\r\n"
        if content_type:
            head += f"Content-Type: {content_type}\r\n"
        self._writer.write(head.encode() + b"\r\n" + body)

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def reply(self) -> Reply:
        async with asyncio.timeout(PATIENCE_S):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Reply(int(first.split()[1]), headers, body)

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class Terminal:
    """A terminal with keep-alive off: every message goes over a connection of its own."""

    def __init__(self, port: int, encoding: nexo.Encoding, poi_id: str = POI) -> None:
        self._port = port
        self.encoding = encoding
        self.poi_id = poi_id

    def written(
        self, body: nexo.Element, *, service_id: str | None = "7", device_id: str | None = None
    ) -> bytes:
        header = nexo.header_for(
            body,
            sale_id="till",
            poi_id=self.poi_id,
            service_id=service_id,
            device_id=device_id,
        )
        return nexo.encode(nexo.Message(header=header, body=body), self.encoding, strict=False)

    async def connect(self) -> Connection:
        return await Connection.to(self._port)

    async def asks(self, body: nexo.Element, **ids: str | None) -> Connection:
        """Send a request and leave the connection open for `reply()`."""
        connection = await self.connect()
        data = self.written(body, **ids)
        connection.send(PATHS[self.encoding], data, CONTENT_TYPES[self.encoding])
        return connection

    async def post(self, body: nexo.Element, **ids: str | None) -> Reply:
        connection = await self.asks(body, **ids)
        try:
            return await connection.reply()
        finally:
            await connection.close()
