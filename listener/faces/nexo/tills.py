"""Where foreign tills have their own doors: by configuration, or as they say in X-Callback-Url."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from listener.faces.nexo.settings import NexoFaceSettings
from listener.faces.posting import Poster
from listener.faces.targets import Target, TargetRefusedError, Targets
from listener.nexo.incoming import CONTENT_TYPES
from opi_pos.http.client import HttpReply
from opi_pos.model.errors import LinkError
from opi_pos.model.ids import SaleID
from opi_pos.wire import nexo

_log = logging.getLogger("listener.faces.nexo")


class Tills:
    """Finds and reaches the doors of foreign tills."""

    def __init__(self, settings: NexoFaceSettings, profile: nexo.Profile, name: str) -> None:
        configured = [settings.till_url, *settings.till_urls.values()]
        own = [url for url in configured if url]
        self._settings = settings
        self._profile = profile
        self._targets = Targets([*settings.callback_hosts, *own], key=f"face.{name}.till_url")
        self._poster = Poster()

    async def door(self, sale_id: SaleID, callback_url: str, peer: str) -> Door | None:
        """The door of a till that logs in; None when there is none that may be used."""
        settings = self._settings
        url = settings.till_urls.get(sale_id) or settings.till_url or callback_url
        if not url:
            return None
        if urlsplit(url).path in {"", "/"}:
            url = url.rstrip("/") + self._profile.path
        try:
            return Door(self._poster, await self._targets.checked(url, peer))
        except TargetRefusedError as error:
            _log.warning("the door of till %s is not used: %s", sale_id, error)
            return None

    async def aclose(self) -> None:
        """Close every connection."""
        await self._poster.aclose()


class Door:
    """One till's door."""

    def __init__(self, poster: Poster, target: Target) -> None:
        self._poster = poster
        self._target = target

    async def post(self, data: bytes, encoding: nexo.Encoding, timeout_s: float) -> HttpReply:
        """Post one message. Raises `LinkError`."""
        headers = {"Content-Type": CONTENT_TYPES[encoding], "Accept": "*/*"}
        reply = await self._poster.post(self._target, data, headers, timeout_s=timeout_s)
        if 300 <= reply.status < 400:
            raise LinkError("the till wants to be called elsewhere", written=True)
        return reply
