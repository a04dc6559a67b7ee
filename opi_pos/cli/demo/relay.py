"""A relay between two doors, which draws what passes."""

from __future__ import annotations

import asyncio
from typing import Final

from opi_pos.cli.demo.drawing import Lane
from opi_pos.cli.demo.words import describe
from opi_pos.http.asgi import Receive, Scope, Send, header, read_body, respond
from opi_pos.http.client import HttpClient
from opi_pos.model.errors import LinkError

WITHIN_S: Final = 60.0


class Relay:
    """An ASGI app: passes on to `goal`, the URL of a door. `from_left`: who posts stands left."""

    def __init__(self, lane: Lane, *, from_left: bool) -> None:
        self._lane = lane
        self._from_left = from_left
        self._client = HttpClient()
        self._passing = 0
        self.goal = ""
        self.quiet = asyncio.Event()
        """Set while nothing is on its way."""
        self.quiet.set()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        self._passing += 1
        self.quiet.clear()
        try:
            await self._pass(scope, receive, send)
        finally:
            self._passing -= 1
            if not self._passing:
                self.quiet.set()

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive)
        said = describe(body)
        self._draw(f"POST {said}", forward=True)
        kind = header(scope, b"content-type") or b""
        try:
            reply = await self._client.post(
                self.goal + scope["path"],
                body,
                headers={"Content-Type": kind.decode("latin-1")},
                timeout_s=WITHIN_S,
            )
        except LinkError:
            await respond(send, 502)
            return
        answer = describe(reply.body)
        of = "" if answer else f" ({said.partition(' ')[0]})"
        self._draw(f"{reply.status} {answer}".rstrip() + of, forward=False)
        content_type = reply.headers.get("Content-Type", "").encode() or None
        await respond(send, reply.status, reply.body, content_type=content_type)

    def _draw(self, text: str, *, forward: bool) -> None:
        style = ("green" if self._from_left else "cyan") if forward else "bold green"
        if not forward and not self._from_left:
            style = "dim"
        if forward is self._from_left:
            self._lane.to_right(text, style)
        else:
            self._lane.to_left(text, style)
