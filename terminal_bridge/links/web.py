"""A way to a system of several servers and calls: any HTTP request, one connection each.

Where a `Link` has one address and one kind of message, a cloud has paths, methods and headers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from opi_pos.http.client import HttpClient
from opi_pos.model.errors import LinkError
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    """One request. Its `repr` hides credentials and what may be card data."""

    method: str
    url: str
    """With the query."""
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Web(Protocol):
    """Sends requests to whatever server their URL names."""

    async def send(
        self,
        request: WebRequest,
        *,
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """Send it once and wait for the whole answer of any status.

        `on_written` is called when the first byte of a request with a body was handed over;
        `LinkError.written` says the same, and is False only when it is certain that none left.
        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class HttpWeb:
    """Over real connections."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def send(
        self,
        request: WebRequest,
        *,
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """See `Web`."""
        if request.body:
            got = await self._client.post(
                request.url,
                request.body,
                headers=request.headers,
                timeout_s=timeout_s,
                on_written=on_written,
            )
        else:
            got = await self._client.ask(
                request.method, request.url, headers=request.headers, timeout_s=timeout_s
            )
        content_type = got.headers.get("Content-Type", "")
        return Reply(status=got.status, content_type=content_type, body=got.body)

    async def close(self) -> None:
        """See `Web`."""
        await self._client.aclose()


Serve = Callable[[WebRequest], Awaitable[Reply]]
"""The other side: takes a request and gives what is to be sent back; raises `LinkError` to hang up
instead.
"""


class MemoryWeb:
    """To a system in the same process, over a `MemoryLink` made with `serving`; that link may have
    a weather.
    """

    def __init__(self, link: MemoryLink) -> None:
        self._link = link

    async def send(
        self,
        request: WebRequest,
        *,
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """See `Web`."""
        written = False

        def told() -> None:
            nonlocal written
            written = True
            if on_written is not None:
                on_written()

        try:
            async with asyncio.timeout(timeout_s):
                return await self._link.exchange(_packed(request), on_written=told)
        except TimeoutError:
            raise LinkError(f"no answer within {timeout_s:g} s", written=written) from None

    async def close(self) -> None:
        """See `Web`."""
        await self._link.close()


class _Packed(msgspec.Struct):
    method: str
    url: str
    headers: dict[str, str]
    body: str


def _packed(request: WebRequest) -> bytes:
    body = request.body.decode("latin-1")
    return msgspec.json.encode(_Packed(request.method, request.url, request.headers, body))


def serving(serve: Serve) -> Callable[[bytes], Awaitable[Reply]]:
    """The terminal's side of a `MemoryLink`. What weather has cut short is no request: 400."""

    async def receive(data: bytes) -> Reply:
        try:
            packed = msgspec.json.decode(data, type=_Packed)
        except msgspec.DecodeError:
            return Reply(status=400)
        body = packed.body.encode("latin-1")
        request = WebRequest(
            method=packed.method, url=packed.url, headers=packed.headers, body=body
        )
        return await serve(request)

    return receive
