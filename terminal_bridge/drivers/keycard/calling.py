"""One command on its way, with its immediate answer, its callbacks, and the cancels beside it.

What happens comes out of `next()` in order. Owns its tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import AbortLost, Written
from opi_pos.ports import Letterbox, Wishes
from opi_pos.wire import keycard
from terminal_bridge.drivers.keycard.reading import Told
from terminal_bridge.links.web import Web, WebRequest

REPLY_S: Final = 30.0
"""How long the immediate answer may take."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server did not begin."""

    message: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server began; the result comes by callback."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody knows whether it began, unless no byte left."""

    written: bool
    problem: str


@dataclass(frozen=True, slots=True)
class CalledBack:
    """A callback."""

    told: Told


Happening = Written | Refused | Accepted | Unanswered | CalledBack | AbortLost


class Server:
    """The server's one URL."""

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = url

    async def send(
        self, request: keycard.Request, on_written: Callable[[], None]
    ) -> Refused | Accepted | Unanswered:
        """Post one command; its immediate answer."""
        try:
            reply = await self._web.send(
                WebRequest(
                    method="POST",
                    url=self._url,
                    headers={"Content-Type": "application/json; charset=utf-8"},
                    body=keycard.write_request(request),
                ),
                timeout_s=REPLY_S,
                on_written=on_written,
            )
        except LinkError as error:
            return Unanswered(error.written, str(error))
        try:
            answer = keycard.read_reply(reply.body)
        except ProtocolError as error:
            problem = f"HTTP status {reply.status}, and the answer is none: {error}"
            return Unanswered(True, problem)
        return Accepted(answer.session_id) if answer.proceed else Refused(answer.message)

    async def close(self) -> None:
        """Close every connection."""
        await self._web.close()


class Calling:
    """Begins with `begin`; `aclose` gives up waiting, the server may go on."""

    def __init__(self, server: Server, box: Letterbox) -> None:
        self._server = server
        self._box = box
        self._tasks = Tasks()
        self._happened: asyncio.Queue[Happening] = asyncio.Queue()

    def begin(self, request: keycard.Request) -> None:
        """Listen first, then send."""
        self._tasks.spawn(self._collect(), name="Key & Card callbacks")
        self._tasks.spawn(self._send(request), name="Key & Card command")

    def heed(self, wishes: Wishes, cancel: Callable[[ServiceID], Awaitable[str]]) -> None:
        """Carry wishes to stop by `cancel`, which gives the problem or nothing."""
        self._tasks.spawn(self._heed(wishes, cancel), name="Key & Card cancels")

    async def next(self) -> Happening:
        """What happens next."""
        return await self._happened.get()

    async def aclose(self) -> None:
        """End the tasks; what still comes is kept in the inbox."""
        await self._tasks.aclose()
        self._box.close()

    async def _send(self, request: keycard.Request) -> None:
        def written() -> None:
            self._happened.put_nowait(Written())

        self._happened.put_nowait(await self._server.send(request, written))

    async def _collect(self) -> None:
        while True:
            self._happened.put_nowait(CalledBack(await self._box.next()))

    async def _heed(self, wishes: Wishes, cancel: Callable[[ServiceID], Awaitable[str]]) -> None:
        while True:
            problem = await cancel(await wishes.abort_wished())
            if problem:
                self._happened.put_nowait(AbortLost(problem=problem))
