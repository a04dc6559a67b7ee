"""One connection of the door: uvicorn's httptools protocol, with the limits it lacks.

The app is started only when a whole request is there, so a slow, oversized or malformed one costs
no task and never reaches it. What is refused is answered at once with a clean 4xx, unless another
answer is still on its way on the same connection; then the connection ends behind that one.

The parts of uvicorn that this stands on are private; `tests/opi_pos/http` goes through all of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

import httptools
import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from opi_pos.http.asgi import WHOLE_BODY
from opi_pos.http.deadlines import NEVER, Deadlines
from opi_pos.http.limits import Limits
from opi_pos.http.peers import Peers

log = logging.getLogger("opi_pos.http")

# The parser is fed at most this much at once. It bounds by how much a limit can be overrun before
# it is noticed, and how many requests sent ahead are parsed before the reading stops.
SLICE: Final = 16 * 1024

_EXTENSIONS: Final[dict[str, dict[object, object]]] = {WHOLE_BODY: {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all connections of one door share."""

    config: uvicorn.Config
    state: ServerState
    loop: asyncio.AbstractEventLoop
    limits: Limits
    peers: Peers
    deadlines: Deadlines
    connection_ended: Callable[[], None]


class DoorProtocol(HttpToolsProtocol):
    """Serves one connection until one of its limits, or the door, ends it."""

    # Beside the base class's own dict: together they would not fit the small shared form of it.
    __slots__ = (
        "_ahead",
        "_awaited",
        "_coding",
        "_hosts",
        "_in_head",
        "_length",
        "_limits",
        "_offer",
        "_peer",
        "_received",
        "_refusal",
        "_running",
        "_shared",
        "_slice",
        "_task",
        "deadline",
    )

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared.config, shared.state, {}, shared.loop)
        self.deadline = NEVER
        self._shared = shared
        self._limits = shared.limits
        self._peer: str | None = None
        # The request being received: bytes so far, whether in its head, what its head said.
        self._received = 0
        self._slice = 0
        self._in_head = False
        self._hosts = 0
        self._length: bytes | None = None
        self._coding: bytes | None = None
        self._offer = False
        self._refusal = 0
        # Requests sent ahead; the one whose body is awaited; the one being answered, and by whom.
        self._ahead: deque[RequestResponseCycle] = deque()
        self._awaited: RequestResponseCycle | None = None
        self._running: RequestResponseCycle | None = None
        self._task: asyncio.Task[None] | None = None

    # The connection

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        status = self._shared.peers.admit(peer)
        if status:
            log.info("turned away a connection from %s: %s", peer, _phrase(status))
            self._refusal = status
            transport.write(_refusal_response(status))
            transport.close()
            return
        self._peer = peer
        self._expect_within(self._limits.receive_s)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._running is not None:
            # The base class knows only of the request that came last.
            self._running.disconnected = True
            self._running.message_event.set()
        self._ahead.clear()
        self.deadline = NEVER
        self._awaited = None
        if self._peer is not None:
            self._shared.peers.release(self._peer)
            self._peer = None
        self._shared.connection_ended()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_within(self._limits.stall_s)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self._running is not None:
            self.deadline = NEVER
        else:
            self._expect_within(self._limits.idle_s)

    def deadline_passed(self) -> None:
        """The connection has stayed too long as it is."""
        self.deadline = NEVER
        if self._refusal or self.flow.write_paused or self.transport.is_closing():
            self.transport.abort()
        elif self._in_head or self._awaited is not None:
            self._refuse(408)
        else:
            self.transport.close()

    @override
    def shutdown(self) -> None:
        """End at once, unless a request is being answered: that one may still get its answer."""
        running = self._running
        if running is None:
            self.transport.close()
        elif running.response_started:
            # An event stream, which would never end by itself.
            self.cut()
        else:
            running.keep_alive = False

    def cut(self) -> None:
        """End at once, whatever is going on."""
        if self._task is not None:
            self._task.cancel()
        self.transport.abort()

    def _expect_within(self, seconds: float) -> None:
        self.deadline = deadline = self.loop.time() + seconds
        deadlines = self._shared.deadlines
        if deadline < deadlines.nearest:
            deadlines.note(deadline)

    # Receiving

    @override
    def data_received(self, data: bytes) -> None:
        if len(data) <= SLICE:
            self._feed(data)
        else:
            for start in range(0, len(data), SLICE):
                self._feed(data[start : start + SLICE])

    def _feed(self, data: bytes) -> None:
        if self._refusal:
            return
        self._slice = len(data)
        self._received += self._slice
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._feed(self._head_without_offer() + data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal or 400)
        else:
            if self._received > self._limits.header_bytes:
                self._check_received()

    def _head_without_offer(self) -> bytes:
        """The head just parsed, less its offer to upgrade, for a fresh parser.

        Clients offer another protocol with an ordinary request (Java's does: HTTP/2), and a
        server may ignore the offer. The parser cannot: it takes the body for the new protocol.
        """
        version = self.parser.get_http_version().encode()
        parts = [b"%s %s HTTP/%s\r\n" % (self.parser.get_method(), self.url, version)]
        parts += [b"%s: %s\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self._received = 0
        return b"".join(parts) + b"\r\n"

    def _check_received(self) -> None:
        limits = self._limits
        if self._in_head:
            if self._received > limits.header_bytes + SLICE:
                self._refuse(431)
        # The frames around chunks count too, or a byte could travel in a kilobyte of them.
        elif self._awaited and self._received > limits.header_bytes + 2 * limits.body_bytes + SLICE:
            self._refuse(413)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._hosts = 0
        self._length = None
        self._coding = None
        # More than its own part of the slice where requests are sent ahead; `_check_received`
        # allows for that.
        self._received = self._slice
        if self.cycle is not None:
            self._expect_within(self._limits.receive_s)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer, which must not pass for a header that was checked
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"content-length":
            self._length = value
        elif name == b"transfer-encoding":
            self._coding = value
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    @override
    def on_headers_complete(self) -> None:
        """In place of the base class's, which would start the app before the body is there."""
        self._in_head = False
        if self._received > self._limits.header_bytes:
            self._check_head_size()
        version = self.parser.get_http_version()
        if version != "1.1" or self._hosts != 1 or self._coding is not None:
            self._check_fields(version)
        if self._length is not None and int(self._length) > self._limits.body_bytes:
            self._fail(413)
        method = self.parser.get_method()
        self._offer = self.parser.should_upgrade()
        if self._offer:
            if method == b"CONNECT":
                self._fail(405)
            return
        self._complete_scope(method, version)
        self.cycle = cycle = self._make_cycle(version)
        if self._running is None:
            self._await_body(cycle)
            return
        if len(self._ahead) == self._limits.pipelined:
            self._fail(503)
        self._ahead.append(cycle)
        self.flow.pause_reading()
        self.deadline = NEVER

    def _complete_scope(self, method: bytes, version: str) -> None:
        url = httptools.parse_url(self.url)
        path = url.path.decode("ascii")
        scope = self.scope
        scope["method"] = method.decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = url.path
        scope["query_string"] = url.query or b""
        scope["extensions"] = _EXTENSIONS

    def _make_cycle(self, version: str) -> RequestResponseCycle:
        return RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=log,
            access_logger=log,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def _check_head_size(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._limits.header_bytes:
            self._fail(431)

    def _check_fields(self, version: str) -> None:
        """What the parser lets pass: it is strict on syntax, not on what the fields say."""
        old = version == "1.0"
        if not old and version != "1.1":
            self._fail(400)
        if self._hosts > 1 or (self._hosts == 0 and not old):
            self._fail(400)
        if self._coding is not None and (old or self._coding.lower() != b"chunked"):
            self._fail(400)

    @override
    def on_body(self, body: bytes) -> None:
        whole = self.cycle.body
        whole += body
        if len(whole) > self._limits.body_bytes:
            self._fail(413)

    @override
    def on_message_complete(self) -> None:
        if self._offer:
            return
        cycle = self.cycle
        cycle.more_body = False
        cycle.message_event.set()
        self.deadline = NEVER
        if self._awaited is cycle:
            self._awaited = None
            self._start(cycle)

    def _fail(self, status: int) -> None:
        """Refuse from within a callback of the parser, which must stop."""
        self._refusal = status
        raise ValueError(status)

    # Answering

    def _await_body(self, cycle: RequestResponseCycle) -> None:
        """It is the turn of `cycle`; the rest of its body may still be on its way."""
        if not cycle.more_body:
            self._start(cycle)
            return
        self._awaited = cycle
        if self.deadline == NEVER:
            self._expect_within(self._limits.receive_s)
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _start(self, cycle: RequestResponseCycle) -> None:
        self._running = cycle
        self._task = task = self.loop.create_task(self._answer(cycle))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(self, cycle: RequestResponseCycle) -> None:
        try:
            await self.app(cycle.scope, cycle.receive, cycle.send)
        except Exception:
            # Without the path: it may hold a token.
            log.exception("a request failed in the application")
            await self._apologise(cycle)
        else:
            if not cycle.response_complete and not cycle.disconnected:
                log.error("the application left a request without a complete answer")
                await self._apologise(cycle)
        finally:
            cycle.on_response = _nothing

    async def _apologise(self, cycle: RequestResponseCycle) -> None:
        if cycle.response_started:
            self.transport.close()
        else:
            await cycle.send_500_response()

    @override
    def on_response_complete(self) -> None:
        self._running = None
        if self.transport.is_closing():
            if self.transport.get_write_buffer_size():
                self._expect_within(self._limits.stall_s)
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self._ahead:
            self._await_body(self._ahead.popleft())
        elif self.deadline == NEVER:
            self._expect_within(self._limits.idle_s)

    def _refuse(self, status: int) -> None:
        """Read no further; say why, unless that would cut into another answer."""
        log.info("refused a request from %s: %s", self._peer, _phrase(status))
        self._refusal = status
        self._in_head = False
        self._awaited = None
        if self._running is not None:
            self._running.keep_alive = False
            self.flow.pause_reading()
            self.deadline = NEVER
            return
        self.transport.write(_refusal_response(status))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._expect_within(self._limits.linger_s)


def _phrase(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _refusal_response(status: int) -> bytes:
    text = _phrase(status)
    return (
        f"HTTP/1.1 {text}\r\nconnection: close\r\ncontent-type: text/plain\r\n"
        f"content-length: {len(text)}\r\n\r\n{text}"
    ).encode()


def _nothing() -> None:
    """Stands for the callback of a cycle that has ended, so that it holds no connection."""
