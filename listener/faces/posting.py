"""Posts to checked targets: no redirect, no proxy, a small answer, and a deadline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from listener.faces.targets import Target
from opi_pos.http.client import HttpClient, HttpReply
from opi_pos.model.errors import LinkError

POST_S: Final = 10.0
ANSWER_LIMIT: Final = 64 * 1024


class Poster:
    """The HTTP client of a face."""

    def __init__(self) -> None:
        self._client = HttpClient(response_limit=ANSWER_LIMIT)

    async def post(
        self,
        target: Target,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout_s: float = POST_S,
    ) -> HttpReply:
        """Post to the first checked address that can be connected to. Raises `LinkError`."""
        failed = LinkError("no address", written=False)
        for address in target.addresses:
            try:
                return await self._client.post(
                    target.url, body, headers=headers, timeout_s=timeout_s, at=address
                )
            except LinkError as error:
                if error.written:
                    raise
                failed = error
        raise failed

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()
