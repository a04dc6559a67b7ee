"""A simulated terminal over HTTP: its own door, and the way to the till's."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

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
from opi_pos.http.client import HttpClient
from opi_pos.http.tls import ClientTLS
from opi_pos.model.errors import LinkError
from opi_pos.wire.nexo.profile import Profile
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.nexo import SimulatedNexo

CALLBACK_HEADER: Final = "X-Callback-Url"


class TillDoor:
    """Posts the terminal's own messages to the till."""

    def __init__(self, url: str | None, wire: Profile, tls: ClientTLS | None) -> None:
        self._url = None if url is None else _with_path(url, wire.path)
        self._wire = wire
        self._follows_header = CALLBACK_HEADER in wire.headers
        self._client = HttpClient(tls=tls)

    def learn(self, callback_url: str) -> None:
        """The till tells where it listens (Westpay's header), unless that is configured."""
        if self._follows_header and callback_url.startswith(("http://", "https://")):
            self._url = callback_url

    async def post(self, data: bytes) -> Reply:
        """See `terminal_bridge.links.link.Receive`. Raises `LinkError`."""
        if self._url is None:
            raise LinkError("the till's door is not known", written=False)
        headers = {"Content-Type": self._wire.content_type}
        reply = await self._client.post(self._url, data, headers=headers)
        return Reply(status=reply.status, body=reply.body)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


def _with_path(url: str, path: str) -> str:
    return url if urlsplit(url).path not in ("", "/") else url.rstrip("/") + path


class TerminalApp:
    """The terminal's ASGI app: POST at the profile's path."""

    def __init__(self, terminal: SimulatedNexo, wire: Profile, till: TillDoor) -> None:
        self._terminal = terminal
        self._paths = {wire.path, wire.callback_path or wire.path}
        self._till = till

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["path"] not in self._paths:
            await respond(send, 404)
            return
        if scope["method"] != "POST":
            await respond(send, 405, headers=[(b"allow", b"POST")])
            return
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        if callback := header(scope, CALLBACK_HEADER.lower().encode()):
            self._till.learn(callback.decode("latin-1"))
        await self._answer(body, send)

    async def _answer(self, body: bytes, send: Send) -> None:
        try:
            reply = await self._terminal.receive(body)
        except LinkDroppedError as dropped:
            await _break_off(send, dropped.partial)
            return
        content_type = reply.content_type.encode() or None
        await respond(send, reply.status, reply.body, content_type=content_type)


async def _break_off(send: Send, partial: bytes) -> None:
    """Promise a body and end without it: the door then closes the connection."""
    promised = [(b"content-length", b"%d" % (len(partial) + 1))]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": partial, "more_body": True})
