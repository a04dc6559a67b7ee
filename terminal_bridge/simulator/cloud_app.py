"""A simulated cloud behind a port: every request goes to it as it comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from opi_pos.http.asgi import Disconnected, Receive, RequestRefused, Scope, Send, read_body, respond
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.dropped import LinkDroppedError


class CloudApp:
    """The cloud's ASGI app."""

    def __init__(self, receive: Callable[[WebRequest], Awaitable[Reply]]) -> None:
        """`receive` raises `LinkDroppedError` when the connection ends without an answer."""
        self._receive = receive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        try:
            reply = await self._receive(_request(scope, body))
        except LinkDroppedError as dropped:
            await _break_off(send, dropped.partial)
            return
        content_type = reply.content_type.encode() or None
        await respond(send, reply.status, reply.body, content_type=content_type)


def _request(scope: Scope, body: bytes) -> WebRequest:
    path = scope.get("raw_path") or scope["path"].encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    return WebRequest(
        method=scope["method"], url=(path + query).decode("latin-1"), headers=headers, body=body
    )


async def _break_off(send: Send, partial: bytes) -> None:
    """Promise a body and end without it: the door then closes the connection."""
    promised = [(b"content-length", b"%d" % (len(partial) + 1))]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": partial, "more_body": True})
