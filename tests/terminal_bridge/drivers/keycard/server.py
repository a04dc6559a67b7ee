"""A Key & Card server for tests, as its documentation tells it, with habits that it may have."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from opi_pos.aio.tasks import Tasks
from opi_pos.http.asgi import Receive, Scope, Send, read_body, respond
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import LinkError


@dataclass
class Habits:
    """What the documentation leaves open, or contradicts itself in."""

    session_id: bool = True
    string_values: bool = False
    prose_flag: bool = False
    charset: str = "utf-8"
    final_twice: bool = False
    final_first: bool = False
    """Before the immediate answer."""
    refuses: str | None = None
    answers: bool = True
    """False: the connection breaks instead of the immediate answer."""


class Server:
    """Idle, busy, idle. Sessions whose callbacks cannot be delivered are aborted and stored."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.requests: list[dict[str, Any]] = []
        self.running: dict[str, Any] | None = None
        self.aborted: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.arrived = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.url = ""
        self._grew = asyncio.Event()
        self._client = HttpClient()
        self._tasks = Tasks()
        self._number = 40

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        async with Door(self, DoorConfig()) as door:
            self.url = f"keycard+{door.url}/api"
            try:
                yield self
            finally:
                await self._tasks.aclose()
                await self._client.aclose()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not reached():
                self._grew.clear()
                await self._grew.wait()

    def commands(self) -> list[str]:
        return [request["Command"] for request in self.requests]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = json.loads(await read_body(scope, receive))
        self.requests.append(request)
        self._grew.set()
        reply = self._reply(request)
        if reply["Proceed"] in {True, "True"}:
            await self._begin(request)
        if not self.habits.answers:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-length", b"9")],
                }
            )
            return
        await respond(send, int(reply["HttpStatus"]), json.dumps(reply).encode())

    def _reply(self, request: dict[str, Any]) -> dict[str, Any]:
        habits, moves = self.habits, request["Command"] in {"Authorisation", "Reversal"}
        problem = habits.refuses if moves else None
        if moves and self.running is not None:
            problem = "Terminal busy"
        self._number += 1
        proceed = problem is None
        reply = {
            "HttpStatus": "200" if proceed else "400",
            "Message": problem or "",
            "Proceed": str(proceed) if habits.string_values else proceed,
        }
        return {**reply, "SessionId": str(self._number)} if habits.session_id else reply

    async def _begin(self, request: dict[str, Any]) -> None:
        match request["Command"]:
            case "Authorisation" | "Reversal":
                self.running = request
                self.arrived.set()
                if self.habits.final_first:
                    await self.end(success=True)
            case "CancelTransaction":
                self._later(self._call(request, success=self.running is not None, final=True))
                self.cancelled.set()
            case "IsIdle":
                self._later(self._call(request, success=self.running is None, final=True))
            case "GetAbortedSessions":
                value = json.dumps(self.aborted)
                self._later(self._both(request, value))
            case _:
                self._later(self._call(request, success=True, final=True, value="fertig"))

    def _later(self, coro: Any) -> None:
        self._tasks.spawn(coro, name="callback")

    async def _both(self, request: dict[str, Any], value: str) -> None:
        await self._call(request, success=True, final=False, value=value)
        await self._call(request, success=True, final=True)

    async def show(self, text: str) -> None:
        """An intermediate state; if it cannot be delivered the transaction is aborted."""
        assert self.running is not None
        await self._call(self.running, success=True, final=False, value=text)

    async def end(
        self, *, success: bool, value: str = "", number: int = -1, lines: tuple[str, ...] = ()
    ) -> None:
        """The end message of what runs."""
        running, self.running = self.running, None
        self.arrived.clear()
        assert running is not None
        for _ in range(2 if self.habits.final_twice else 1):
            await self._call(
                running, success=success, final=True, value=value, number=number, lines=lines
            )

    async def _call(
        self,
        request: dict[str, Any],
        *,
        success: bool,
        final: bool,
        value: str = "",
        number: int = -1,
        lines: tuple[str, ...] = (),
    ) -> None:
        def encode(text: str) -> str:
            return base64.b64encode(text.encode(self.habits.charset)).decode()

        def plain(word: object) -> object:
            return str(word) if self.habits.string_values else word

        flag = "IntermediateState" if self.habits.prose_flag else "IsIntermediateState"
        body = {
            "Command": request["Command"],
            "Success": plain(success),
            "Value": encode(value),
            flag: plain(not final),
            "ReceiptNumber": plain(number),
            "ReceiptText": [encode(line) for line in lines],
        }
        try:
            reply = await self._client.post(
                request["CallbackUrl"], json.dumps(body).encode(), timeout_s=10
            )
            self.statuses.append(reply.status)
            self._grew.set()
            delivered = reply.status == 200
        except LinkError:
            delivered = False
        if not delivered and request["Command"] == "Authorisation":
            self.running = None
            self.aborted.append(
                {
                    "Id": self._number,
                    "Command": "Authorisation",
                    "Parameter": request.get("Parameter"),
                }
            )


@asynccontextmanager
async def server(**habits: Any) -> AsyncIterator[Server]:
    async with Server(Habits(**habits)).serving() as serving:
        yield serving
