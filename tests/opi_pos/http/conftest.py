"""A door with a small app behind it, and a raw connection to it that hides nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from opi_pos.http.asgi import ASGIApp, Receive, Scope, Send, read_body, respond
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.limits import Limits

# Far above what any step needs; reaching it fails the test instead of hanging it.
PATIENCE_S = 10.0

Connect = Callable[[Door], Awaitable["RawPeer"]]


@dataclass
class EchoApp:
    """Answers every request with its body and writes down what it saw."""

    seen: list[tuple[str, bytes]] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive)
        self.seen.append((scope["path"], body))
        self.scopes.append(scope)
        await respond(send, 200, body, content_type=b"text/plain")


@dataclass
class HeldApp:
    """Holds every request, as an InputRequest is held, until it is released or disconnected.

    A request to `/stream` gets the start of an event stream first; `/deaf` does not listen for
    the peer's going, as an app without a receive loop does not.
    """

    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    how: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(scope, receive)
        try:
            if scope["path"] == "/stream":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send(
                    {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True}
                )
            self.arrived.set()
            await self._wait(scope, receive)
            self.how.append("released")
            await respond(send, 200, b"answer")
        except asyncio.CancelledError:
            self.how.append("cancelled")
            raise
        finally:
            self.ended.set()

    async def _wait(self, scope: Scope, receive: Receive) -> None:
        if scope["path"] in ("/deaf", "/stream"):
            await self.release.wait()
            return
        released = asyncio.ensure_future(self.release.wait())  # noqa: TID251
        gone = asyncio.ensure_future(receive())  # noqa: TID251
        await asyncio.wait([released, gone], return_when=asyncio.FIRST_COMPLETED)
        released.cancel()
        gone.cancel()
        if not self.release.is_set():
            self.how.append("disconnected")


class RawPeer:
    """A TCP connection to a door on which any bytes can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, door: Door) -> RawPeer:
        return cls(*await asyncio.open_connection("127.0.0.1", door.port))

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def read_until(self, end: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.readuntil(end)

    async def read_to_end(self) -> bytes:
        """All that comes until the door closes; a reset counts as closing."""
        received = bytearray()
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionResetError):
                while part := await self._reader.read(65536):
                    received += part
        return bytes(received)

    def stop_reading(self) -> None:
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    async def gone(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


@pytest.fixture
def echo() -> EchoApp:
    return EchoApp()


@pytest.fixture
def held() -> HeldApp:
    return HeldApp()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def open_door(stack: AsyncExitStack) -> Callable[..., Awaitable[Door]]:
    """`await open_door(app, receive_s=0.2)`; every door is closed at the end."""

    async def start(app: ASGIApp, config: DoorConfig | None = None, **limits: float) -> Door:
        made = DoorConfig(limits=Limits(**({"grace_s": 0.2} | limits)))  # type: ignore[arg-type]
        return await stack.enter_async_context(Door(app, config or made))

    return start


@pytest.fixture
def connect(stack: AsyncExitStack) -> Connect:
    """`await connect(door)`; every connection is closed at the end."""

    async def start(door: Door) -> RawPeer:
        peer = await RawPeer.to(door)
        stack.push_async_callback(peer.gone)
        return peer

    return start
