"""A closing door ends within 5 s whatever is open, and lets answers out that are nearly there."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import pytest

from opi_pos.http.asgi import Receive, Scope, Send, respond
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.opi_pos.http.conftest import Connect, EchoApp, HeldApp

    OpenDoor = Callable[..., Awaitable[Door]]


def post(path: bytes) -> bytes:
    return b"POST %s HTTP/1.1\r\nHost: till\r\nContent-Length: 1\r\n\r\na" % path


async def test_an_open_event_stream_ends_at_once(
    open_door: OpenDoor, connect: Connect, held: HeldApp, caplog: pytest.LogCaptureFixture
) -> None:
    door = await open_door(held, grace_s=10)
    peer = await connect(door)
    peer.send(post(b"/stream"))
    await peer.read_until(b"data: 1\n\n")
    began = time.monotonic()
    await door.close()
    assert time.monotonic() - began < 3
    await peer.read_to_end()
    assert held.how == ["cancelled"]
    assert caplog.records == []


async def test_a_held_request_that_is_released_gets_its_answer(
    open_door: OpenDoor, connect: Connect, held: HeldApp
) -> None:
    door = await open_door(held, grace_s=10)
    peer = await connect(door)
    peer.send(post(b"/"))
    await held.arrived.wait()
    closing = asyncio.ensure_future(door.close())  # noqa: TID251
    await asyncio.sleep(0)
    held.release.set()
    began = time.monotonic()
    answer = await peer.read_to_end()
    await closing
    assert time.monotonic() - began < 3
    assert answer.endswith(b"answer")
    assert b"connection: close" in answer


@pytest.mark.parametrize("path", [b"/", b"/deaf"])
async def test_a_held_request_that_is_not_released_is_cancelled_after_the_grace(
    path: bytes,
    open_door: OpenDoor,
    connect: Connect,
    held: HeldApp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    door = await open_door(held, grace_s=0.2)
    peer = await connect(door)
    peer.send(post(path))
    await held.arrived.wait()
    began = time.monotonic()
    await door.close()
    assert 0.15 < time.monotonic() - began < 3
    assert await peer.read_to_end() == b""
    assert held.how == ["cancelled"]
    assert caplog.records == []


async def test_with_everything_open_the_defaults_end_within_five_seconds(
    connect: Connect, held: HeldApp
) -> None:
    door = Door(held, DoorConfig())
    await door.start()
    for path in (b"/stream", b"/", b"/deaf"):
        held.arrived.clear()
        peer = await connect(door)
        peer.send(post(path))
        await held.arrived.wait()
    await connect(door)
    (await connect(door)).send(b"POST / HT")
    began = time.monotonic()
    await door.close()
    assert time.monotonic() - began < 5


async def test_an_app_that_will_not_end_is_left_behind_and_named(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    arrived, release = asyncio.Event(), asyncio.Event()
    tasks: list[asyncio.Task[None] | None] = []

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        tasks.append(asyncio.current_task())
        arrived.set()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    door = Door(stubborn, DoorConfig(limits=Limits(grace_s=0.1)))
    await door.start()
    peer = await connect(door)
    peer.send(post(b"/"))
    await arrived.wait()
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="opi_pos.http"):
        await door.close()
    assert time.monotonic() - began < 5
    assert "1 requests did not end" in caplog.text
    release.set()
    assert tasks[0] is not None
    await tasks[0]


async def test_what_an_app_does_after_its_answer_is_cancelled_after_the_grace(
    open_door: OpenDoor, connect: Connect
) -> None:
    how: list[str] = []

    async def afterwards(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, b"answer")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            how.append("cancelled")
            raise

    door = await open_door(afterwards, grace_s=0.1)
    peer = await connect(door)
    peer.send(post(b"/"))
    await peer.read_until(b"answer")
    await door.close()
    assert how == ["cancelled"]


async def test_no_connection_is_left_when_the_door_is_closed(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    door = await open_door(echo)
    peer = await connect(door)
    peer.send(post(b"/"))
    await peer.read_until(b"\r\n\r\na")
    gate = door._gate
    assert gate is not None
    assert len(gate._connections) == 1
    await door.close()
    assert len(gate._connections) == 0


async def test_idle_and_half_received_connections_end_at_once(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    door = await open_door(echo, grace_s=10)
    idle, silent, half = [await connect(door) for _ in range(3)]
    idle.send(post(b"/"))
    await idle.read_until(b"\r\n\r\na")
    half.send(b"POST / HTTP/1.1\r\n")
    began = time.monotonic()
    await door.close()
    for peer in (idle, silent, half):
        assert await peer.read_to_end() == b""
    assert time.monotonic() - began < 3


async def test_a_closed_door_takes_no_connection_and_its_port_is_free(
    connect: Connect, echo: EchoApp
) -> None:
    door = Door(echo, DoorConfig())
    await door.start()
    port = door.port
    await door.close()
    await door.close()
    with pytest.raises(ConnectionRefusedError):
        await connect(door)
    async with Door(echo, DoorConfig(port=port)) as again:
        peer = await connect(again)
        peer.send(post(b"/again"))
        await peer.read_until(b"\r\n\r\na")
        await peer.gone()
    assert echo.seen == [("/again", b"a")]


async def test_a_peer_that_goes_disconnects_the_held_request(
    open_door: OpenDoor, connect: Connect, held: HeldApp
) -> None:
    door = await open_door(held)
    peer = await connect(door)
    peer.send(post(b"/"))
    await held.arrived.wait()
    await peer.gone()
    async with asyncio.timeout(5):
        await held.ended.wait()
    assert held.how[0] == "disconnected"
