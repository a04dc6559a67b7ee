"""The few tools a plain ASGI endpoint needs: read a body within limits, answer, compare secrets.

They also guard an app that is mounted in a foreign server, which may have no limits of its own.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# Set in `scope["extensions"]` by the door, which has received the whole body, within its limits,
# before the app is called.
WHOLE_BODY: Final = "opi_pos.whole_body"

BODY_LIMIT: Final = 256 * 1024
RECEIVE_S: Final = 10.0


class RequestRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The request ends here with a 4xx. `respond(send, refusal.status)` says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class Disconnected(Exception):  # noqa: N818 - news of the peer, not a fault
    """The peer has gone; an answer would reach nobody."""


async def read_body(
    scope: Scope, receive: Receive, *, limit: int = BODY_LIMIT, deadline_s: float = RECEIVE_S
) -> bytes:
    """The whole body: at most `limit` bytes, `deadline_s` after the call at the latest.

    Raises `RequestRefused` (413 as soon as one byte too many arrives, or 408), or `Disconnected`.
    """
    if WHOLE_BODY in scope.get("extensions", ()):
        # No timer: it would cost more than all the rest of reading.
        return _part(await receive(), limit)
    try:
        async with asyncio.timeout(deadline_s):
            return await _read_parts(receive, limit)
    except TimeoutError:
        raise RequestRefused(408, "Request Timeout") from None


async def _read_parts(receive: Receive, limit: int) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += _part(message, limit - len(body))
        more = message.get("more_body", False)
    return body


async def respond(
    send: Send,
    status: int,
    body: bytes = b"",
    *,
    content_type: bytes | None = None,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send a complete response. `content_type` stands only where there is a body."""
    fields = list(headers)
    if status not in (204, 304):
        fields.append((b"content-length", b"%d" % len(body)))
    if content_type is not None and body:
        fields.append((b"content-type", content_type))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def same_secret(given: str, expected: str) -> bool:
    """Compare a token, or a path that holds one, in a time that does not tell how much agrees."""
    return hmac.compare_digest(given.encode(), expected.encode())


def header(scope: Scope, name: bytes) -> bytes | None:
    """The last value of a header; `name` in lower case."""
    found: bytes | None = None
    for key, value in scope["headers"]:
        if key == name:
            found = value
    return found


def _part(message: Message, room: int) -> bytes:
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if len(body) > room:
        raise RequestRefused(413, "Content Too Large")
    return body
