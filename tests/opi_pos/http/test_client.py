"""The client answers one question truly: may a byte of the request have left?"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.http_writer import StreamWriter
from typing_extensions import override

from opi_pos.http.client import REQUEST_LIMIT, HttpClient, _Body
from opi_pos.model.errors import ConfigurationError, LinkError, UsageError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Behaviour = Callable[["Terminal", Reader, Writer], Awaitable[None]]


@dataclass
class Terminal:
    """A TCP server that does on each connection what `behaviour` says, and counts requests."""

    behaviour: Behaviour
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/EPASSaleToPOI/3.1"

    async def serve(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.behaviour(self, reader, writer)
        writer.close()

    async def read_request(self, reader: Reader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if b"content-length:" in line]
        body = await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
        self.requests.append(head + body)
        return body


def reset(writer: Writer) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def answers(data: bytes) -> Behaviour:
    """Answer one request with `data` and close."""

    async def behave(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await terminal.read_request(reader)
        writer.write(data)
        await writer.drain()

    return behave


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


Start = Callable[[Behaviour], Awaitable[Terminal]]


@pytest.fixture
def start(stack: AsyncExitStack) -> Start:
    async def start(behaviour: Behaviour) -> Terminal:
        terminal = Terminal(behaviour)
        server = await asyncio.start_server(terminal.serve, "127.0.0.1", 0)
        stack.callback(server.close)
        terminal.port = server.sockets[0].getsockname()[1]
        return terminal

    return start


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


async def written(client: HttpClient, terminal: Terminal, **options: object) -> tuple[bool, str]:
    """Post; `LinkError.written`, which `on_written` must agree with, and the text."""
    calls: list[None] = []
    with pytest.raises(LinkError) as caught:
        await client.post(
            terminal.url,
            b"body",
            on_written=lambda: calls.append(None),
            **options,  # type: ignore[arg-type]
        )
    assert len(calls) == caught.value.written
    assert "EPASSaleToPOI" not in str(caught.value)
    return caught.value.written, str(caught.value)


async def test_what_was_given_arrives_and_the_answer_comes_back(
    start: Start, client: HttpClient
) -> None:
    terminal = await start(
        answers(b"HTTP/1.1 201 Created\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nok")
    )
    reply = await client.post(terminal.url, b"<xml/>", headers={"Content-Type": "text/xml"})
    assert (reply.status, reply.headers["x-y"], reply.body) == (201, "z", b"ok")
    head, body = terminal.requests[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /EPASSaleToPOI/3.1 HTTP/1.1\r\n")
    assert b"Content-Type: text/xml" in head
    assert b"Content-Length: 6" in head
    assert body == b"<xml/>"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_has_no_body_is_asked_once(
    start: Start, client: HttpClient, method: str
) -> None:
    terminal = await start(answers(OK))
    reply = await client.ask(method, terminal.url + "?a=b%2Fc", headers={"Accept": "text/xml"})
    assert (reply.status, reply.body) == (200, b"ok")
    (sent,) = terminal.requests
    assert sent.startswith(f"{method} /EPASSaleToPOI/3.1?a=b%2Fc HTTP/1.1\r\n".encode())
    assert b"Accept: text/xml" in sent


async def test_a_question_tells_whether_there_was_a_connection(
    start: Start, client: HttpClient
) -> None:
    async def behave(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await terminal.read_request(reader)

    terminal = await start(behave)
    with pytest.raises(LinkError) as broken:
        await client.ask("GET", terminal.url)
    assert broken.value.written
    assert terminal.connections == 1
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with pytest.raises(LinkError) as refused:
            await client.ask("GET", nobody)
    assert not refused.value.written


async def test_an_answer_does_not_show_its_body_in_a_log(start: Start, client: HttpClient) -> None:
    reply = await client.post((await start(answers(OK))).url, b"")
    assert "ok" not in repr(reply)


async def test_an_empty_answer_is_an_answer(start: Start, client: HttpClient) -> None:
    reply = await client.post((await start(answers(b"HTTP/1.1 204 No\r\n\r\n"))).url, b"x")
    assert (reply.status, reply.body) == (204, b"")


@pytest.mark.parametrize("size", [0, 1, 32_768, 32_769, REQUEST_LIMIT])
async def test_written_is_told_once_and_the_body_arrives_whole(
    size: int, start: Start, client: HttpClient
) -> None:
    terminal = await start(answers(OK))
    calls: list[int] = []
    await client.post(
        terminal.url, b"a" * size, on_written=lambda: calls.append(len(terminal.requests))
    )
    assert calls == [0]
    assert terminal.requests[0].endswith(b"\r\n\r\n" + b"a" * size)


async def test_a_refused_connection_wrote_nothing(start: Start, client: HttpClient) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        terminal = Terminal(answers(OK), port=bound.getsockname()[1])
        assert await written(client, terminal) == (
            False,
            f"127.0.0.1:{terminal.port}: cannot connect: connection refused",
        )


async def test_a_name_without_address_wrote_nothing(client: HttpClient) -> None:
    with pytest.raises(LinkError) as caught:
        await client.post("http://no.such.host.invalid:8000/token", b"x")
    assert caught.value.written is False
    assert str(caught.value) == "no.such.host.invalid:8000: the name cannot be resolved"


async def test_a_connection_that_is_not_made_in_time_wrote_nothing() -> None:
    # A full accept queue: the peer's system answers no further connection.
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            filler = waiting.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        terminal = Terminal(answers(OK), port=full.getsockname()[1])
        async with HttpClient(connect_timeout_s=0.2) as client:
            wrote, text = await written(client, terminal)
    assert not wrote
    assert text.endswith("no connection in time")


async def test_a_connection_reset_at_once_is_a_link_error_and_nothing_was_taken(
    start: Start, client: HttpClient
) -> None:
    async def close(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        reset(writer)

    terminal = await start(close)
    with pytest.raises(LinkError):
        await client.post(terminal.url, b"x")
    assert terminal.requests == []


@pytest.mark.parametrize("end", [reset, Writer.close])
async def test_a_connection_lost_after_the_request_wrote_it(
    end: Callable[[Writer], None], start: Start, client: HttpClient
) -> None:
    async def lose(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await terminal.read_request(reader)
        end(writer)

    terminal = await start(lose)
    assert (await written(client, terminal))[0] is True
    assert len(terminal.requests) == 1


async def test_a_connection_lost_within_the_request_wrote_it(
    start: Start, client: HttpClient
) -> None:
    async def lose(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await reader.readexactly(100)
        reset(writer)

    terminal = await start(lose)
    calls: list[None] = []
    with pytest.raises(LinkError) as caught:
        await client.post(terminal.url, b"a" * REQUEST_LIMIT, on_written=lambda: calls.append(None))
    assert caught.value.written is True
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "the answer broke off"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
            "the answer broke off",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n123",
            "the answer is not HTTP",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "the connection was closed before an answer"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "the answer is not HTTP"),
        (b"garbage\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", "the answer is not HTTP"),
    ],
)
async def test_a_broken_answer_leaves_the_outcome_open(
    answer: bytes, text: str, start: Start, client: HttpClient
) -> None:
    terminal = await start(answers(answer))
    assert await written(client, terminal) == (True, f"127.0.0.1:{terminal.port}: {text}")


@pytest.mark.parametrize("framing", [b"Content-Length: 1001\r\n\r\n", b"\r\n"])
async def test_an_answer_one_byte_past_the_limit_is_not_read(framing: bytes, start: Start) -> None:
    terminal = await start(answers(b"HTTP/1.1 200 OK\r\n" + framing + b"a" * 1001))
    async with HttpClient(response_limit=1000) as client:
        wrote, text = await written(client, terminal)
    assert wrote
    assert text.endswith("the answer is larger than 1000 bytes")


async def test_an_answer_at_the_limit_is_read(start: Start) -> None:
    terminal = await start(answers(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1000))
    async with HttpClient(response_limit=1000) as client:
        assert len((await client.post(terminal.url, b"")).body) == 1000


async def test_a_compressed_answer_is_not_unpacked(start: Start, client: HttpClient) -> None:
    packed = b"\x1f\x8b\x08\x00"
    fields = b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
    terminal = await start(answers(b"HTTP/1.1 200 OK\r\n" + fields + packed))
    assert (await client.post(terminal.url, b"")).body == packed
    assert b"accept-encoding" not in terminal.requests[0].lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(
    status: int, start: Start, client: HttpClient
) -> None:
    target = await start(answers(OK))
    fields = f"HTTP/1.1 {status} Moved\r\nLocation: {target.url}\r\nContent-Length: 0\r\n\r\n"
    terminal = await start(answers(fields.encode()))
    assert (await client.post(terminal.url, b"x")).status == status
    assert target.connections == 0


async def test_a_proxy_in_the_environment_is_not_used(
    start: Start, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, terminal = await start(answers(OK)), await start(answers(OK))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    await client.post(terminal.url, b"x")
    assert (proxy.connections, terminal.connections) == (0, 1)


async def test_cookies_are_not_kept(start: Start) -> None:
    async def set_cookie(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        while True:
            await terminal.read_request(reader)
            writer.write(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n"))

    terminal = await start(set_cookie)
    async with HttpClient(keep_alive=True) as client:
        for _ in range(2):
            await client.post(terminal.url.replace("127.0.0.1", "localhost"), b"x")
    assert b"cookie" not in terminal.requests[1].lower()


async def test_no_answer_in_time_leaves_the_outcome_open_and_closes_the_connection(
    start: Start, client: HttpClient
) -> None:
    terminal = await start(_keep_quiet)
    wrote, text = await written(client, terminal, timeout_s=0.2)
    assert wrote
    assert text.endswith("no complete answer within 0.2 s")
    async with asyncio.timeout(5):
        await terminal.gone.wait()


async def _keep_quiet(terminal: Terminal, reader: Reader, writer: Writer) -> None:
    await terminal.read_request(reader)
    assert await reader.read() == b""
    terminal.gone.set()


async def test_half_an_answer_in_time_closes_the_connection_too(
    start: Start, client: HttpClient
) -> None:
    async def answer_half(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await terminal.read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
        assert await reader.read() == b""
        terminal.gone.set()

    terminal = await start(answer_half)
    assert (await written(client, terminal, timeout_s=0.2))[0] is True
    async with asyncio.timeout(5):
        await terminal.gone.wait()


@pytest.mark.parametrize("keep_alive", [False, True])
async def test_cancelling_closes_the_connection_and_on_written_has_told(
    keep_alive: bool, start: Start
) -> None:
    terminal = await start(_keep_quiet)
    wrote = asyncio.Event()
    async with HttpClient(keep_alive=keep_alive) as client:
        posting = asyncio.ensure_future(  # noqa: TID251
            client.post(terminal.url, b"x", on_written=wrote.set)
        )
        async with asyncio.timeout(5):
            await wrote.wait()
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
        async with asyncio.timeout(5):
            await terminal.gone.wait()


async def test_a_connection_per_request_unless_kept_alive(start: Start) -> None:
    for keep_alive, connections in ((False, 3), (True, 1)):
        terminal = await start(_serve_on)
        async with HttpClient(keep_alive=keep_alive) as client:
            for _ in range(3):
                await client.post(terminal.url, b"x")
        assert (terminal.connections, len(terminal.requests)) == (connections, 3)
        assert (b"Connection: close" in terminal.requests[0]) is not keep_alive


async def _serve_on(terminal: Terminal, reader: Reader, writer: Writer) -> None:
    while True:
        await terminal.read_request(reader)
        writer.write(OK)


@pytest.mark.parametrize("end", [reset, Writer.close])
async def test_a_kept_connection_that_dies_under_the_second_request_never_repeats_it(
    end: Callable[[Writer], None], start: Start
) -> None:
    """The peer takes the second request and dies: it may have acted, so it must not be asked
    again, on this connection or on another."""

    async def die_at_second(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await terminal.read_request(reader)
        writer.write(OK)
        await terminal.read_request(reader)
        end(writer)

    terminal = await start(die_at_second)
    async with HttpClient(keep_alive=True) as client:
        await client.post(terminal.url, b"first")
        assert (await written(client, terminal))[0] is True
    assert (len(terminal.requests), terminal.connections) == (2, 1)


@pytest.mark.parametrize("linger", [b"", struct.pack("ii", 1, 0)], ids=["closed", "reset"])
async def test_a_kept_connection_closed_just_before_the_second_request_never_repeats_it(
    linger: bytes,
) -> None:
    """The peer's close and our request cross on the wire, so nobody read it. The client cannot
    know that: it must neither send it again nor claim that no byte left."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        terminal = Terminal(answers(OK), port=listening.getsockname()[1])
        async with HttpClient(keep_alive=True) as client, asyncio.timeout(5):
            first = asyncio.ensure_future(client.post(terminal.url, b"first"))  # noqa: TID251
            kept, _ = await loop.sock_accept(listening)
            assert (await loop.sock_recv(kept, 65536)).endswith(b"first")
            await loop.sock_sendall(kept, OK)
            await first
            if linger:
                kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            kept.close()
            # The loop gets no turn in which it could see the close before the request is sent.
            assert (await written(client, terminal))[0] is True
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("end", [reset, Writer.close])
async def test_a_kept_connection_seen_to_be_closed_is_not_used(
    end: Callable[[Writer], None], start: Start
) -> None:
    async def close_after_one(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        await terminal.read_request(reader)
        writer.write(OK)
        await writer.drain()
        end(writer)
        terminal.gone.set()

    terminal = await start(close_after_one)
    async with HttpClient(keep_alive=True) as client:
        for _ in range(20):
            terminal.gone.clear()
            with contextlib.suppress(LinkError):  # reset before the answer was read
                await client.post(terminal.url, b"x")
            await terminal.gone.wait()
            for _ in range(10):  # turns of the loop in which the close arrives
                await asyncio.sleep(0)
    assert len(terminal.requests) == terminal.connections == 20


class NarrowWriter(StreamWriter):
    """aiohttp's writer on a connection that takes up to 64 KiB and then makes the sender wait, or
    that is closing already."""

    def __init__(self, *, closing: bool = False) -> None:
        self.taken = 0
        self._closing = closing

    @override
    async def write(self, chunk: Any, *, drain: bool = True, LIMIT: int = 0x10000) -> None:
        if self._closing:
            raise ConnectionResetError("Cannot write to closing transport")
        self.taken += len(chunk)
        if self.taken > LIMIT:
            await asyncio.Event().wait()


async def test_a_connection_that_closes_before_the_write_took_nothing() -> None:
    calls: list[None] = []
    body = _Body(b"payment", lambda: calls.append(None))
    with pytest.raises(ConnectionResetError):
        await body.write_with_length(NarrowWriter(closing=True), None)
    assert not body.written
    assert calls == []


async def test_written_is_told_before_the_sender_has_to_wait() -> None:
    wrote = asyncio.Event()
    body = _Body(b"a" * REQUEST_LIMIT, wrote.set)
    writing = asyncio.ensure_future(body.write_with_length(NarrowWriter(), None))  # noqa: TID251
    async with asyncio.timeout(5):
        await wrote.wait()
    assert body.written
    writing.cancel()


async def test_many_requests_do_not_queue_behind_a_held_one(start: Start) -> None:
    async def hold(terminal: Terminal, reader: Reader, writer: Writer) -> None:
        body = await terminal.read_request(reader)
        if body != b"abort":
            await terminal.gone.wait()
        writer.write(OK)
        terminal.gone.set()

    terminal = await start(hold)
    async with HttpClient(keep_alive=True) as client, asyncio.TaskGroup() as group:
        for _ in range(150):
            group.create_task(client.post(terminal.url, b"payment"))
        group.create_task(client.post(terminal.url, b"abort", timeout_s=5))
    assert len(terminal.requests) == 151


@pytest.mark.parametrize(
    "url",
    ["", "terminal:8000", "ftp://terminal/", "http://", "http://till:secret@terminal/", "//x"],
)
async def test_an_address_that_is_no_http_url_is_refused(url: str, client: HttpClient) -> None:
    with pytest.raises(ConfigurationError, match="url: must be http") as caught:
        await client.post(url, b"x")
    assert "secret" not in str(caught.value)


async def test_a_body_one_byte_past_the_limit_is_refused(client: HttpClient) -> None:
    with pytest.raises(UsageError, match="larger than 1048576 bytes"):
        await client.post("http://127.0.0.1:9/", b"a" * (REQUEST_LIMIT + 1))


async def test_a_closed_client_can_be_closed_again(start: Start) -> None:
    client = HttpClient()
    await client.post((await start(answers(OK))).url, b"x")
    await client.aclose()
    await client.aclose()
