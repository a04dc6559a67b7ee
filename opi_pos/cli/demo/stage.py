"""Till and terminal on real sockets, with everything between them watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from opi_pos.cli.demo.drawing import Drawing, Lane
from opi_pos.cli.demo.words import describe
from opi_pos.http.asgi import ASGIApp, Receive, Scope, Send
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import LinkError
from opi_pos.poi.faults import Fault
from opi_pos.poi.nexo.profile import profile_of
from opi_pos.ports import Cashier
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.wire.nexo.profile import profile
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.dialect import Dialect
from terminal_bridge.simulator.nexo import SimulatedNexo
from terminal_bridge.simulator.web import TerminalApp, TillDoor

PROFILE: Final = "swedbank"
CURRENCY: Final = "SEK"
WIDTH: Final = 66
"""Columns between the two life lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """An open till with its terminal."""

    till: SaleSystem
    terminal: SimulatedNexo
    quiet: asyncio.Event
    """Set while none of the terminal's own messages is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """What a stage is built of."""

    journal: Path
    cashier: Cashier
    drawing: Drawing
    faults: tuple[Fault, ...]
    pace_s: float
    maintenance_s: float


@asynccontextmanager
async def open_stage(props: Props) -> AsyncIterator[Stage]:
    """The terminal's door first, then the till with its listener, then the terminal behind its
    door: each needs the other's address.
    """
    wire = profile(PROFILE)
    (lane,) = props.drawing.lay_out(("Till", "Terminal"), (WIDTH,))
    watch = _Watch(lane, props.drawing)
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(Door(watch, DoorConfig()))
        url = f"nexo+{door.url}?profile={PROFILE}"
        till = SaleSystem.open(
            terminal=url,
            currency=CURRENCY,
            journal=props.journal,
            listen="127.0.0.1:0",
            cashier=props.cashier,
        )
        await stack.enter_async_context(till)
        watch.till_door = TillDoor(till.listen_url, wire, None)
        stack.push_async_callback(watch.till_door.aclose)
        terminal = await stack.enter_async_context(
            SimulatedNexo(
                msgspec.structs.replace(profile_of(PROFILE), maintenance_s=props.maintenance_s),
                dialect=Dialect(wire),
                faults=props.faults,
                post=watch.post,
                pace_s=props.pace_s,
            )
        )
        watch.app = TerminalApp(terminal, wire, watch.till_door)
        yield Stage(till=till, terminal=terminal, quiet=watch.quiet)


class _Watch:
    """Stands at the terminal's door and at its way out, and draws what passes."""

    def __init__(self, lane: Lane, drawing: Drawing) -> None:
        self._lane = lane
        self._drawing = drawing
        self.app: ASGIApp | None = None
        self.till_door: TillDoor | None = None
        self.quiet = asyncio.Event()
        self._posting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The till's messages and their answers."""
        assert self.app is not None
        answer = _Answer()

        async def hear() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                self._lane.to_right(f"POST {describe(message.get('body', b''))}")
            return message

        async def say(message: Any) -> None:
            answer.take(message)
            if answer.whole:
                self._lane.to_left(f"{answer.status} {describe(answer.body)}", "bold green")
            await send(message)

        await self.app(scope, hear, say)
        if not answer.whole:
            self._lane.lost("the answer is lost on its way")

    async def post(self, data: bytes) -> Reply:
        """The terminal's own messages and their answers."""
        self._posting += 1
        self.quiet.clear()
        try:
            return await self._post(data)
        finally:
            self._posting -= 1
            if not self._posting:
                self.quiet.set()

    async def _post(self, data: bytes) -> Reply:
        assert self.till_door is not None
        said = describe(data)
        self._lane.to_left(f"POST {said}")
        try:
            reply = await self.till_door.post(data)
        except LinkError:
            self._drawing.note(f"nobody took {said}", "red")
            raise
        answer = describe(reply.body)
        of = "" if answer else f" ({said.partition(' ')[0]})"
        self._lane.to_right(f"{reply.status} {answer}".rstrip() + of, "dim")
        return reply


class _Answer:
    """An HTTP answer as it is given."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.whole = False

    def take(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)
