"""Where systems that call back post their news: the last part of the path is what lets them in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from opi_pos.http.asgi import (
    Disconnected,
    Receive,
    RequestRefused,
    Scope,
    Send,
    read_body,
    respond,
)

PREFIX: Final = "/callback/"


class CallbackEndpoint:
    """Answers POSTs below `/callback/`; a path that nobody opened is 404, as any other."""

    def __init__(self, take: Callable[[str, bytes], Awaitable[int]]) -> None:
        self._take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One callback. Its answer leaves when it is durable."""
        if scope["method"] != "POST":
            await respond(send, 405, headers=((b"allow", b"POST"),))
            return
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        token = scope["path"].rpartition("/")[2]
        await respond(send, await self._take(token, body))
