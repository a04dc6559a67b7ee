"""A cancellation: a whole sale, on its day, before 20:00 in Mexico City."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.poi.faults import Strike
from opi_pos.poi.scenario import Host, Scenario
from tests.terminal_bridge.drivers.netpay.shop import Shop, fault, play


def test_a_sale_is_cancelled_on_its_day() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        result = await till.reverse("a-1")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
        assert str(result.authorized) == "38.00"
        assert shop.taken() == 0
        again = await till.reverse("a-1")
        assert again.replayed
        assert shop.pushed.count("cancel") == 1
        assert shop.alarms.names == []

    play(scene)


@pytest.mark.parametrize(
    ("host", "outcome"), [(Host.DECLINE, Outcome.DECLINED), (Host.UNREACHABLE, Outcome.DECLINED)]
)
def test_a_cancellation_that_fails_leaves_the_sale(host: Host, outcome: Outcome) -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        result = await till.reverse("a-1")
        assert result.outcome is outcome
        assert shop.taken() == 3800

    play(scene, scenario=Scenario(reversal=host))


def test_a_cancellation_whose_end_is_lost_is_asked_about() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        result = await till.reverse("a-1")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
        assert shop.taken() == 0
        assert shop.alarms.names == []

    play(scene, **fault(Strike.UNREACHABLE, "ReversalResponse"))


def test_a_cancellation_that_never_arrived_is_not_started_once_that_stands() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        result = await till.reverse("a-1")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.STATUS)
        assert shop.pushed.count("reprint") > 1
        assert shop.taken() == 3800

    play(scene, **fault(Strike.DROP_BEFORE, "Reversal"))


@pytest.mark.parametrize("hour", [0, 1, 19])
def test_the_next_day_is_too_late_at_any_hour(hour: int) -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        await asyncio.sleep((24 - 12 + hour) * 3600)
        result = await till.reverse("a-1")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)
        assert "cancel" not in shop.pushed

    play(scene)


def test_the_terminal_may_see_it_otherwise() -> None:
    """Just before 20:00 here, after it there."""

    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        await asyncio.sleep(1790)
        result = await till.reverse("a-1")
        assert (result.outcome, result.proof) == (Outcome.DECLINED, Proof.RESPONSE)
        assert shop.taken() == 3800

    half_past_seven = datetime(2026, 11, 24, 1, 30, tzinfo=UTC).timestamp()
    play(scene, begins=half_past_seven, push_s=5.0)
