"""`[notify.NAME]`: a system that is no terminal tells of payments, over real sockets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.http.client import HttpClient
from opi_pos.model.callbacks import Callback, Letter, Statement
from opi_pos.model.devices import Event
from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, NoAnswer, Verdict, Written
from opi_pos.model.orders import AskStatus, Command, MoneyOrder
from opi_pos.model.results import Result
from opi_pos.ports import ReceiverSettings
from opi_pos.runtime.config import till_settings
from opi_pos.runtime.sale_system import Parts
from tests.opi_pos.runtime.scripted import ScriptedDriver, Step

TOKEN = "merchant-path-of-22-letters"


class Host:
    """Tells `{"ref", "says", "proved"}`; looks up the amount in the journal."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._settings = settings
        self.closed = False

    async def read(self, callback: Callback) -> Letter:
        if callback.content_type != "application/json":
            raise ProtocolError("", "is no JSON")
        told = json.loads(callback.body)
        rows = await self._settings.find(Reference(told["ref"]))
        known = rows[-1].order.amount if rows else None
        states = Statement(
            reference=Reference(told["ref"]),
            outcome=Outcome(told["says"]),
            authorized=known or Amount.parse("9.00", "EUR"),
            proved=told["proved"],
        )
        return Letter(told=told, states=states)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> list[Host]:
    made: list[Host] = []

    def make(settings: ReceiverSettings) -> Host:
        made.append(Host(settings))
        return made[-1]

    monkeypatch.setattr("opi_pos.runtime.notifying.find_receiver", lambda kind, key: make)
    return made


def config(path: Path, **notify: Any) -> dict[str, Any]:
    token = path / "token"
    token.write_text(TOKEN + "\n")
    return {
        "journal": str(path / "till.db"),
        "listen": {"port": 0},
        "poi": {"front": {"url": "test://", "currency": "EUR", "recovery_s": 0.001}},
        "notify": {"host": {"kind": "any", "token_file": str(token), "colour": "red", **notify}},
    }


async def tell(url: str, **told: Any) -> int:
    async with HttpClient() as client:
        reply = await client.post(
            url, json.dumps(told).encode(), headers={"Content-Type": "application/json"}
        )
        return reply.status


def till(path: Path, driver: ScriptedDriver) -> SaleSystem:
    return SaleSystem.open(config=till_settings(config(path)), parts=Parts(connect=driver.connect))


def declines(command: Command) -> list[Step]:
    order = command.order
    assert isinstance(order, MoneyOrder)
    answer = Answer(
        verdict=Verdict.DECLINED, service_id=command.service_id, reference=order.reference
    )
    return [Written(), Ended(answer=answer)]


LOST: list[Step] = [Written(), NoAnswer(written=True, problem="the line is dead")]


async def test_a_notification_confirms_contradicts_and_reveals(
    tmp_path: Path, hosts: list[Host]
) -> None:
    async with till(tmp_path, ScriptedDriver(declines)) as shop:
        with shop.watch() as watcher:
            url = (await shop.callback_urls())["notify.host"]
            assert url == f"{shop.listen_url}/callback/{TOKEN}"
            await shop.pay("1.00", reference="a-1")
            assert await tell(url, ref="a-1", says="declined", proved=False) == 200
            for reference in ("a-1", "a-2"):
                assert await tell(url, ref=reference, says="approved", proved=False) == 200
        seen = [delivery.news async for delivery in watcher]
        alarms = [news.name for news in seen if isinstance(news, Event)]
        assert alarms == ["alarm.callback_contradicts", "alarm.unknown_payment"]
        facts = [each.fact for each in await shop.facts("a-1")]
        stands = [fact.data["stand"] for fact in facts if fact.kind == "callback"]
        assert stands == ["confirms", "contradicts"]
        unknown = await shop.shop.journal.facts_after(0, 1000)
        (dead,) = [each.fact for each in unknown if each.fact.kind == "dead_letter"]
        assert (dead.poi_id, dead.data["told"]["ref"]) == ("notify.host", "a-2")
    assert [host.closed for host in hosts] == [True]


async def test_a_proof_decides_a_doubt(tmp_path: Path, hosts: list[Host]) -> None:
    async with till(tmp_path, ScriptedDriver(LOST)) as shop:
        assert (await shop.pay("1.00", reference="a-1")).outcome is Outcome.IN_DOUBT
        url = (await shop.callback_urls())["notify.host"]
        with shop.watch() as watcher:
            assert await tell(url, ref="a-1", says="approved", proved=True) == 200
            async with asyncio.timeout(10):
                async for delivery in watcher:
                    if isinstance(delivery.news, Result):
                        break
        result = await shop.status("a-1")
        assert result is not None
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.EVIDENCE)
        assert str(result.authorized) == "1.00"
    assert len(hosts) == 1


async def test_a_mere_callback_decides_no_doubt(tmp_path: Path, hosts: list[Host]) -> None:
    driver = ScriptedDriver(LOST)
    async with till(tmp_path, driver) as shop:
        assert (await shop.pay("1.00", reference="a-1")).outcome is Outcome.IN_DOUBT
        asked = len(driver.sent(AskStatus))
        url = (await shop.callback_urls())["notify.host"]
        assert await tell(url, ref="a-1", says="approved", proved=False) == 200
        result = await shop.status("a-1")
        assert result is not None
        assert result.outcome is Outcome.IN_DOUBT
        assert len(driver.sent(AskStatus)) > asked
    assert len(hosts) == 1


@pytest.mark.parametrize(
    ("keys", "key"),
    [({"kind": 3}, "kind"), ({"kind": "nobody"}, "kind"), ({"token_file": 3}, "token_file")],
)
async def test_wrong_keys_are_named(tmp_path: Path, keys: dict[str, Any], key: str) -> None:
    table = config(tmp_path, **keys)
    parts = Parts(connect=ScriptedDriver().connect)
    with pytest.raises(ConfigurationError) as raised:
        async with SaleSystem.open(config=till_settings(table), parts=parts):
            pass
    assert raised.value.key == f"notify.host.{key}"


@pytest.mark.parametrize("token", [None, "short"])
async def test_a_token_file_must_hold_a_long_word(
    tmp_path: Path, hosts: list[Host], token: str | None
) -> None:
    table = config(tmp_path)
    (tmp_path / "token").unlink()
    if token:
        (tmp_path / "token").write_text(token)
    parts = Parts(connect=ScriptedDriver().connect)
    with pytest.raises(ConfigurationError) as raised:
        async with SaleSystem.open(config=till_settings(table), parts=parts):
            pass
    assert raised.value.key == "notify.host.token_file"
    assert [host.closed for host in hosts] == [True]
