"""Card numbers in what Viva's cloud answers and posts, and the secrets by which it knows us."""

from __future__ import annotations

import json
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import OpiPosError
from opi_pos.model.results import Outcome
from opi_pos.model.secret import Secret
from terminal_bridge.drivers.viva import connecting, options
from terminal_bridge.drivers.viva.pace import Pace
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.cloud_app import CloudApp
from terminal_bridge.simulator.viva.cloud import SimulatedViva
from tests.secrets.cards import SHAPES
from tests.secrets.planting import garbage
from tests.secrets.till import Watched, assert_hidden, watched

CLIENT_SECRET, API_KEY, WEBHOOK_KEY = "client-hush-hush", "api-hush-hush", "webhook-hush-hush"
KEPT = frozenset(
    {"sessionId", "terminalId", "currencyCode", "access_token", "virtualTerminalId", "Key"}
)
"""What names a session or a terminal, or lets one in: it must come back as it was."""
QUICK = Pace(first_s=0.01, longest_s=0.01, unknown_s=60.0, deadline_s=60.0)


class Planter:
    """Stands before a cloud. Every answer carries `text` in every text that a session can have and
    in some that it cannot; the answers `instead` go before.
    """

    def __init__(self, cloud: SimulatedViva, text: str) -> None:
        self._cloud = cloud
        self._text = text
        self.instead: deque[bytes] = deque()
        self.tokens: set[str] = set()

    async def receive(self, request: WebRequest) -> Reply:
        """See `SimulatedViva.receive`."""
        reply = await self._cloud.receive(request)
        if request.method == "GET" and self.instead:
            return Reply(status=200, content_type="application/json", body=self.instead.popleft())
        if not reply.body:
            return reply
        value = json.loads(reply.body)
        if isinstance(value, dict) and "access_token" in value:
            self.tokens.add(value["access_token"])
        planted = json.dumps(self._planted(value)).encode()
        return Reply(status=reply.status, content_type=reply.content_type, body=planted)

    def _planted(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._planted(each) for each in value]
        if not isinstance(value, dict):
            return value
        texts = {
            name: each if name in KEPT or isinstance(each, (int, float)) else self._text
            for name, each in value.items()
        }
        return {**texts, "vendor": self._text, self._text: {"pan": [self._text]}}


@asynccontextmanager
async def planted(text: str, **words: Any) -> AsyncIterator[tuple[Planter, str]]:
    client = ("client-1", Secret(CLIENT_SECRET))
    async with SimulatedViva(client=client, webhook_key=WEBHOOK_KEY, **words) as cloud:
        planter = Planter(cloud, text)
        async with Door(CloudApp(planter.receive), DoorConfig()) as door:
            yield planter, f"viva+{door.url}/16008507"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(options.CLIENT_ID_ENV, "client-1")
    monkeypatch.setenv(options.CLIENT_SECRET_ENV, CLIENT_SECRET)
    monkeypatch.setenv("SHOP_API_KEY", API_KEY)
    monkeypatch.setattr(connecting, "DEFAULT", QUICK)


async def attempt(till: Watched, call: Awaitable[object]) -> None:
    """Whatever comes of it, a program may log it."""
    try:
        till.look_at(await call)
    except OpiPosError as error:
        till.look_at("".join(traceback.format_exception(error)), error)


def assert_kept(shown: str, planter: Planter) -> None:
    assert_hidden(shown)
    assert planter.tokens
    for secret in (CLIENT_SECRET, API_KEY, WEBHOOK_KEY, *planter.tokens):
        assert secret not in shown


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_no_answer_of_the_cloud_leaves_a_secret_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    async with (
        planted(text) as (planter, url),
        watched(tmp_path, text, caplog, terminal=url) as till,
    ):
        sale = till.till
        approved = await sale.pay("12.00", reference="approved", operator=text)
        assert approved.outcome is Outcome.APPROVED
        till.look_at(approved, await sale.status("approved"), await sale.reprint("approved"))
        for amount in ("38.05", "38.06", "38.07", "38.08", "38.17"):
            await attempt(till, sale.pay(amount, reference=amount))
        await attempt(till, sale.refund("1.00", reference="refund", original="approved"))
        await attempt(till, sale.reserve("5.00", reference="hold"))
        await attempt(till, sale.complete("hold", "5.00", reference="taken"))
        await attempt(till, sale.diagnose())
        await attempt(till, sale.status("38.05"))
        till.look_at(await sale.exchanges(), await sale.facts("approved"))
        till.look_at(sale.station().driven().driver)
    assert_kept(await till.shown(tmp_path), planter)


@pytest.mark.parametrize("shape", ["16 digits", "spaced", "track 2", "base64", "JSON"])
async def test_neither_garbage_nor_a_webhook_leaves_a_secret_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, shape: str
) -> None:
    text = SHAPES[shape]
    keys = {"merchant_id": "merchant-1", "api_key_env": "SHOP_API_KEY", "listen": "127.0.0.1:0"}
    event = {"EventTypeId": 1802, "EventData": {"SessionId": text, "Message": text}}
    async with (
        planted(text) as (planter, url),
        HttpClient() as client,
        watched(tmp_path, text, caplog, terminal=url, **keys) as till,
    ):
        there = next(iter((await till.till.callback_urls()).values()))
        assert WEBHOOK_KEY.encode() in (await client.ask("GET", there)).body
        for body in (json.dumps(event).encode(), *garbage(text)):
            await client.post(there, body)
            planter.instead.append(body)
        await attempt(till, till.till.pay("1.00", reference="a"))
        assert not planter.instead
        till.look_at(await till.till.facts("a"))
    assert_kept(await till.shown(tmp_path), planter)


async def test_wrong_credentials_are_not_repeated_in_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with planted("nothing") as (planter, url):
        monkeypatch.setenv(options.CLIENT_SECRET_ENV, API_KEY)
        async with watched(tmp_path, "nothing", caplog, terminal=url) as till:
            await attempt(till, till.till.pay("1.00", reference="a"))
            await attempt(till, till.till.diagnose())
    shown = await till.shown(tmp_path)
    assert "does not accept" in shown
    assert API_KEY not in shown
    assert not planter.tokens
