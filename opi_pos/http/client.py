"""The HTTP client, and the only file that imports aiohttp.

It answers the one question on which money depends: may a byte of the request have left? It sends
a request once, never twice, follows no redirect, reads no proxy from the environment, keeps no
cookie, and reads no more of an answer than its limit.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override
from yarl import URL

from opi_pos.http.tls import ClientTLS
from opi_pos.model.errors import ConfigurationError, LinkError, UsageError

REQUEST_LIMIT: Final = 1024 * 1024
RESPONSE_LIMIT: Final = 1024 * 1024
CONNECT_TIMEOUT_S: Final = 5.0

# One write carries headers and a body up to this size. It must stay below the 64 KiB at which
# aiohttp waits for the peer, or `on_written` would be late.
_FIRST_WRITE: Final = 32 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """A complete answer of any status. Its `repr` hides what may be card data or a token."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class HttpClient:
    """Posts to terminals and hosts. One per peer configuration; ends with `aclose`.

    `keep_alive` reuses connections, which saves a handshake, at the price of doubts that a fresh
    connection would not have: a peer may close an idle one just as the next request leaves.
    """

    def __init__(
        self,
        *,
        tls: ClientTLS | None = None,
        keep_alive: bool = False,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        response_limit: int = RESPONSE_LIMIT,
    ) -> None:
        self._ssl = True if tls is None else tls.context()
        self._keep_alive = keep_alive
        self._connect_timeout_s = connect_timeout_s
        self._response_limit = response_limit
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection. A request under way ends with `LinkError`."""
        session, self._opened = self._opened, None
        if session is not None:
            await session.close()

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        on_written: Callable[[], None] | None = None,
        at: str | None = None,
    ) -> HttpReply:
        """Send `body` once and wait for the whole answer, at most `timeout_s` (None: for ever).

        `at` is an IP address that somebody has checked: the connection goes there, whatever the
        URL's host resolves to by now; Host and certificate stay those of the URL.

        `on_written` is called when the first bytes were handed to the connection; if the call
        ends without it, no byte left. `LinkError.written` says the same. Cancelling closes the
        connection. `UsageError` for a URL or a body that cannot be sent.
        """
        if len(body) > REQUEST_LIMIT:
            raise UsageError(f"the request is larger than {REQUEST_LIMIT} bytes")
        request = _Body(body, on_written)
        call = _Call("POST", _parse(url), headers, request, at)
        return await self._carry(call, timeout_s, lambda _: request.written)

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> HttpReply:
        """A request without a body (`GET`, `DELETE`), otherwise as `post`. What moves money has a
        body: here `LinkError.written` is False only when no connection came about.
        """
        call = _Call(method, _parse(url), headers, None, None)
        return await self._carry(call, timeout_s, _had_a_connection)

    async def _carry(
        self, call: _Call, timeout_s: float | None, written: Callable[[Exception], bool]
    ) -> HttpReply:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(call)
        except TimeoutError as error:
            raise LinkError(_late(call.target, error, timeout_s), written=written(error)) from None
        except (aiohttp.ClientError, HttpProcessingError, OSError, EOFError) as error:
            # The text is made here: aiohttp's may hold the path, and a path may hold a token.
            problem = f"{_place(call.target)}: {_describe(error)}"
            raise LinkError(problem, written=written(error)) from None

    async def _exchange(self, call: _Call) -> HttpReply:
        target, at = call.target, call.at
        fields, name, place = dict(call.headers or {}), None, target
        if at is not None:
            fields["Host"], name, place = target.authority, target.host, target.with_host(at)
        response = await self._session().request(
            call.method,
            place,
            data=call.body,
            headers=fields,
            ssl=self._ssl,
            server_hostname=name if target.scheme == "https" else None,
            allow_redirects=False,
        )
        try:
            body = await self._read(response, target)
        except BaseException:
            response.close()
            raise
        response.release()
        return HttpReply(status=response.status, headers=response.headers, body=body)

    async def _read(self, response: aiohttp.ClientResponse, target: URL) -> bytes:
        received = bytearray()
        async for chunk in response.content.iter_any():
            received += chunk
            if len(received) > self._response_limit:
                problem = (
                    f"{_place(target)}: the answer is larger than {self._response_limit} bytes"
                )
                raise LinkError(problem, written=True)
        return bytes(received)

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    force_close=not self._keep_alive,
                    limit=0,  # a queue for connections would hide in the wait for an answer
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=self._connect_timeout_s, sock_read=None
                ),
                # A compressed answer would pass the limit on its way in and burst behind it.
                auto_decompress=False,
                skip_auto_headers=("Accept-Encoding", "User-Agent"),
                trust_env=False,
            )
            # aiohttp would send a GET or a DELETE twice when the peer hangs up; tests watch this.
            self._opened._retry_connection = False  # noqa: SLF001
        return self._opened


class _Body(aiohttp.BytesPayload):
    """A request body that knows whether it, or the headers before it, was written.

    aiohttp's own tracing reports the headers before they are written; this is called back exactly
    around the write.
    """

    def __init__(self, body: bytes, on_written: Callable[[], None] | None) -> None:
        super().__init__(body)
        self.written = False
        self._on_written = on_written

    @override
    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        body: bytes = self._value
        # Raises on a connection that is closing, before anything is handed to it.
        await writer.write(body[:_FIRST_WRITE])
        self.written = True
        if self._on_written is not None:
            self._on_written()
        if len(body) > _FIRST_WRITE:
            await writer.write(body[_FIRST_WRITE:])


@dataclass(frozen=True, slots=True)
class _Call:
    """One request. `at`: see `HttpClient.post`."""

    method: str
    target: URL
    headers: Mapping[str, str] | None
    body: _Body | None
    at: str | None


def _had_a_connection(error: Exception) -> bool:
    never = aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError
    return not isinstance(error, never)


def _parse(url: str) -> URL:
    try:
        target = URL(url, encoded=True)
    except ValueError:
        target = URL()
    if target.scheme not in ("http", "https") or not target.host or target.user is not None:
        raise ConfigurationError("url", "must be http://host[:port]/path or https://…, no password")
    return target


def _place(target: URL) -> str:
    return f"{target.host}:{target.port}"


def _late(target: URL, error: TimeoutError, timeout_s: float | None) -> str:
    if isinstance(error, aiohttp.ServerTimeoutError):
        return f"{_place(target)}: no connection in time"
    return f"{_place(target)}: no complete answer within {timeout_s:g} s"


def _describe(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            text = f"the certificate is not accepted: {error.certificate_error}"
        case aiohttp.ClientConnectorDNSError():
            text = "the name cannot be resolved"
        case aiohttp.ClientConnectorError():
            text = f"cannot connect: {_reason(error)}"
        case aiohttp.ServerDisconnectedError():
            text = "the connection was closed before an answer"
        case aiohttp.ClientPayloadError():
            text = "the answer broke off"
        case aiohttp.ClientResponseError() | HttpProcessingError():
            text = "the answer is not HTTP"
        case _:
            text = _reason(error)
    return text


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if number else type(error).__name__
