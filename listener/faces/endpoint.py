"""The HTTP side of all faces behind one port: who may come in, which path is whose, in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

from listener.guard import Guard
from listener.nexo.incoming import HttpAnswer
from opi_pos.http.asgi import (
    Disconnected,
    Receive,
    RequestRefused,
    Scope,
    Send,
    header,
    read_body,
    respond,
)

CALLBACK_HEADER: Final = b"x-callback-url"

Take = Callable[[bytes, str, str], Awaitable[HttpAnswer]]
"""Body, the caller's address, X-Callback-Url (or nothing)."""


class FaceApp:
    """An ASGI app of faces by path."""

    def __init__(
        self, faces: Mapping[str, Take], *, guard: Guard | None, origins: Collection[str]
    ) -> None:
        self._faces = dict(faces)
        self._guard = guard
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        path: str | None = scope["path"] if self._guard is None else self._guard.path(scope)
        take = self._faces.get(path) if path is not None else None
        if take is None:
            await respond(send, 404)
        elif scope["method"] != "POST":
            await respond(send, 405, headers=((b"allow", b"POST"),))
        elif not self._may_ask(scope):
            await respond(send, 403)
        else:
            await self._serve(take, scope, receive, send)

    def _may_ask(self, scope: Scope) -> bool:
        """A web page of somebody else must not start a payment: only browsers send an Origin."""
        origin = header(scope, b"origin")
        if origin is None:
            return header(scope, b"sec-fetch-site") in {None, b"none", b"same-origin"}
        return origin in self._origins

    async def _serve(self, take: Take, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        client = scope.get("client")
        callback = (header(scope, CALLBACK_HEADER) or b"").decode("latin-1")
        answer = await take(body, client[0] if client else "", callback)
        content_type = answer.content_type.encode() or None
        await respond(send, answer.status, answer.body, content_type=content_type)
