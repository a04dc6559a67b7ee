"""Where systems that call back bring their news: the last part of the path is what lets them in."""

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
from opi_pos.model.callbacks import Callback, CallbackAnswer

PREFIX: Final = "/callback/"
METHODS: Final = frozenset({"GET", "POST"})
"""Which of them a path takes is its owner's to say."""


class CallbackEndpoint:
    """Answers below `/callback/`; a path that nobody opened is 404, as any other."""

    def __init__(self, take: Callable[[str, Callback], Awaitable[CallbackAnswer]]) -> None:
        self._take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One callback. Its answer leaves when it is durable."""
        if scope["method"] not in METHODS:
            await respond(send, 405, headers=((b"allow", b"POST"),))
            return
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        answer = await self._take(scope["path"].rpartition("/")[2], _callback(scope, body))
        await respond(
            send,
            answer.status,
            answer.body,
            content_type=answer.content_type.encode() or None,
            headers=((b"allow", b"POST"),) if answer.status == 405 else (),
        )


def _callback(scope: Scope, body: bytes) -> Callback:
    client = scope.get("client")
    return Callback(
        method=scope["method"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        },
        body=body,
        peer=client[0] if client else "",
    )
