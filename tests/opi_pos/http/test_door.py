"""Opening a door: addresses, peers, failures of the app, logs."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from opi_pos.http.asgi import Receive, Scope, Send
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.limits import PEER_CONNECTIONS
from opi_pos.model.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.opi_pos.http.conftest import Connect, EchoApp

    OpenDoor = Callable[..., Awaitable[Door]]

REQUEST = b"POST /d HTTP/1.1\r\nHost: till\r\nContent-Length: 7\r\n\r\n1234567"


async def test_port_and_url_are_known_once_open(echo: EchoApp) -> None:
    async with Door(echo, DoorConfig()) as door:
        assert door.port > 0
        assert door.url == f"http://127.0.0.1:{door.port}"


@pytest.mark.parametrize(
    ("host", "seen"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]")]
)
async def test_the_url_of_any_address_is_one_that_can_be_reached(
    host: str, seen: str, echo: EchoApp
) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    async with Door(echo, DoorConfig(host=host)) as door:
        assert door.url == f"http://{seen}:{door.port}"


async def test_a_taken_port_is_named_in_one_sentence(echo: EchoApp) -> None:
    async with Door(echo, DoorConfig()) as door:
        again = Door(echo, DoorConfig(port=door.port))
        with pytest.raises(ConfigurationError) as caught:
            await again.start()
        assert str(caught.value).startswith(f"listen: cannot listen on 127.0.0.1:{door.port}: ")
        assert "\n" not in str(caught.value)
        await again.close()


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70_000)]
)
async def test_an_address_that_cannot_be_is_named(host: str, port: int, echo: EchoApp) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot listen on {host}:{port}: "):
        await Door(echo, DoorConfig(host=host, port=port)).start()


async def test_opening_and_closing_takes_milliseconds(echo: EchoApp) -> None:
    async with Door(echo, DoorConfig()):
        pass
    began = time.process_time()
    for _ in range(20):
        async with Door(echo, DoorConfig()):
            pass
    assert (time.process_time() - began) / 20 < 0.02


async def test_the_signal_handlers_of_the_program_stay(echo: EchoApp) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with Door(echo, DoorConfig()):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_only_listed_peers_are_let_in(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    shut = await open_door(echo, DoorConfig(peers=("192.0.2.0/24", "2001:db8::1")))
    peer = await connect(shut)
    assert (await peer.read_to_end()).startswith(b"HTTP/1.1 403 ")
    listed = await open_door(echo, DoorConfig(peers=("192.0.2.15", "127.0.0.0/8")))
    peer = await connect(listed)
    peer.send(REQUEST)
    assert (await peer.read_until(b"1234567")).startswith(b"HTTP/1.1 200 ")


def test_a_peer_that_is_no_address_is_refused_when_configured(echo: EchoApp) -> None:
    with pytest.raises(ConfigurationError, match=r"peers: 'terminal\.local' is no address"):
        Door(echo, DoorConfig(peers=("terminal.local",)))


async def test_the_128th_connection_of_a_peer_is_served_and_the_129th_turned_away(
    open_door: OpenDoor, connect: Connect, echo: EchoApp
) -> None:
    assert PEER_CONNECTIONS == 128
    door = await open_door(echo)
    peers = [await connect(door) for _ in range(PEER_CONNECTIONS)]
    peers[-1].send(REQUEST)
    assert (await peers[-1].read_until(b"1234567")).startswith(b"HTTP/1.1 200 ")
    one_more = await connect(door)
    assert (await one_more.read_to_end()).startswith(b"HTTP/1.1 503 ")
    await peers[0].gone()
    await _until_served(door, connect)


async def _until_served(door: Door, connect: Connect) -> None:
    async with asyncio.timeout(5):
        while True:
            peer = await connect(door)
            try:
                peer.send(REQUEST)
                if b" 200 " in await peer.read_until(b"\r\n"):
                    return
            except (ConnectionResetError, asyncio.IncompleteReadError):
                continue
            finally:
                await peer.gone()


async def test_a_failing_app_gives_500_and_a_log_entry_without_the_path(
    open_door: OpenDoor, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("broken")

    peer = await connect(await open_door(fail))
    with caplog.at_level(logging.ERROR, logger="opi_pos.http"):
        peer.send(REQUEST.replace(b"/d", b"/secret-token"))
        answer = await peer.read_to_end()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"broken" not in answer
    assert "a request failed in the application" in caplog.text
    assert "secret-token" not in caplog.text


async def test_an_app_that_does_not_answer_gives_500(
    open_door: OpenDoor, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    peer = await connect(await open_door(silent))
    peer.send(REQUEST)
    assert (await peer.read_to_end()).startswith(b"HTTP/1.1 500 ")
    assert "without a complete answer" in caplog.text


async def test_an_app_that_fails_in_its_answer_breaks_the_connection(
    open_door: OpenDoor, connect: Connect
) -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        fields = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": b"12345", "more_body": True})
        raise ValueError("broken")

    peer = await connect(await open_door(half))
    peer.send(REQUEST)
    assert (await peer.read_to_end()).endswith(b"\r\n\r\n12345")


async def test_what_peers_do_wrong_makes_no_noise_by_default(
    open_door: OpenDoor, connect: Connect, echo: EchoApp, caplog: pytest.LogCaptureFixture
) -> None:
    peer = await connect(await open_door(echo))
    peer.send(b"garbage\r\n\r\n")
    await peer.read_to_end()
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_it_serves_under_uvloop_too(echo: EchoApp) -> None:
    uvloop = pytest.importorskip("uvloop")
    answers: list[bytes] = []

    async def main() -> None:
        async with Door(echo, DoorConfig()) as door:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(REQUEST)
            answers.append(await reader.readuntil(b"1234567"))
            writer.write(b"garbage\r\n\r\n")
            answers.append(await reader.read())
            writer.close()

    await asyncio.to_thread(uvloop.run, main())
    assert answers[0].startswith(b"HTTP/1.1 200 ")
    assert answers[1].startswith(b"HTTP/1.1 400 ")
