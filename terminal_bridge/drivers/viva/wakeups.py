"""Viva's webhooks: unsigned, so nothing in them is believed. One that names a session which is
being asked about is a reason to ask at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opi_pos.model.callbacks import TAKEN, Callback, CallbackAnswer, Letter
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.facts import Exchange
from opi_pos.model.secret import Secret
from opi_pos.wire import viva
from terminal_bridge.drivers.viva.cloud import Cloud

METHODS: Final = ("GET", "POST")
"""By GET Viva asks for the key, once."""

_NO_KEY: Final = CallbackAnswer(status=404)
_NOT_NOW: Final = CallbackAnswer(status=503)


class Wakeups:
    """Who waits for news of which session."""

    def __init__(self, cloud: Cloud, *, has_key: bool) -> None:
        """`has_key`: the merchant's own credentials are there, so the key can be asked for."""
        self._cloud = cloud
        self._has_key = has_key
        self._key: Secret | None = None
        self._waiting: dict[str, tuple[str, asyncio.Event]] = {}

    @contextmanager
    def of(self, order: viva.Order) -> Iterator[asyncio.Event]:
        """An event that is set when a webhook names this order, while the block lasts."""
        woken = asyncio.Event()
        self._waiting[order.session_id] = (order.merchant_reference, woken)
        try:
            yield woken
        finally:
            self._waiting.pop(order.session_id, None)

    async def read(self, callback: Callback, rows: Sequence[Exchange]) -> Letter:
        """See `opi_pos.ports.ReadForTerminal`. Webhooks come for all tills of the merchant, so one
        that is nobody's here is no dead letter.
        """
        del rows
        if callback.method == "GET":
            return Letter(answer=await self._shown_key())
        webhook = viva.read_webhook(callback.body)
        session_id = webhook.session.session_id.lower()
        for name, (reference, woken) in self._waiting.items():
            if name == session_id or (not session_id and reference == webhook.reference):
                woken.set()
        return Letter(answer=TAKEN)

    async def _shown_key(self) -> CallbackAnswer:
        if not self._has_key:
            return _NO_KEY
        if self._key is None:
            try:
                self._key = await self._cloud.webhook_key()
            except (LinkError, ProtocolError):
                return _NOT_NOW
        body = viva.write_webhook_key(self._key)
        return CallbackAnswer(body=body, content_type="application/json")
