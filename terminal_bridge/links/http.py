"""A link over HTTP: one POST, one connection, one exchange. A second exchange is a second POST."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opi_pos.http.client import HttpClient
from opi_pos.http.tls import ClientTLS
from terminal_bridge.links.link import Reply


class HttpLink:
    """Posts to one URL. Opens nothing before the first exchange."""

    def __init__(
        self, url: str, *, headers: Mapping[str, str], tls: ClientTLS | None = None
    ) -> None:
        self._url = url
        self._headers = dict(headers)
        self._client = HttpClient(tls=tls)

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`. Every HTTP status is a reply; what it means is the driver's to say."""
        reply = await self._client.post(
            self._url, data, headers=self._headers, timeout_s=None, on_written=on_written
        )
        return Reply(
            status=reply.status,
            content_type=reply.headers.get("Content-Type", ""),
            body=reply.body,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()
