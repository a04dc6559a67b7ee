"""Paygate over HTTP: `inquire.aspx`, and its posts to the shop's URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.poi.faults import Fault
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.cloud_app import CloudApp
from terminal_bridge.simulator.computop.paygate import Merchant, Paygate

INQUIRE: Final = "/inquire.aspx"
_FORM: Final = "application/x-www-form-urlencoded"


class PaygateConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How it is served."""

    merchant: Merchant
    notify_url: str = ""
    """May be told later, by `PaygateServer.notify_url`."""
    host: str = "127.0.0.1"
    port: int = 0
    faults: tuple[Fault, ...] = ()
    seed: int = 0


class PaygateServer:
    """Runs while `serve_paygate` is open."""

    def __init__(self, config: PaygateConfig) -> None:
        self.notify_url = config.notify_url
        self.paygate = Paygate(config.merchant, self._post, faults=config.faults, seed=config.seed)
        self._client = HttpClient()
        app = CloudApp(self._receive)
        self._door = Door(app, DoorConfig(host=config.host, port=config.port))

    @property
    def inquiry_url(self) -> str:
        """Where it is asked."""
        return self._door.url + INQUIRE

    async def start(self) -> None:
        """Listen."""
        await self._door.start()

    async def aclose(self) -> None:
        """Send no more and listen no more."""
        await self.paygate.aclose()
        await self._client.aclose()
        await self._door.close()

    async def _receive(self, request: WebRequest) -> Reply:
        if request.url != INQUIRE:
            return Reply(status=404)
        if request.method != "POST":
            return Reply(status=405)
        status, form = self.paygate.answer(request.body)
        return Reply(status=status, body=form, content_type=_FORM)

    async def _post(self, form: bytes) -> int:
        headers = {"Content-Type": _FORM}
        return (await self._client.post(self.notify_url, form, headers=headers)).status


@asynccontextmanager
async def serve_paygate(config: PaygateConfig) -> AsyncIterator[PaygateServer]:
    """Listen for inquiries, and post to `notify_url`."""
    server = PaygateServer(config)
    try:
        await server.start()
        yield server
    finally:
        await server.aclose()
