"""A terminal in raw XML: says what its script says, and asks on channel 1. No code of ours."""

from __future__ import annotations

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

SILENT, HANG_UP = "silent", "hang up"
Reply = str | Callable[[ET.Element], str]


def response(request: ET.Element, result: str = "Success", inside: str = "", **more: str) -> str:
    """The answer to a request, ids echoed."""
    root = request.tag.rpartition("}")[2].replace("Request", "Response")
    told = {
        "RequestType": request.get("RequestType", ""),
        "WorkstationID": request.get("WorkstationID", ""),
        "RequestID": request.get("RequestID", ""),
        "OverallResult": result,
        **more,
    }
    words = " ".join(f'{name}="{value}"' for name, value in told.items())
    return f"<{root} {words}>{inside}</{root}>"


def approved(request: ET.Element, amount: str | None = None) -> str:
    """A payment of what was asked for."""
    return response(request, inside=TENDER.format(amount or amount_of(request)))


TENDER = """<Terminal TerminalID="6800" STAN="000101"/><Tender><TotalAmount Currency="EUR">{}\
</TotalAmount><Authorisation AcquirerID="4" TimeStamp="2026-01-01T10:00:20" ActionCode="0"\
 ApprovalCode="012345" CardCircuit="girocard" CardPAN="672667######3214"/></Tender>"""


def amount_of(request: ET.Element) -> str:
    """The text of TotalAmount."""
    found = next((each for each in request.iter() if each.tag.endswith("TotalAmount")), None)
    return (found.text or "").strip() if found is not None else ""


def repeats(request: ET.Element, result: str = "Success", **changed: str) -> Reply:
    """A RepeatLastMessage that repeats the answer to `request`."""
    told = {
        "RequestType": request.get("RequestType", ""),
        "WorkstationID": request.get("WorkstationID", ""),
        "RequestID": request.get("RequestID", ""),
        "OverallResult": result,
        **changed,
    }
    words = " ".join(f'{name}="{value}"' for name, value in told.items())
    body = TENDER.format(amount_of(request)) if result == "Success" else ""
    return lambda asked: response(asked, inside=f"{body}<OriginalHeader {words}/>")


class Terminal:
    """`script` answers requests by their type, each reply once and the last again and again."""

    def __init__(self, **script: Reply | Sequence[Reply]) -> None:
        self.requests: list[ET.Element] = []
        self.port = 0
        self._script = {
            kind: [replies] if isinstance(replies, str) or callable(replies) else list(replies)
            for kind, replies in script.items()
        }
        self._came = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    def of(self, kind: str) -> list[ET.Element]:
        """The requests of one type, in order."""
        return [each for each in self.requests if each.get("RequestType") == kind]

    async def until(self, kind: str, times: int = 1) -> ET.Element:
        """Until that many requests of a type have come; the last of them."""
        async with asyncio.timeout(20):
            while len(self.of(kind)) < times:
                await self._came.wait()
                self._came.clear()
        return self.of(kind)[times - 1]

    def says(self, kind: str, *replies: Reply) -> None:
        """Change the script."""
        self._script[kind] = list(replies)

    def hang_up(self) -> None:
        """Break every connection."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Terminal]:
        """Listen on channel 0."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._server.close()
            self.hang_up()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        data = await read_frame(reader)
        request = ET.fromstring(data)
        reply = self._next(request)
        self.requests.append(request)
        self._came.set()
        if reply is SILENT:
            return
        if reply is not HANG_UP:
            text = reply if isinstance(reply, str) else reply(request)
            writer.write(frame(text))
        writer.close()

    def _next(self, request: ET.Element) -> Reply:
        replies = self._script.get(request.get("RequestType", ""))
        if replies is None:
            return lambda asked: response(asked, inside='<Terminal TerminalID="6800"/>')
        return replies.pop(0) if len(replies) > 1 else replies[0]


def frame(text: str, charset: str = "utf-8") -> bytes:
    """The message behind its length."""
    data = text.encode(charset)
    return len(data).to_bytes(4, "big") + data


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """One message."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    return await reader.readexactly(length)


async def ask(port: int, text: str) -> ET.Element:
    """One DeviceRequest on channel 1, to its answer."""
    async with connected(port) as (reader, writer):
        writer.write(frame(text))
        return ET.fromstring(await read_frame(reader))


@asynccontextmanager
async def connected(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the till, wholly closed afterwards."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def device_request(kind: str, inside: str, **more: str) -> str:
    """A request of the terminal's own."""
    told = {"RequestType": kind, "WorkstationID": "till-1", "RequestID": "8.1", **more}
    words = " ".join(f'{name}="{value}"' for name, value in told.items())
    return f"<DeviceRequest {words}>{inside}</DeviceRequest>"


def local(element: ET.Element, path: str) -> Any:
    """An attribute or text by local names: `Output@OutResult`, `InBoolean`."""
    name, _, attribute = path.partition("@")
    for each in element.iter():
        if re.sub(r"\{.*\}", "", each.tag) == name:
            return each.get(attribute) if attribute else (each.text or "").strip()
    return None
