"""The fault scripts of the cloud, each to the end that it must have."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from opi_pos import Outcome, Proof
from opi_pos.aio import virtual
from opi_pos.model.results import Confidence
from opi_pos.poi.faults import Strike
from opi_pos.poi.scenario import Scenario
from tests.terminal_bridge.drivers.viva.shop import Shop, fault


async def happy() -> None:
    """Taken, not known yet, running, approved."""
    shop = Shop(fault(Strike.NOT_FOUND, "TransactionStatus"), pace_s=1.5)
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
    assert result.confidence is Confidence.FINAL
    assert shop.statuses("POST transactions:sale") == [200]
    assert shop.statuses("GET session") == [404, 202, 202, 200]
    assert shop.taken() == 3800


async def never_delivered() -> None:
    """Own deadline, abort, still running, in doubt; asked by day; the terminal is closed."""
    shop = Shop(fault(Strike.SILENCE, "Push"))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
        assert result.outcome is Outcome.IN_DOUBT
        assert 150.0 <= shop.clock.now() <= 300.0
        assert shop.statuses("DELETE session") == [200]
        assert set(shop.statuses("GET session")) == {202}
        assert shop.statuses("GET sessions")
        closed = await till.pay("1.00", reference="b")
        assert closed.outcome is Outcome.NOT_STARTED
        decided = await till.resolve("a", Outcome.NOT_STARTED, who="mia", why="terminal asleep")
        assert decided.proof is Proof.MANUAL
        assert (await till.pay("1.00", reference="b")).approved is True
    assert shop.taken() == 100


async def abort_race() -> None:
    """The abort is taken, and the payment is approved all the same."""
    shop = Shop(scenario=Scenario(presented=False, deaf_to_abort=True))
    async with shop.cloud, shop.open() as till:
        paying = asyncio.gather(till.pay("38.00", reference="a"))
        await asyncio.sleep(5.0)
        await till.abort()
        (result,) = await paying
    assert result.outcome is Outcome.APPROVED
    assert shop.statuses("DELETE session") == [200]
    assert "approved_after_abort" in shop.alarms.names
    assert shop.taken() == 3800


async def abort_twice() -> None:
    """A second abort finds the first one pending; neither of them is the end."""
    shop = Shop(fault(Strike.APPROVED_AFTER_ABORT, "Abort"), scenario=Scenario(presented=False))
    async with shop.cloud, shop.open() as till:
        paying = asyncio.gather(till.pay("38.00", reference="a"))
        await asyncio.sleep(5.0)
        await till.abort()
        await asyncio.sleep(5.0)
        await till.abort()
        (result,) = await paying
    assert shop.statuses("DELETE session") == [200, 409]
    assert (result.outcome, result.condition) == (Outcome.ABORTED, "1003")
    assert shop.taken() == 0


async def fail_then_success() -> None:
    """A failure, and nine seconds later a success: the success wins, and a person is told."""
    shop = Shop(fault(Strike.FALSE_DECLINE, "Push", seconds=9.0))
    async with shop.cloud, shop.open() as till:
        first = await till.pay("38.00", reference="a")
        assert (first.outcome, first.confidence) == (Outcome.DECLINED, Confidence.PROVISIONAL)
        await asyncio.sleep(30.0)
        assert "provisional_overturned" in shop.alarms.names
        later = await till.status("a")
        assert later is not None
        assert (later.outcome, later.confidence) == (Outcome.APPROVED, Confidence.FINAL)
        again = await till.pay("38.00", reference="a")
        assert again.replayed
    assert shop.taken() == 3800


async def token_expired() -> None:
    """A token that is no longer accepted is renewed, and the question asked once more."""
    shop = Shop(fault(Strike.UNAUTHORISED, "TransactionStatus"))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert result.outcome is Outcome.APPROVED
    assert shop.statuses("GET session")[:2] == [401, 202]
    assert shop.cloud.tokens_given == 2


SCRIPTS: dict[str, Callable[[], Awaitable[None]]] = {
    "viva-happy": happy,
    "viva-never-delivered": never_delivered,
    "viva-abort-race": abort_race,
    "viva-abort-twice": abort_twice,
    "viva-fail-then-success": fail_then_success,
    "viva-token-expired": token_expired,
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_ends_as_it_must(script: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await script()

    virtual.run(main())
