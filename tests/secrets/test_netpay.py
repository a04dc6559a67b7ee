"""Card numbers in what NetPay's cloud answers and its terminals post, and the secrets by which it
knows us and we know the terminal.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import LinkError, OpiPosError
from opi_pos.model.results import Outcome
from opi_pos.model.secret import Secret
from opi_pos.wire.netpay import Response
from terminal_bridge.drivers.netpay.options import VARIABLES
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.cloud_app import CloudApp
from terminal_bridge.simulator.netpay.cloud import SERIAL, Merchant, SimulatedNetpay
from tests.secrets.cards import SHAPES
from tests.secrets.planting import garbage
from tests.secrets.till import Watched, assert_hidden, watched

PASSWORD, APP_SECRET = "password-hush-hush", "app-hush-hush"
PERSON, SIGNATURE = "PEREZ/JUANA", "00FF02D4BB2780FF02"
KEPT = frozenset(
    {"responseCode", "folioNumber", "traceability", "orderId", "terminalId", "transDate", "code"}
    | {"transType", "reprintModule", "access_token", "error"}
)
"""What names a sale or says how it ended: it must come as it was, or nobody believes it."""


class Terminal:
    """Posts to the till with `text` in every text that a response can have, and in some that it
    cannot. Remembers every secret that was in play.
    """

    def __init__(self, text: str, client: HttpClient) -> None:
        self.receiver = ""
        self.tokens: set[str] = set()
        self._text = text
        self._client = client

    async def post(self, body: bytes) -> Reply:
        """See `SimulatedNetpay`."""
        if not self.receiver:
            raise LinkError("no receiver", written=False)
        told = {**dict.fromkeys(_texts(), self._text), **json.loads(body)}
        planted = self.planted({**told, "customerName": PERSON, "hexSign": SIGNATURE})
        reply = await self._client.post(self.receiver, json.dumps(planted).encode())
        return Reply(status=reply.status, body=reply.body)

    def planted(self, members: dict[str, Any]) -> dict[str, Any]:
        """As it was, with the text in every other text."""
        texts = {
            name: self._text
            if isinstance(value, str) and name not in KEPT and not _is_amount(value)
            else value
            for name, value in members.items()
        }
        own = {"customerName", "hexSign"} & members.keys()
        return {**texts, **{name: members[name] for name in own}, "vendor": [self._text]}

    def answered(self, reply: Reply) -> Reply:
        """What the cloud answers."""
        try:
            members = json.loads(reply.body)
        except ValueError:
            return reply
        self.tokens |= {members["access_token"]} if "access_token" in members else set()
        body = json.dumps(self.planted(members)).encode()
        return Reply(status=reply.status, content_type=reply.content_type, body=body)


def _texts() -> list[str]:
    fields = zip(Response.__struct_fields__, Response.__struct_encode_fields__, strict=True)
    kinds = Response.__annotations__
    return [wire for name, wire in fields if kinds[name] == "str" and wire not in KEPT]


def _is_amount(text: str) -> bool:
    return text.replace(".", "").isdigit() and len(text) < 10


@asynccontextmanager
async def planted(text: str, **words: Any) -> AsyncIterator[tuple[Terminal, str]]:
    merchant = Merchant("merchant", Secret(PASSWORD), "app", Secret(APP_SECRET))
    async with HttpClient() as client:
        terminal = Terminal(text, client)
        async with SimulatedNetpay(post=terminal.post, merchant=merchant, **words) as cloud:

            async def receive(request: WebRequest) -> Reply:
                return terminal.answered(await cloud.receive(request))

            async with Door(CloudApp(receive), DoorConfig()) as door:
                yield terminal, f"netpay+{door.url}/{SERIAL}?store=9194"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"username": "merchant", "password": PASSWORD, "app_user": "app"}
    for name, value in {**known, "app_secret": APP_SECRET}.items():
        monkeypatch.setenv(VARIABLES[name], value)


async def attempt(till: Watched, call: Awaitable[object]) -> None:
    """Whatever comes of it, a program may log it."""
    try:
        till.look_at(await call)
    except OpiPosError as error:
        till.look_at("".join(traceback.format_exception(error)), error)


def assert_kept(shown: str, terminal: Terminal) -> None:
    assert_hidden(shown)
    assert terminal.tokens
    path = terminal.receiver.rpartition("/")[2]
    for secret in (PASSWORD, APP_SECRET, PERSON, SIGNATURE, path, *terminal.tokens):
        assert secret not in shown


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_no_response_leaves_a_secret_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    words = {"listen": "127.0.0.1:0", "integration": "light", "silence_s": 0.5}
    async with (
        planted(text) as (terminal, url),
        watched(tmp_path, text, caplog, terminal=url, **words) as till,
    ):
        sale = till.till
        terminal.receiver = (await sale.callback_urls())["terminal"]
        approved = await sale.pay("12.00", currency="MXN", reference="approved", operator=text)
        assert approved.outcome is Outcome.APPROVED
        till.look_at(approved, await sale.status("approved"), await sale.reprint("approved"))
        for amount in ("38.05", "38.06", "38.08", "38.14", "38.17"):
            await attempt(till, sale.pay(amount, currency="MXN", reference=amount))
        await attempt(till, sale.reverse("approved"))
        await attempt(till, sale.diagnose())
        till.look_at(sale.station().driven().driver, await sale.facts("approved"))
        async with HttpClient() as stranger:
            foreign = {"responseCode": "00", "folioNumber": text, "orderId": text, "message": text}
            for body in (json.dumps(foreign).encode(), *garbage(text), text.encode()):
                reply = await stranger.post(terminal.receiver, body)
                till.look_at(reply, reply.body)
        till.look_at(await sale.shop.journal.facts_after(0, 1000))
    assert_kept(await till.shown(tmp_path), terminal)
