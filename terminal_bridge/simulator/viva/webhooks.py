"""What the cloud posts by itself, to a receiver that has shown its key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.poi.faults import FaultPlan, Strike
from opi_pos.wire import viva
from terminal_bridge.links.web import Web, WebRequest

WITHIN_S: Final = 10.0
"""How long a receiver may take."""
TRIES: Final = 3
"""Viva itself tries for a day, about hourly."""
AGAIN_S: Final = 5.0

_log = logging.getLogger("terminal_bridge.simulator.viva")


class Webhooks:
    """Posts about sessions. Each event goes out in a task of its own, as often as it is refused."""

    def __init__(
        self, web: Web | None, url: str, key: Secret, plan: FaultPlan, stamp: Callable[[], str]
    ) -> None:
        """Nothing is posted without a way there (`web`) and a receiver."""
        self._web = web
        self._url = url
        self._key = key
        self._plan = plan
        self._stamp = stamp
        self._number = 0

    async def register(self, url: str) -> bool:
        """The handshake: a receiver that does not show the merchant's key is not posted to."""
        if self._web is None:
            return False
        self._url = url if await self._shows_key(self._web, url) else ""
        return bool(self._url)

    async def _shows_key(self, web: Web, url: str) -> bool:
        request = WebRequest(method="GET", url=url)
        try:
            reply = await web.send(request, timeout_s=WITHIN_S)
            return reply.status == 200 and viva.read_webhook_key(reply.body) == self._key
        except (LinkError, ProtocolError):
            return False

    def tell(self, session: viva.Session, tasks: Tasks) -> None:
        """A session ended."""
        if self._web is None or not self._url:
            return
        kind = viva.WebhookKind.SESSION_CREATED if session.success else None
        webhook = viva.Webhook(
            event_type_id=kind or viva.WebhookKind.SESSION_FAILED,
            session=session,
            created=self._stamp(),
            message_id=f"{self._number}",
        )
        self._number += 1
        tasks.spawn(self._post(self._web, webhook), name="Viva webhook")

    async def _post(self, web: Web, webhook: viva.Webhook) -> None:
        struck = self._plan.strike("Webhook")
        if struck.by(Strike.LOSE):
            return
        await asyncio.sleep(struck.seconds(Strike.DELAY))
        body = viva.write_webhook(webhook, self._url)
        headers = {"Content-Type": "application/json"}
        request = WebRequest(method="POST", url=self._url, headers=headers, body=body)
        if struck.by(Strike.DOUBLE):
            await self._delivered(web, request)
        for _ in range(TRIES):
            if await self._delivered(web, request):
                return
            await asyncio.sleep(AGAIN_S)
        _log.warning("a webhook was not delivered")

    async def _delivered(self, web: Web, request: WebRequest) -> bool:
        try:
            reply = await web.send(request, timeout_s=WITHIN_S)
        except LinkError:
            return False
        return 200 <= reply.status < 300
