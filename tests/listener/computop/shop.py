"""A till with a scripted terminal, and Paygate behind it, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos import SaleSystem
from opi_pos.bus.local import Watcher
from opi_pos.model.devices import Event
from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, NoAnswer, Verdict, Written
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.model.results import Result
from opi_pos.model.secret import Secret
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.faults import Fault
from opi_pos.runtime.config import till_settings
from opi_pos.runtime.sale_system import Parts
from opi_pos.wire.computop import Keys
from terminal_bridge.simulator.computop import (
    Merchant,
    Paygate,
    PaygateConfig,
    serve_paygate,
)
from tests.opi_pos.runtime.scripted import ScriptedDriver, Step

KEYS = Keys(mac=Secret("mac password"), encryption=Secret("blowfish password"))
TOKEN = "a-path-that-nobody-can-guess"
LOST: list[Step] = [Written(), NoAnswer(written=True, problem="the line is dead")]


def says(verdict: Verdict) -> Any:
    def script(command: Command) -> list[Step]:
        order = command.order
        assert isinstance(order, MoneyOrder)
        taken = order.amount if verdict is Verdict.APPROVED else None
        answer = Answer(
            verdict=verdict,
            service_id=command.service_id,
            reference=order.reference,
            authorized=taken,
        )
        return [Written(), Ended(answer=answer)]

    return script


def entry(reference: str, minor: int = 100, movement: Movement = Movement.CHARGE) -> Entry:
    """What the terminal's books say."""
    return Entry(
        movement=movement,
        amount=Amount(minor=minor, currency="EUR"),
        transaction_id=f"t-{reference}-{movement}",
        time="2026-01-01T00:00:00Z",
        service_id=ServiceID("1"),
        sale_id=SaleID("till-1"),
        poi_id=POIID("poi-1"),
        reference=Reference(reference),
    )


class Shop:
    def __init__(self, till: SaleSystem, paygate: Paygate) -> None:
        self.till = till
        self.paygate = paygate

    async def stands(self, reference: str) -> list[str]:
        """How each letter about a payment stood to the journal."""
        facts = [each.fact for each in await self.till.facts(reference)]
        return [fact.data["stand"] for fact in facts if fact.kind == "callback"]


@asynccontextmanager
async def shop(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *scripts: Any,
    faults: tuple[Fault, ...] = (),
    encrypted: bool = False,
    **keys: Any,
) -> AsyncIterator[Shop]:
    """Open both. `keys` go into `[notify.paygate]`."""
    monkeypatch.setattr("opi_pos.runtime.inquiring.FIRST_S", 0.02)
    assert KEYS.encryption is not None
    for name, text in (
        ("token", TOKEN),
        ("mac", KEYS.mac.reveal()),
        ("blowfish", KEYS.encryption.reveal()),
    ):
        (path / name).write_text(text + "\n")
    merchant = Merchant(merchant_id="shop", keys=KEYS, encrypted=encrypted)
    config = PaygateConfig(merchant=merchant, notify_url="http://127.0.0.1:1", faults=faults)
    async with serve_paygate(config) as server:
        table = {
            "journal": str(path / "till.db"),
            "listen": {"port": 0},
            "poi": {"front": {"url": "test://", "currency": "EUR", "recovery_s": 0.001}},
            "notify": {
                "paygate": {
                    "kind": "computop",
                    "token_file": str(path / "token"),
                    "merchant_id": "shop",
                    "mac_password_file": str(path / "mac"),
                    "encryption_password_file": str(path / "blowfish"),
                    "inquiry_url": server.inquiry_url,
                    **keys,
                }
            },
        }
        parts = Parts(connect=ScriptedDriver(*scripts).connect)
        async with SaleSystem.open(config=till_settings(table), parts=parts) as till:
            server.notify_url = (await till.callback_urls())["notify.paygate"]
            yield Shop(till, server.paygate)


async def alarms(watcher: Watcher) -> list[str]:
    """The alarms of a watcher that has been closed."""
    seen = [delivery.news async for delivery in watcher]
    return [news.name.removeprefix("alarm.") for news in seen if isinstance(news, Event)]


async def result(watcher: Watcher) -> Result:
    """The next result."""
    async for delivery in watcher:
        if isinstance(delivery.news, Result):
            return delivery.news
    raise AssertionError("no result came")
