"""How long a connection may stay as it is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from opi_pos.http.asgi import Receive, Scope, Send, respond

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opi_pos.http.door import Door
    from tests.opi_pos.http.conftest import Connect, EchoApp, HeldApp

    OpenDoor = Callable[..., Awaitable[Door]]

HEAD = b"POST /d HTTP/1.1\r\nHost: till\r\n"
SIZED = b"Content-Length: 7\r\n\r\n1234567"


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"P", id="first byte"),
        pytest.param(HEAD, id="headers"),
        pytest.param(HEAD + b"Content-Length: 7\r\n\r\n", id="no body"),
        pytest.param(HEAD + b"Content-Length: 7\r\n\r\n123456", id="all but a byte of the body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n7\r\n123", id="half a chunk"),
    ],
)
async def test_a_request_that_is_not_whole_in_time_is_refused(
    start: bytes, open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo, receive_s=0.2))
    began = time.monotonic()
    peer.send(start)
    assert (await peer.read_to_end()).startswith(b"HTTP/1.1 408 ")
    assert 0.15 < time.monotonic() - began < 3
    assert echo.seen == []


@pytest.mark.parametrize("start", [b"", HEAD + b"Content-Length: 1000\r\n\r\n"])
async def test_a_dribble_does_not_move_the_deadline(
    start: bytes, open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo, receive_s=0.2))
    began = time.monotonic()
    peer.send(start or b"POST / HTTP/1.1\r\nX: ")

    async def dribble() -> None:
        while True:
            peer.send(b"a")
            await asyncio.sleep(0.02)  # the peer's pace is the input here, not a wait

    dribbling = asyncio.ensure_future(dribble())  # noqa: TID251
    assert (await peer.read_to_end()).startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 3
    dribbling.cancel()


async def test_a_connection_that_says_nothing_is_closed_without_a_word(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo, receive_s=0.2))
    assert await peer.read_to_end() == b""


async def test_empty_lines_do_not_keep_an_idle_connection(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo, receive_s=0.2))
    peer.send(b"\r\n" * 100)
    assert await peer.read_to_end() == b""


async def test_a_connection_kept_alive_is_closed_after_the_idle_time(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo, receive_s=5, idle_s=0.2))
    began = time.monotonic()
    peer.send(HEAD + SIZED)
    answer = await peer.read_to_end()
    assert answer.endswith(b"1234567")
    assert 0.15 < time.monotonic() - began < 3


async def test_the_second_request_of_a_connection_has_the_deadline_too(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo, receive_s=0.2, idle_s=30))
    peer.send(HEAD + SIZED)
    await peer.read_until(b"1234567")
    peer.send(HEAD)
    assert (await peer.read_to_end()).startswith(b"HTTP/1.1 408 ")


async def test_a_held_request_outlives_every_deadline(
    open_door: OpenDoor, connect: Connect, held: HeldApp
) -> None:
    door = await open_door(held, receive_s=0.1, idle_s=0.1, stall_s=0.1)
    asking = await connect(door)
    asking.send(HEAD + SIZED)
    await held.arrived.wait()
    for _ in range(3):  # each lives through a whole deadline
        await (await connect(door)).read_to_end()
    held.release.set()
    assert (await asking.read_until(b"answer")).startswith(b"HTTP/1.1 200 ")


async def test_a_request_sent_ahead_of_a_held_one_has_its_deadline_from_its_turn(
    open_door: OpenDoor, connect: Connect, held: HeldApp
) -> None:
    door = await open_door(held, receive_s=0.2, linger_s=0.1)
    asking = await connect(door)
    asking.send(HEAD + SIZED + HEAD + b"Content-Length: 7\r\n\r\n")
    await held.arrived.wait()
    await (await connect(door)).read_to_end()  # lives through a whole deadline
    held.release.set()
    answer = await asking.read_to_end()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answer


@dataclass
class FloodApp:
    """Sends without end until it hears that the peer has gone."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        part = {"type": "http.response.body", "body": b"a" * 65536, "more_body": True}
        flooding = asyncio.ensure_future(_repeat(send, part))  # noqa: TID251
        self.begun.set()
        assert (await receive())["type"] == "http.disconnect"
        flooding.cancel()
        self.ended.set()


async def test_a_peer_that_takes_nothing_is_cut_off(open_door: OpenDoor, connect: Connect) -> None:
    flood = FloodApp()
    peer = await connect(await open_door(flood, stall_s=0.2))
    peer.stop_reading()
    peer.send(b"GET / HTTP/1.1\r\nHost: till\r\n\r\n")
    async with asyncio.timeout(5):
        await flood.ended.wait()


async def test_a_peer_that_goes_is_heard_of_behind_a_request_sent_ahead(
    open_door: OpenDoor, connect: Connect
) -> None:
    flood = FloodApp()
    peer = await connect(await open_door(flood, stall_s=60))
    peer.send(b"GET / HTTP/1.1\r\nHost: till\r\n\r\n" * 2)
    async with asyncio.timeout(5):
        await flood.begun.wait()
        await peer.gone()
        await flood.ended.wait()


async def _repeat(send: Send, part: dict[str, object]) -> None:
    while True:
        await send(part)
        await asyncio.sleep(0)


async def test_a_peer_that_takes_its_last_answer_slowly_gets_it_whole(
    open_door: OpenDoor, connect: Connect
) -> None:
    whole = b"a" * 8_000_000

    async def big(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, whole)

    peer = await connect(await open_door(big, stall_s=5))
    peer.send(b"GET / HTTP/1.1\r\nHost: till\r\nConnection: close\r\n\r\n")
    assert (await peer.read_to_end()).endswith(whole)


async def test_a_peer_that_never_takes_its_last_answer_is_cut_off(
    open_door: OpenDoor, connect: Connect
) -> None:
    async def big(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, b"a" * 50_000_000)

    door = await open_door(big, stall_s=0.2, peer_connections=1)
    peer = await connect(door)
    peer.stop_reading()
    peer.send(b"GET / HTTP/1.1\r\nHost: till\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(5):
        while b" 200 " not in await _status_line(door, connect):  # its place is the only one
            pass


async def _status_line(door: Door, connect: Connect) -> bytes:
    peer = await connect(door)
    peer.send(b"GET / HTTP/1.1\r\nHost: till\r\n\r\n")
    try:
        return await peer.read_until(b"\r\n")
    except (ConnectionResetError, asyncio.IncompleteReadError):
        return b""
    finally:
        await peer.gone()


async def test_half_open_connections_cost_an_honest_peer_nothing(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    door = await open_door(echo)
    honest = await connect(door)

    async def cost_of_requests() -> float:
        began = time.process_time()
        for _ in range(100):
            honest.send(HEAD + SIZED)
            await honest.read_until(b"1234567")
        return time.process_time() - began

    alone = min([await cost_of_requests() for _ in range(5)])
    for number in range(120):
        half_open = await connect(door)
        half_open.send(HEAD + (b"Content-Length: 9\r\n\r\n1" if number % 2 else b""))
    beside = min([await cost_of_requests() for _ in range(5)])
    assert beside < 2 * alone
