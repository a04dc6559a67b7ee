"""What a real socket does not do on demand: bytes of an answer that do not leave."""

from __future__ import annotations

import asyncio
from typing import Any

from typing_extensions import override

from opi_pos.aio.virtual import run
from opi_pos.http.asgi import ASGIApp, Receive, Scope, Send, respond
from opi_pos.http.gate import Gate
from opi_pos.http.limits import Limits
from opi_pos.http.peers import Peers
from opi_pos.http.protocol import DoorProtocol


class StuckTransport(asyncio.Transport):
    """Takes what is written and never gets rid of it; closes only by force."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False
        self.aborted_at: float | None = None
        self.reading = True

    @override
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.15", 40000) if name == "peername" else default

    @override
    def write(self, data: Any) -> None:
        self.written += data

    @override
    def pause_reading(self) -> None:
        self.reading = False

    @override
    def resume_reading(self) -> None:
        self.reading = True

    @override
    def get_write_buffer_size(self) -> int:
        return len(self.written)

    @override
    def close(self) -> None:
        self.closing = True

    @override
    def is_closing(self) -> bool:
        return self.closing

    @override
    def abort(self) -> None:
        self.aborted_at = asyncio.get_running_loop().time()


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await respond(send, 200, b"answer")


def _connect(transport: StuckTransport, limits: Limits, app: ASGIApp = _answer) -> DoorProtocol:
    loop = asyncio.get_running_loop()
    protocol = Gate(app, peers=Peers([], limit=1), limits=limits, loop=loop).connect()
    protocol.connection_made(transport)
    return protocol


def test_a_last_answer_that_does_not_leave_holds_the_connection_for_a_bounded_time() -> None:
    transport = StuckTransport()

    async def main() -> None:
        protocol = _connect(transport, Limits(stall_s=30))
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: till\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(100)

    run(main())
    assert transport.written.endswith(b"answer")
    assert transport.aborted_at is not None
    assert 29 < transport.aborted_at <= 30


async def _stream(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await asyncio.Event().wait()


def test_a_stream_that_stalled_for_a_while_and_went_on_is_not_cut_off() -> None:
    transport = StuckTransport()

    async def main() -> None:
        protocol = _connect(transport, Limits(stall_s=30), _stream)
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: till\r\n\r\n")
        await asyncio.sleep(10)
        protocol.pause_writing()
        await asyncio.sleep(29)
        protocol.resume_writing()
        await asyncio.sleep(1000)

    run(main())
    assert not transport.closing
    assert transport.aborted_at is None


def test_an_answer_that_stalled_and_left_leaves_an_idle_connection() -> None:
    transport = StuckTransport()

    async def main() -> None:
        protocol = _connect(transport, Limits(idle_s=40))
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: till\r\n\r\n")
        await asyncio.sleep(1)
        protocol.pause_writing()
        protocol.resume_writing()
        await asyncio.sleep(35)
        assert not transport.closing
        await asyncio.sleep(5)

    run(main())
    assert transport.closing


def test_nothing_is_read_behind_a_request_sent_ahead_until_its_turn() -> None:
    transport = StuckTransport()
    release = asyncio.Event()
    reading: list[bool] = []

    async def hold(scope: Scope, receive: Receive, send: Send) -> None:
        await release.wait()
        await respond(send, 204)

    async def main() -> None:
        protocol = _connect(transport, Limits(), hold)
        request = b"GET / HTTP/1.1\r\nHost: till\r\n\r\n"
        for _ in range(2):
            protocol.data_received(request)
            reading.append(transport.reading)
        release.set()
        await asyncio.sleep(1)
        reading.append(transport.reading)

    run(main())
    assert reading == [True, False, True]
    assert transport.written.count(b"HTTP/1.1 204 ") == 2
