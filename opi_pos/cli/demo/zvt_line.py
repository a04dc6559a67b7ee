"""The ZVT side of the bridge: a port of a simulated terminal, with what passes drawn."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.cli.demo.drawing import Lane
from terminal_bridge.simulator.zvt.pipe import StreamPipe
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt import Apdu, TcpFraming, decode
from terminal_bridge.zvt.framing.framing import ApduReceived
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.status import Completion, IntermediateStatus

ACKNOWLEDGED: Final = 0x8000
_SHORTER: Final = {
    "Authorisation": "pay",
    "StatusInformation": "result",
    "RepeatReceipt": "last receipt?",
    "PrintBlock": "print receipt",
}


@asynccontextmanager
async def serve(terminal: SimulatedZvt, lane: Lane, completed: asyncio.Event) -> AsyncIterator[int]:
    """Serve it; gives the port. `completed` is set at every end of a command."""
    async with Tasks() as tasks:

        def drawn_right(message: Message, apdu: Apdu) -> None:
            lane.to_right(words(message, apdu))

        def drawn_left(message: Message, apdu: Apdu) -> None:
            lane.to_left(words(message, apdu))
            if isinstance(message, Completion):
                completed.set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            pipe = _WatchedPipe(reader, writer, drawn_right, drawn_left)
            tasks.spawn(terminal.attach(pipe), name="zvt till")

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


Draw = Callable[[Message, Apdu], None]


class _WatchedPipe(StreamPipe):
    """Draws what the till says, and what the terminal says."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        heard: Draw,
        said: Draw,
    ) -> None:
        super().__init__(reader, writer)
        self._heard, self._said = (heard, TcpFraming()), (said, TcpFraming())

    async def read(self) -> bytes:
        data = await super().read()
        _draw(data, *self._heard)
        return data

    def write(self, data: bytes) -> None:
        _draw(data, *self._said)
        super().write(data)


def _draw(data: bytes, draw: Draw, framing: TcpFraming) -> None:
    """Acknowledgements are left out: every message gets one."""
    framing.receive_data(data, 0.0)
    for event in framing.events():
        if isinstance(event, ApduReceived) and event.apdu.control != ACKNOWLEDGED:
            draw(decode(event.apdu), event.apdu)


def words(message: Message, apdu: Apdu) -> str:
    """Such as `06 01 pay 38.00`, `04 FF Karte einstecken`."""
    control = f"{apdu.control >> 8:02X} {apdu.control & 0xFF:02X}"
    if isinstance(message, IntermediateStatus):
        return f"{control} {' '.join(message.texts)}"
    name = type(message).__name__
    name = _SHORTER.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    amount = getattr(message, "amount", None)
    money = f" {amount // 100}.{amount % 100:02}" if isinstance(amount, int) else ""
    return f"{control} {name}{money}"
