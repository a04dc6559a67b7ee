"""Posts answers to terminals that want them as messages of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from opi_pos.http.client import HttpClient
from opi_pos.model.errors import LinkError
from opi_pos.model.ids import POIID

REPLY_TIMEOUT_S: Final = 10.0


class Replies:
    """Where each terminal listens is configuration, never taken from its messages."""

    def __init__(self, url_of: Callable[[POIID], str | None]) -> None:
        self._url_of = url_of
        self._client = HttpClient()

    async def post(self, poi_id: POIID, path: str, content_type: str, body: bytes) -> None:
        """Post one message, to `path` unless the configured address has one of its own.

        `LinkError` when the terminal did not take it.
        """
        url = self._url_of(poi_id)
        if url is None:
            raise LinkError("no address is configured for this terminal", written=False)
        if urlsplit(url).path in {"", "/"}:
            url = url.rstrip("/") + path
        reply = await self._client.post(
            url, body, headers={"Content-Type": content_type}, timeout_s=REPLY_TIMEOUT_S
        )
        if not 200 <= reply.status < 300:
            raise LinkError(f"the terminal answered {reply.status}", written=True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
