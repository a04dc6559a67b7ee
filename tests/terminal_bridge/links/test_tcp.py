"""A byte stream over real TCP sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from opi_pos.model.errors import LinkError
from terminal_bridge.links.byte_link import DELAYS_S, MAX_UNSENT, Backoff
from terminal_bridge.links.tcp import TcpLink

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(peer: Peer) -> AsyncIterator[int]:
    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


async def test_bytes_go_there_and_back() -> None:
    async with serving(echo) as port:
        link = TcpLink("127.0.0.1", port)
        await link.connect()
        link.write(b"\x06\x00")
        assert await link.read() == b"\x06\x00"
        await link.close()


async def test_the_end_of_the_connection_is_read_as_nothing() -> None:
    async def leaves(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")

    async with serving(leaves) as port:
        link = TcpLink("127.0.0.1", port)
        await link.connect()
        assert await link.read() == b"bye"
        assert await link.read() == b""
        await link.close()


async def test_a_refused_connection_says_that_nothing_was_written_and_where() -> None:
    async with serving(echo) as port:
        pass
    link = TcpLink("127.0.0.1", port)
    with pytest.raises(LinkError, match=f"127.0.0.1:{port}") as caught:
        await link.connect()
    assert not caught.value.written


async def test_a_connection_that_nobody_accepts_is_given_up() -> None:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    port = listening.getsockname()[1]
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:  # the queue of the system is full, nothing answers
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
    link = TcpLink("127.0.0.1", port, connect_s=0.05)
    try:
        with pytest.raises(LinkError, match="no connection in time"):
            await link.connect()
    finally:
        for one in (*waiting, listening):
            one.close()


async def test_nothing_is_read_or_written_without_a_connection() -> None:
    link = TcpLink("127.0.0.1", 1)
    with pytest.raises(LinkError) as caught:
        link.write(b"x")
    assert not caught.value.written
    with pytest.raises(LinkError):
        await link.read()


async def test_a_second_connect_ends_the_first_connection() -> None:
    ended = asyncio.Event()
    met = 0

    async def counts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal met
        met += 1
        await reader.read()
        ended.set()
        del writer

    async with serving(counts) as port:
        link = TcpLink("127.0.0.1", port)
        await link.connect()
        await link.connect()
        await ended.wait()
        assert met == 2
        await link.close()


async def test_a_reset_is_an_error_that_says_that_bytes_may_have_left() -> None:
    async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with serving(resets) as port:
        link = TcpLink("127.0.0.1", port)
        await link.connect()
        link.write(b"x")
        with pytest.raises(LinkError) as caught:
            await link.read()
        assert caught.value.written
        await link.close()


async def test_the_system_watches_an_idle_connection() -> None:
    async with serving(echo) as port:
        link = TcpLink("127.0.0.1", port)
        await link.connect()
        assert link._writer is not None
        connection = link._writer.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await link.close()


async def test_a_terminal_that_does_not_read_is_cut_off() -> None:
    async def deaf(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.readexactly(1 << 30)

    async with serving(deaf) as port:
        link = TcpLink("127.0.0.1", port)
        await link.connect()
        with pytest.raises(LinkError):
            pour(link)
        await link.close()


def pour(link: TcpLink) -> None:
    for _ in range(10_000):
        link.write(b"x" * MAX_UNSENT)


def test_the_wait_grows_with_the_failures_and_ends_with_a_success() -> None:
    backoff = Backoff()
    assert backoff.wait_s(100.0) == 0.0
    waits = []
    for _ in range(len(DELAYS_S) + 2):
        backoff.failed(100.0)
        waits.append(backoff.wait_s(100.0))
    assert waits == pytest.approx([*DELAYS_S[1:], DELAYS_S[-1], DELAYS_S[-1], DELAYS_S[-1]])
    assert backoff.wait_s(100.0 + DELAYS_S[-1]) == 0.0
    backoff.succeeded()
    assert backoff.wait_s(100.0) == 0.0


async def test_after_a_failure_the_next_try_waits_a_little() -> None:
    async with serving(echo) as port:
        pass
    link = TcpLink("127.0.0.1", port)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for _ in range(2):
        with pytest.raises(LinkError):
            await link.connect()
    assert loop.time() - begun >= DELAYS_S[1]
