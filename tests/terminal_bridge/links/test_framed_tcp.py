"""Messages behind their length on one TCP connection, both ways, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.wire.limits import MAX_BYTES
from terminal_bridge.links.framed_tcp import HELD_AT_MOST, FramedTcpLink, frame
from terminal_bridge.links.link import Envelope, Kind, Receive, Reply

KINDS = {b"?": Kind.REQUEST, b"!": Kind.NOTICE, b"=": Kind.RESPONSE}


def sort(data: bytes) -> Envelope:
    """`?7 text` asks, `=7 text` answers it, `!7 text` wants nothing."""
    kind = KINDS.get(data[:1])
    if kind is None:
        raise ProtocolError("", "no message")
    return Envelope(kind=kind, key=data[1:2])


class Peer:
    """The terminal's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def read(self) -> bytes:
        length = int.from_bytes(await self._reader.readexactly(4), "big")
        return await self._reader.readexactly(length)

    def write(self, data: bytes) -> None:
        self.writer.write(frame(data))


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def terminal(script: Script) -> AsyncIterator[int]:
    """A server that plays `script` on every connection; gives its port."""
    failures: list[BaseException] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(Peer(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except BaseException as error:  # noqa: BLE001 - told at the end of the test
            failures.append(error)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()
    assert failures == []


@asynccontextmanager
async def linked(script: Script, receive: Receive | None = None) -> AsyncIterator[FramedTcpLink]:
    async with terminal(script) as port:
        link = FramedTcpLink("127.0.0.1", port, sort=sort, receive=receive)
        try:
            yield link
        finally:
            await link.close()


async def ask(link: FramedTcpLink, data: bytes, left: asyncio.Event | None = None) -> bytes:
    left = left or asyncio.Event()
    reply = await link.exchange(data, on_written=left.set)
    assert left.is_set()
    return reply.body


async def problem(link: FramedTcpLink, data: bytes, left: asyncio.Event | None = None) -> LinkError:
    with pytest.raises(LinkError) as caught:
        await ask(link, data, left)
    return caught.value


async def test_a_message_is_answered_behind_its_length() -> None:
    async def script(peer: Peer) -> None:
        assert await peer.read() == b"?1 pay"
        peer.write(b"=1 paid")
        await peer.read()

    async with linked(script) as link:
        assert await ask(link, b"?1 pay") == b"=1 paid"


async def test_answers_find_their_own_requests_in_any_order() -> None:
    async def script(peer: Peer) -> None:
        first, second = await peer.read(), await peer.read()
        for data in (second, first):
            peer.write(b"=" + data[1:2] + b" done")
        await peer.read()

    async with linked(script) as link, asyncio.TaskGroup() as group:
        one = group.create_task(ask(link, b"?1 pay"))
        two = group.create_task(ask(link, b"?2 status"))
        await asyncio.wait((one, two))
        assert (one.result(), two.result()) == (b"=1 done", b"=2 done")


async def test_a_notice_waits_for_nothing() -> None:
    async def script(peer: Peer) -> None:
        assert await peer.read() == b"!1 stop"
        await peer.read()

    async with linked(script) as link:
        reply = await link.exchange(b"!1 stop", on_written=lambda: None)
        assert reply.status == 204


async def test_an_answer_to_nothing_is_dropped_and_the_right_one_is_taken() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        for data in (b"=9 old", b"gibberish", b"", b"=1 paid", b"=1 doubled"):
            peer.write(data)
        assert await peer.read() == b"?2 status"
        peer.write(b"=2 known")
        await peer.read()

    async with linked(script) as link:
        assert await ask(link, b"?1 pay") == b"=1 paid"
        assert await ask(link, b"?2 status") == b"=2 known"


async def test_a_message_in_small_pieces_is_one_message() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        for byte in frame(b"=1 paid"):
            peer.writer.write(bytes((byte,)))
            await peer.writer.drain()
        await peer.read()

    async with linked(script) as link:
        assert await ask(link, b"?1 pay") == b"=1 paid"


async def test_the_terminals_own_request_is_answered_while_ours_is_open() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        peer.write(b"?7 signature right")
        assert await peer.read() == b"=7 yes"
        peer.write(b"!8 welcome")
        peer.write(b"=1 paid")
        await peer.read()

    taken: list[bytes] = []

    async def receive(data: bytes) -> Reply:
        taken.append(data)
        return Reply(status=200, body=b"=7 yes") if data[:1] == b"?" else Reply(status=204)

    async with linked(script, receive) as link:
        assert await ask(link, b"?1 pay") == b"=1 paid"
    assert taken == [b"?7 signature right", b"!8 welcome"]


async def test_a_held_question_does_not_hold_what_comes_after_it() -> None:
    answered = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.read()
        peer.write(b"?7 signature right")
        peer.write(b"!8 display")
        assert await peer.read() == b"=7 yes"
        peer.write(b"=1 paid")
        await peer.read()

    async def receive(data: bytes) -> Reply:
        if data[:1] == b"!":
            answered.set()
            return Reply(status=204)
        await answered.wait()
        return Reply(status=200, body=b"=7 yes")

    async with linked(script, receive) as link:
        assert await ask(link, b"?1 pay") == b"=1 paid"


async def test_no_more_requests_are_held_than_the_limit() -> None:
    gone = asyncio.Event()
    taken: list[bytes] = []

    async def script(peer: Peer) -> None:
        await peer.read()
        for _ in range(HELD_AT_MOST + 1):
            peer.write(b"?7 question")
        peer.write(b"=1 paid")
        await peer.read()

    async def receive(data: bytes) -> Reply:
        taken.append(data)
        await gone.wait()
        return Reply(status=204)

    async with linked(script, receive) as link:
        await ask(link, b"?1 pay")
        await asyncio.sleep(0)
        assert len(taken) == HELD_AT_MOST
        gone.set()


async def test_a_lost_connection_ends_every_exchange_as_written() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        await peer.read()

    async with linked(script) as link, asyncio.TaskGroup() as group:
        one = group.create_task(problem(link, b"?1 pay"))
        two = group.create_task(problem(link, b"?2 status"))
        assert [(await task).written for task in (one, two)] == [True, True]


async def test_after_a_loss_the_next_exchange_connects_again() -> None:
    connections: list[Peer] = []

    async def script(peer: Peer) -> None:
        connections.append(peer)
        await peer.read()
        if len(connections) > 1:
            peer.write(b"=2 known")
            await peer.read()

    async with linked(script) as link:
        assert (await problem(link, b"?1 pay")).written is True
        assert await ask(link, b"?2 status") == b"=2 known"
    assert len(connections) == 2


async def test_without_a_listener_no_byte_leaves() -> None:
    async with terminal(lambda _: asyncio.sleep(0)) as port:
        pass
    link = FramedTcpLink("127.0.0.1", port, sort=sort)
    error = await _unsent(link, b"?1 pay")
    assert f"127.0.0.1:{port}" in str(error)
    await link.close()


async def test_a_second_message_with_ids_that_are_open_is_not_sent() -> None:
    async def script(peer: Peer) -> None:
        assert await peer.read() == b"?1 pay"
        assert await peer.read() == b"!9 go on"
        peer.write(b"=1 paid")
        await peer.read()

    async with linked(script) as link, asyncio.TaskGroup() as group:
        left = asyncio.Event()
        first = group.create_task(ask(link, b"?1 pay", left))
        await left.wait()
        await _unsent(link, b"?1 pay again")
        await link.exchange(b"!9 go on", on_written=lambda: None)
        assert await first == b"=1 paid"


@pytest.mark.parametrize("beyond", [0, 1])
async def test_a_message_has_a_largest_size(beyond: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        peer.write(b"=1 ".ljust(MAX_BYTES + beyond, b"x"))
        await peer.read()

    async with linked(script) as link:
        if beyond:
            assert "too long" in str(await problem(link, b"?1 pay"))
        else:
            assert len(await ask(link, b"?1 pay")) == MAX_BYTES


async def test_the_system_watches_whether_the_other_end_is_there() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        peer.write(b"=1 paid")
        await peer.read()

    async with linked(script) as link:
        await ask(link, b"?1 pay")
        assert link._connection is not None
        watched = link._connection._writer.get_extra_info("socket")
        assert watched.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0


async def test_closing_ends_what_is_open_and_refuses_what_comes() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        await peer.read()

    async with linked(script) as link, asyncio.TaskGroup() as group:
        left = asyncio.Event()
        waiting = group.create_task(problem(link, b"?1 pay", left))
        await left.wait()
        await link.close()
        assert (await waiting).written is True
        await _unsent(link, b"?2 status")


async def test_giving_an_exchange_up_leaves_the_others_alone() -> None:
    async def script(peer: Peer) -> None:
        await peer.read()
        await peer.read()
        peer.write(b"=1 late")
        peer.write(b"=2 known")
        await peer.read()

    async with linked(script) as link:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask(link, b"?1 pay")
        assert await ask(link, b"?2 status") == b"=2 known"


async def _unsent(link: FramedTcpLink, data: bytes) -> LinkError:
    written: list[bool] = []
    with pytest.raises(LinkError) as caught:
        await link.exchange(data, on_written=lambda: written.append(True))
    assert (caught.value.written, written) == (False, [])
    return caught.value
