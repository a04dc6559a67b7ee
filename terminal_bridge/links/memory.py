"""A link to a terminal in the same process, and a weather that loses, delays and doubles.

It behaves as HTTP does: one connection per exchange, which the terminal does not see end. No
socket, thread or clock of its own, so it runs on virtual time and repeats from a seed.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError
from terminal_bridge.links.link import NOTHING, Receive, Reply


class Loss(enum.Enum):
    """How a message is lost."""

    REFUSED = "refused"
    """No connection: no byte leaves. Only of requests."""
    BROKEN = "broken"
    """The connection breaks, and the sender sees it."""
    SILENT = "silent"
    """Nothing comes, and nobody sees why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What becomes of one message. `copies_s`: the delay of each copy that arrives, seconds."""

    copies_s: tuple[float, ...] = (0.0,)
    loss: Loss | None = None
    """Set when the sender's connection is lost. Copies may arrive all the same."""
    data: bytes | None = None
    """Other bytes in its place (truncated, garbled)."""


FAIR: Final = Passage()


class Weather(Protocol):
    """Decides about each message. Called in the order in which messages leave."""

    def request(self, data: bytes) -> Passage:
        """A request of the till's."""
        ...

    def reply(self, data: bytes) -> Passage:
        """What the terminal sends back. Only the first copy of a reply finds its connection."""
        ...


class FairWeather:
    """Everything arrives at once."""

    def request(self, data: bytes) -> Passage:
        """Arrives."""
        return FAIR

    def reply(self, data: bytes) -> Passage:
        """Arrives."""
        return FAIR


class MemoryLink:
    """Hands messages to `receive`, the terminal's side.

    What has arrived at the terminal is carried out there even when the till gives the reply up;
    it ends with `close`.
    """

    def __init__(self, receive: Receive, *, weather: Weather | None = None) -> None:
        self._receive = receive
        self._weather = weather or FairWeather()
        self._tasks = Tasks()
        self._open: dict[asyncio.Future[Reply], None] = {}
        self._closed = False

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`."""
        passage = self._weather.request(data)
        if self._closed or passage.loss is Loss.REFUSED:
            raise LinkError("no connection", written=False)
        on_written()
        came: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._open[came] = None
        for delay_s in passage.copies_s:
            arriving = self._arrive(passage.data or data, delay_s, came)
            self._tasks.spawn(arriving, name="memory link request")
        if passage.loss is Loss.BROKEN:
            _break(came, "the connection broke")
        try:
            return await came
        finally:
            self._open.pop(came, None)

    async def close(self) -> None:
        """Break every connection and stop what the terminal does for them."""
        self._closed = True
        for came in list(self._open):
            _break(came, "the link was closed")
        await self._tasks.aclose()

    def break_connections(self) -> None:
        """Every open connection breaks; what has arrived is carried out."""
        for came in list(self._open):
            _break(came, "the connection broke")

    async def _arrive(self, data: bytes, delay_s: float, came: asyncio.Future[Reply]) -> None:
        await asyncio.sleep(delay_s)
        try:
            reply = await self._receive(data)
        except LinkError:
            # The terminal hung up instead of answering (it was switched off, or it plays that).
            _break(came, "the connection was closed before an answer")
            return
        passage = self._weather.reply(reply.body)
        if passage.loss is not None:
            if passage.loss is not Loss.SILENT:
                _break(came, "the answer broke off")
            return
        if passage.copies_s:
            await asyncio.sleep(passage.copies_s[0])
        if not came.done():
            came.set_result(_carried(reply, passage))


def _carried(reply: Reply, passage: Passage) -> Reply:
    if passage.data is None:
        return reply
    if not passage.data:
        return NOTHING
    return Reply(status=reply.status, content_type=reply.content_type, body=passage.data)


def _break(came: asyncio.Future[Reply], problem: str) -> None:
    if not came.done():
        came.set_exception(LinkError(problem, written=True))
