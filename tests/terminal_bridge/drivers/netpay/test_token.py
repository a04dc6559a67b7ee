"""The token: used as long as it lives, renewed once, never in doubt about money."""

from __future__ import annotations

import asyncio

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.poi.faults import Strike
from tests.terminal_bridge.drivers.netpay.shop import Shop, fault, play


def test_a_token_is_used_until_shortly_before_it_ends() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        for wait_s in (0.0, 3600.0, 11 * 3600.0 + 50 * 60.0):
            await asyncio.sleep(wait_s)
            assert (await till.pay("1.00")).approved
        assert shop.cloud.tokens_given == 2

    play(scene)


def test_a_refused_token_is_renewed_and_the_refused_push_made_once_more() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        assert (await till.pay("1.00")).approved
        assert (await till.pay("2.00")).approved
        assert shop.pushed == ["token", "sale", "sale", "token", "sale"]
        assert shop.taken() == 300

    play(scene, **fault(Strike.UNAUTHORISED, nth=2))


def test_a_token_that_is_always_refused_starts_nothing() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("1.00")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.RESPONSE)
        assert shop.pushed.count("sale") == 2

    play(scene, **fault(Strike.UNAUTHORISED, times=9))


def test_without_a_token_nothing_leaves() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("1.00")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)
        assert shop.pushed == ["token"]
        diagnosis = await till.diagnose()
        assert diagnosis.verdict.value == "approved"

    play(scene, **fault(Strike.HTTP_500, "Token"))
