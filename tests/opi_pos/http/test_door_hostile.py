"""Broken and hostile requests get a clean 4xx at once, and the app never sees them.

The table is that of the measurements ("Hostile HTTP"), with the parser's own blind spots added.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from typing import TYPE_CHECKING

import pytest

from opi_pos.http.limits import BODY_LIMIT, HEADER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opi_pos.http.door import Door
    from tests.opi_pos.http.conftest import Connect, EchoApp, HeldApp

HEAD = b"POST /d HTTP/1.1\r\nHost: till\r\n"
BODY = b'{"a":1}'
SIZED = b"Content-Length: 7\r\n\r\n" + BODY
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ENDED = b"\r\n\r\n0\r\n\r\n"

REFUSED = {
    "a length and chunks": (400, HEAD + b"Content-Length: 7\r\n" + CHUNKED + b"0\r\n\r\n"),
    "chunks and a length": (400, HEAD + b"Transfer-Encoding: chunked\r\n" + SIZED),
    "two lengths that differ": (400, HEAD + b"Content-Length: 8\r\n" + SIZED),
    "two lengths that agree": (400, HEAD + b"Content-Length: 7\r\n" + SIZED),
    "a list of lengths": (400, HEAD + b"Content-Length: 7, 7\r\n\r\n" + BODY),
    "an unknown coding": (400, HEAD + b"Transfer-Encoding: xchunked" + ENDED),
    "a coding behind chunked": (400, HEAD + b"Transfer-Encoding: chunked, identity" + ENDED),
    "a coding under chunked": (400, HEAD + b"Transfer-Encoding: gzip, chunked" + ENDED),
    "two codings": (400, HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow" + ENDED),
    "a coding with a control character": (400, HEAD + b"Transfer-Encoding: \x0bchunked" + ENDED),
    "chunks in HTTP/1.0": (400, b"POST /d HTTP/1.0\r\nHost: till\r\n" + CHUNKED + b"0\r\n\r\n"),
    "a space before the colon": (400, HEAD + b"Transfer-Encoding : chunked" + ENDED),
    "a length with a plus": (400, HEAD + b"Content-Length: +7\r\n\r\n" + BODY),
    "a length in hex": (400, HEAD + b"Content-Length: 0x7\r\n\r\n" + BODY),
    "a negative length": (400, HEAD + b"Content-Length: -1\r\n\r\n" + BODY),
    "an empty length": (400, HEAD + b"Content-Length: \r\n\r\n" + BODY),
    "a length with an underscore": (400, HEAD + b"Content-Length: 1_0\r\n\r\n" + BODY),
    "a length beyond 64 bits": (400, HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"),
    "a folded header": (400, HEAD + b"X: a\r\n b\r\n" + SIZED),
    "a folded coding": (400, HEAD + b"Transfer-Encoding:\r\n chunked" + ENDED),
    "bare line feeds": (400, (HEAD + SIZED).replace(b"\r\n", b"\n")),
    "a bare carriage return": (400, HEAD + b"X: a\rb\r\n" + SIZED),
    "a zero byte": (400, HEAD + b"X: a\0b\r\n" + SIZED),
    "a space in a header's name": (400, HEAD + b"X y: a\r\n" + SIZED),
    "a header without a name": (400, HEAD + b": a\r\n" + SIZED),
    "no host": (400, b"POST /d HTTP/1.1\r\n" + SIZED),
    "two hosts": (400, HEAD + b"Host: other\r\n" + SIZED),
    "HTTP/0.9": (400, b"GET /\r\n\r\n"),
    "HTTP/2 in a version": (400, b"GET / HTTP/2.0\r\nHost: till\r\n\r\n"),
    "the preface of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS on a plain door": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "no HTTP at all": (400, b"hello\r\n\r\n"),
    "a tunnel": (405, b"CONNECT a:443 HTTP/1.1\r\nHost: till\r\n\r\n"),
    "a path outside ASCII": (400, b"POST /\xff HTTP/1.1\r\nHost: till\r\n" + SIZED),
    "no path": (400, b"POST d HTTP/1.1\r\nHost: till\r\n" + SIZED),
    "a negative chunk": (400, HEAD + CHUNKED + b"-7\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk in 0x": (400, HEAD + CHUNKED + b"0x7\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk beyond 64 bits": (400, HEAD + CHUNKED + b"10000000000000007\r\n" + BODY),
    "a chunk without its end": (400, HEAD + CHUNKED + b"7\r\n" + BODY + b"0\r\n\r\n"),
    "a chunk with a bare line feed": (400, HEAD + CHUNKED + b"7\n" + BODY + b"\r\n0\r\n\r\n"),
    "a trailer that frames": (400, HEAD + CHUNKED + b"0\r\nContent-Length: 3\r\n\r\n"),
    "200 KiB of header": (431, HEAD + b"X: " + b"a" * 200_000 + b"\r\n\r\n"),
    "a header that never ends": (431, HEAD + b"X: " + b"a" * 200_000),
    "a thousand headers": (431, HEAD + b"X: 123456789012\r\n" * 1100 + SIZED),
    "a URL of 20 kB": (431, b"POST /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: till\r\n" + SIZED),
    "a body of 8 MiB": (413, HEAD + b"Content-Length: 8388608\r\n\r\n" + b"a" * 8_388_608),
    "8 MiB in chunks": (413, HEAD + CHUNKED + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 128),
    "8 MiB of frames": (413, HEAD + CHUNKED + b"1;" + b"a" * 8_388_608),
    "8 MiB announced": (413, HEAD + b"Expect: 100-continue\r\nContent-Length: 8388608\r\n\r\n"),
}


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_at_once_and_the_app_sees_nothing(
    name: str, open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    status, request = REFUSED[name]
    peer = await connect(await open_door(echo))
    began = time.monotonic()
    peer.send(request)
    assert statuses(await peer.read_to_end()) == [status]
    assert time.monotonic() - began < 5
    assert echo.seen == []


async def test_a_peer_that_sends_all_before_it_listens_hears_the_refusal(
    open_door: Callable[..., Awaitable[Door]], echo: EchoApp
) -> None:
    """Closing at once would break off its sending, and the reason would be lost."""
    door = await open_door(echo, linger_s=5)
    loop = asyncio.get_running_loop()
    with socket.socket() as peer:
        peer.setblocking(False)
        await loop.sock_connect(peer, ("127.0.0.1", door.port))
        await loop.sock_sendall(peer, REFUSED["a body of 8 MiB"][1])
        assert statuses(await loop.sock_recv(peer, 65536)) == [413]
        assert await loop.sock_recv(peer, 65536) == b""


ACCEPTED = {
    "a length": (HEAD + SIZED, BODY),
    "chunks": (HEAD + CHUNKED + b"7\r\n" + BODY + b"\r\n0\r\n\r\n", BODY),
    "chunks with extensions": (HEAD + CHUNKED + b"7;a=b\r\n" + BODY + b"\r\n0\r\n\r\n", BODY),
    "no body": (HEAD + b"\r\n", b""),
    "HTTP/1.0 without a host": (b"POST /d HTTP/1.0\r\n" + SIZED, BODY),
    "an absolute URL": (b"POST http://till/d HTTP/1.1\r\nHost: till\r\n" + SIZED, BODY),
    "empty lines first": (b"\r\n\r\n" + HEAD + SIZED, BODY),
    "an offer of HTTP/2, as Java makes it": (
        HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAEAAEAA\r\n" + SIZED,
        BODY,
    ),
    "an offer with chunks": (
        HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + CHUNKED + b"1\r\na\r\n0\r\n\r\n",
        b"a",
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
@pytest.mark.parametrize("step", [1, 1_000_000])
async def test_what_is_unusual_but_right_arrives_whole_in_any_pieces(
    name: str, step: int, open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    request, body = ACCEPTED[name]
    peer = await connect(await open_door(echo))
    for at in range(0, len(request), step):
        peer.send(request[at : at + step])
    answer = await peer.read_until(b"\r\n\r\n")
    assert statuses(answer) == [200]
    assert echo.seen == [("/d", body)]


async def test_an_offer_to_upgrade_leaves_the_connection_usable(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo))
    offer = HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + SIZED
    peer.send(offer + HEAD + b"Connection: close\r\n" + SIZED)
    assert statuses(await peer.read_to_end()) == [200, 200]
    assert echo.seen == [("/d", BODY)] * 2


async def test_a_trailer_does_not_pass_for_a_header(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo))
    trailer = b"0\r\nX-Api-Key: stolen\r\nHost: other\r\n\r\n"
    peer.send(HEAD + CHUNKED + b"7\r\n" + BODY + b"\r\n" + trailer)
    assert statuses(await peer.read_until(BODY)) == [200]
    assert echo.scopes[0]["headers"] == [(b"host", b"till"), (b"transfer-encoding", b"chunked")]


async def test_a_forwarded_address_is_not_believed(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo))
    peer.send(HEAD + b"X-Forwarded-For: 192.0.2.15\r\nX-Forwarded-Proto: https\r\n" + SIZED)
    await peer.read_until(BODY)
    assert echo.scopes[0]["client"][0] == "127.0.0.1"
    assert echo.scopes[0]["scheme"] == "http"


async def test_a_refusal_never_cuts_into_the_answer_before_it(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, held: HeldApp
) -> None:
    peer = await connect(await open_door(held))
    peer.send(HEAD + SIZED + b"garbage\r\n\r\n")
    await held.arrived.wait()
    held.release.set()
    answer = await peer.read_to_end()
    assert statuses(answer) == [200]
    assert answer.endswith(b"answer")
    assert b"connection: close" in answer


async def test_the_door_tells_neither_its_name_nor_its_version(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo))
    peer.send(HEAD + SIZED)
    answer = (await peer.read_until(b"\r\n\r\n")).lower()
    assert b"server:" not in answer
    assert b"date:" not in answer


@pytest.mark.parametrize(("excess", "status"), [(0, 200), (1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_the_body_limit_holds_to_the_byte(
    excess: int,
    status: int,
    chunked: bool,
    open_door: Callable[..., Awaitable[Door]],
    connect: Connect,
    echo: EchoApp,
) -> None:
    body = b"a" * (BODY_LIMIT + excess)
    peer = await connect(await open_door(echo))
    if chunked:
        frame = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        peer.send(HEAD + b"Connection: close\r\n" + CHUNKED + frame)
    else:
        peer.send(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    assert statuses(await peer.read_to_end()) == [status]
    assert len(echo.seen) == (status == 200)


@pytest.mark.parametrize(("excess", "status"), [(0, 200), (1, 431)])
async def test_the_header_limit_holds_to_the_byte(
    excess: int,
    status: int,
    open_door: Callable[..., Awaitable[Door]],
    connect: Connect,
    echo: EchoApp,
) -> None:
    # What counts: the URL, and of each header its name, its value and four bytes around them.
    others = len("/d") + len("host: till\r\n") + len("connection: close\r\n") + len("x: \r\n")
    value = b"a" * (HEADER_LIMIT - others + excess)
    peer = await connect(await open_door(echo))
    peer.send(HEAD + b"Connection: close\r\nX: " + value + b"\r\n\r\n")
    assert statuses(await peer.read_to_end()) == [status]


async def test_a_peer_may_wait_to_be_told_to_send_its_body(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo))
    peer.send(HEAD + b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\n")
    assert await peer.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    peer.send(BODY)
    assert statuses(await peer.read_until(BODY)) == [200]


async def test_requests_sent_ahead_are_answered_in_order(
    open_door: Callable[..., Awaitable[Door]], connect: Connect, echo: EchoApp
) -> None:
    peer = await connect(await open_door(echo))
    for number in range(9):
        peer.send(b"POST /%d HTTP/1.1\r\nHost: till\r\n" % number + SIZED)
    peer.send(b"POST /last HTTP/1.1\r\nHost: till\r\nConnection: close\r\n" + SIZED)
    assert statuses(await peer.read_to_end()) == [200] * 10
    assert [path for path, _ in echo.seen] == [*(f"/{n}" for n in range(9)), "/last"]


@pytest.mark.parametrize(("ahead", "answers"), [(16, 17), (17, 1)])
async def test_no_more_than_so_many_requests_are_held_ahead(
    ahead: int,
    answers: int,
    open_door: Callable[..., Awaitable[Door]],
    connect: Connect,
    echo: EchoApp,
) -> None:
    peer = await connect(await open_door(echo, idle_s=0.2))
    peer.send((HEAD + SIZED) * (1 + ahead))
    assert statuses(await peer.read_to_end()) == [200] * answers
