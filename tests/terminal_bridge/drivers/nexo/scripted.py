"""A terminal that plays a script: over HTTP, over framed TCP, or in memory.

A script is one coroutine function per message: it gets the bytes and gives the body of the answer
(or an `Http` with status and body, or None for 204), and may wait for events of the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import DeviceAsked, News
from opi_pos.model.orders import Command
from opi_pos.ports import Driver
from terminal_bridge.links.framed_tcp import frame
from terminal_bridge.links.link import Reply


@dataclass(frozen=True, slots=True)
class Http:
    """An answer that is not plain 200."""

    status: int
    body: bytes = b""


Play = Callable[[bytes], Awaitable[bytes | Http | None]]


@dataclass(frozen=True, slots=True)
class Post:
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


async def in_memory(play: Play, data: bytes) -> Reply:
    """The script as the far end of a `MemoryLink`."""
    said = await play(data)
    if said is None:
        return Reply(status=204)
    if isinstance(said, Http):
        return Reply(status=said.status, body=said.body)
    return Reply(status=200, body=said)


@asynccontextmanager
async def http_terminal(
    play: Play, *, posts: list[Post] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve the script; gives the port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            post = await _read_post(reader)
            if posts is not None:
                posts.append(post)
            said = await play(post.body)
            answer = said if isinstance(said, Http) else Http(200 if said else 204, said or b"")
            head = f"HTTP/1.1 {answer.status} X\r\nConnection: close\r\n"
            if answer.status != 204:
                head += f"Content-Length: {len(answer.body)}\r\n"
            writer.write(head.encode() + b"\r\n" + answer.body)
            await writer.drain()
        writer.close()

    async with _serving(connected, tls) as port:
        yield port


async def _read_post(reader: asyncio.StreamReader) -> Post:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers["content-length"]))
    return Post(line=head[0], headers=headers, body=body)


class Socket:
    """The terminal's end of a framed connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def read(self) -> bytes:
        """The next message of the till's."""
        length = int.from_bytes(await self._reader.readexactly(4), "big")
        return await self._reader.readexactly(length)

    def write(self, data: bytes) -> None:
        """A message to the till."""
        self.writer.write(frame(data))


@asynccontextmanager
async def framed_terminal(
    script: Callable[[Socket], Awaitable[None]], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Play `script` on every connection; gives the port. What it asserts fails the test."""
    failures: list[BaseException] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(Socket(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as error:  # noqa: BLE001 - told at the end of the test
            failures.append(error)
        writer.close()

    async with _serving(connected, tls) as port:
        yield port
    assert failures == []


@asynccontextmanager
async def silent_terminal(gone: asyncio.Event) -> AsyncIterator[int]:
    """Takes one HTTP request and never answers; sets `gone` when the till hangs up."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read_post(reader)
        assert await reader.read() == b""
        gone.set()

    async with _serving(connected, None) as port:
        yield port


@asynccontextmanager
async def _serving(
    connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
    tls: ssl.SSLContext | None,
) -> AsyncIterator[int]:
    """Serve until the block ends; then whatever a script still waits for ends, too."""
    async with Tasks() as tasks:
        writers: list[asyncio.StreamWriter] = []

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            tasks.spawn(connected(reader, writer), name="scripted terminal")

        server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for writer in writers:
                writer.close()
            for writer in writers:
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


class Wishing:
    """Wishes of the test."""

    def __init__(self) -> None:
        self._wishes: asyncio.Queue[ServiceID] = asyncio.Queue()

    def wish(self, service_id: str) -> None:
        """Wish an abort that carries this id."""
        self._wishes.put_nowait(ServiceID(service_id))

    async def abort_wished(self) -> ServiceID:
        """See `Wishes`."""
        return await self._wishes.get()


async def told(driver: Driver, command: Command, wishes: Wishing | None = None) -> list[News]:
    """Everything that the driver tells of one command."""
    news: list[News] = []
    talk = driver.carry_out(command, wishes or Wishing())
    answer: DeviceAnswer | None = None
    try:
        while True:
            said = await talk.asend(answer)
            assert not isinstance(said, DeviceAsked)
            news.append(said)
    except StopAsyncIteration:
        return news
    finally:
        await talk.aclose()
