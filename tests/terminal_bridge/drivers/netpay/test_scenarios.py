"""The shared fault scripts, each to the end that it expects, in the outcomes of the design."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome, Proof
from opi_pos.aio import virtual
from opi_pos.model.results import Confidence
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.netpay.habits import Habits
from tests.terminal_bridge.drivers.netpay.shop import Shop, acknowledged

SCRIPTS = Path(__file__).parents[5] / "shared" / "examples" / "scenarios.json"
Play = Callable[[], Coroutine[Any, Any, None]]


async def happy() -> None:
    """np-happy: sale, code 00, webhook approved, receiver answers 200 with code 00."""
    shop = Shop()
    async with shop.open() as cloud, shop.till_open() as till:
        result = await till.pay("38.00", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
        assert result.confidence is Confidence.CALLBACK_ONLY
        await asyncio.sleep(1)
        assert [acknowledged(answer) for answer in shop.answers] == [True]
        (terminal,) = cloud.terminals.values()
        assert len(terminal.delivered) == 1
        assert shop.taken() == 3800


async def anonymous_timeout() -> None:
    """np-anonymous-timeout: matched as the only sale in flight; never applied to two."""
    shop = Shop(habits=Habits(echoes_traceability=False))
    async with shop.open(), shop.till_open() as till:
        result = await till.pay("38.03", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.ABORTED, Proof.RESPONSE)
        assert till.shop.clock.now() == pytest.approx(60.0)
        assert (await till.pay("38.00", reference="a-2")).approved
        # Nothing is open: it is nobody's, and a person can see it.
        assert await shop.receive(responseCode="02", traceability={}) == 200
        assert len(await shop.facts("dead_letter")) == 1
        await asyncio.sleep(0)
        assert shop.alarms.names == ["alarm.dead_letter"]


async def duplicate() -> None:
    """np-duplicate-webhook: the second is acknowledged 200 and ignored."""
    fault = Fault(strike=Strike.DOUBLE, category="PaymentResponse")
    shop = Shop(faults=[fault])
    async with shop.open(), shop.till_open() as till:
        assert (await till.pay("38.00", reference="a-1")).approved
        await asyncio.sleep(1)
        first, second = shop.answers
        assert first == second
        assert acknowledged(second)
        assert len(await shop.facts("callback")) == 1
        assert await shop.facts("dead_letter") == []
        assert shop.alarms.names == []


async def receiver_down() -> None:
    """np-receiver-down: resolved approved by asking for the folio."""
    fault = Fault(strike=Strike.UNREACHABLE, category="PaymentResponse")
    shop = Shop(faults=[fault])
    async with shop.open() as cloud, shop.till_open() as till:
        result = await till.pay("38.00", reference="a-1")
        (terminal,) = cloud.terminals.values()
        assert len(terminal.undelivered) == 1
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
        assert result.confidence is Confidence.FINAL
        assert shop.pushed.count("sale") == 1
        assert shop.taken() == 3800


async def reversal() -> None:
    """np-reversal: code 05 is in doubt until asked; pending, then reversed with the next good sale.
    The money does not stay, so it is no approval; what is pending is provisional.
    """
    shop = Shop()
    async with shop.open(), shop.till_open() as till:
        result = await till.pay("38.14", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.DECLINED, Proof.STATUS)
        assert result.confidence is Confidence.PROVISIONAL
        assert result.condition == "PRV"
        assert shop.taken() == 3814
        answered = [fact["answered"] for fact in await shop.facts("evidence")]
        assert answered == ["05"]
        assert (await till.pay("1.00", reference="a-2")).approved
        assert shop.taken() == 100
        await asyncio.sleep(400)  # it is looked at again
        assert shop.alarms.names == ["alarm.reversal_pending", "alarm.reversed"]
        told = [fact["told"] for fact in await shop.facts("callback")]
        assert [each["state"] for each in told if each["reprint"]][:2] == ["PRV", "RV"]


async def void_cutoff() -> None:
    """np-void-cutoff: refused here, with the capability named, before anything is sent."""
    before = datetime(2026, 11, 24, 1, 30, tzinfo=UTC).timestamp()
    shop = Shop(begins=before)
    async with shop.open(), shop.till_open() as till:
        assert (await till.pay("38.00", reference="a-1")).approved
        await asyncio.sleep(35 * 60)  # 20:05
        result = await till.reverse("a-1")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)
        assert "20:05" in result.message
        assert "(capability: reversal)" in result.message
        assert "cancel" not in shop.pushed
        assert shop.taken() == 3800


async def pos_crash() -> None:
    """any-pos-crash: recovery runs before any new payment on that terminal."""
    shop = Shop(scenario=Scenario(host_s=20.0))
    async with shop.open():
        async with shop.till_open() as till:
            paying = asyncio.gather(till.pay("38.00", reference="a-1"), return_exceptions=True)
            await asyncio.sleep(5)
        await paying
        await asyncio.sleep(60)
        async with shop.till_open() as till:
            assert (await till.pay("1.00", reference="a-2")).approved
            recovered = await till.status("a-1")
            assert recovered is not None
            assert (recovered.outcome, recovered.proof) == (Outcome.APPROVED, Proof.STATUS)
            first, second = [kind for kind in shop.pushed if kind in {"sale", "reprint"}][1:]
            assert (first, second) == ("reprint", "sale")
        assert shop.taken() == 3900


PLAYS: dict[str, Play] = {
    "np-happy": happy,
    "np-anonymous-timeout": anonymous_timeout,
    "np-duplicate-webhook": duplicate,
    "np-receiver-down": receiver_down,
    "np-reversal": reversal,
    "np-void-cutoff": void_cutoff,
    "any-pos-crash": pos_crash,
}


@pytest.mark.parametrize("script", list(PLAYS))
def test_the_script_ends_as_it_expects(script: str) -> None:
    virtual.run(PLAYS[script]())


@pytest.mark.skipif(not SCRIPTS.is_file(), reason="the shared scripts are not here")
def test_every_script_has_its_play() -> None:
    scripts = json.loads(SCRIPTS.read_text())
    meant = {script["id"] for script in scripts if script["api"] in {"netpay", "all"}}
    assert meant == set(PLAYS)
