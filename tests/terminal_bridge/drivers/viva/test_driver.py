"""What can go wrong between a till and the cloud, and what the till then says about the money."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import wraps
from typing import Any

import pytest

from opi_pos import Outcome, Proof
from opi_pos.aio import virtual
from opi_pos.model.errors import CapabilityError
from opi_pos.model.receipts import Copy, render
from opi_pos.model.results import Confidence
from opi_pos.poi.books import Movement
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario, Verification
from terminal_bridge.drivers.viva import sessions
from terminal_bridge.links.memory import FAIR, Loss, Passage
from tests.terminal_bridge.drivers.viva.shop import Shop, fault

Scene = Callable[..., Coroutine[Any, Any, None]]


def on_virtual_time(scene: Scene) -> Callable[..., None]:
    @wraps(scene)
    def played(*given: Any, **named: Any) -> None:
        virtual.run(scene(*given, **named))

    return played


class Cut:
    """The first order's connection: see `Weather`."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._struck = False

    def request(self, data: bytes) -> Passage:
        if b"transactions:" not in data or self._struck:
            return FAIR
        self._struck = True
        return self._passage

    def reply(self, data: bytes) -> Passage:
        return FAIR


LOST: dict[str, Cut] = {
    "answer lost": Cut(Passage(loss=Loss.BROKEN)),
    "answer lost without a sign": Cut(Passage(loss=Loss.SILENT)),
    "arrives late": Cut(Passage(copies_s=(8.0,), loss=Loss.BROKEN)),
    "arrives twice": Cut(Passage(copies_s=(0.0, 1.0))),
}


@pytest.mark.parametrize("weather", LOST.values(), ids=LOST)
@on_virtual_time
async def test_an_order_that_arrives_is_approved_once_whatever_its_answer(weather: Cut) -> None:
    shop = Shop(weather=weather)
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert result.outcome is Outcome.APPROVED
    assert [entry.amount.minor for entry in shop.cloud.books.entries] == [3800]


@pytest.mark.parametrize("loss", [Loss.BROKEN, Loss.SILENT])
@on_virtual_time
async def test_an_order_that_never_arrives_is_proved_not_to_have_begun(loss: Loss) -> None:
    shop = Shop(weather=Cut(Passage(copies_s=(), loss=loss)))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.STATUS)
        # A request may still be on its way for a minute: before that a 404 proves nothing.
        assert shop.clock.now() >= 60.0
        assert shop.statuses("GET sessions")
        assert (await till.pay("38.00", reference="a")).approved
    assert shop.taken() == 3800


@on_virtual_time
async def test_without_a_connection_no_byte_left() -> None:
    shop = Shop(weather=Cut(Passage(copies_s=(), loss=Loss.REFUSED)))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)


@on_virtual_time
async def test_without_a_token_no_order_leaves() -> None:
    shop = Shop(fault(Strike.HTTP_500, "Token"))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)
        assert not shop.statuses("POST transactions:sale")
        assert (await till.pay("38.00", reference="a")).approved


@on_virtual_time
async def test_a_token_lives_as_long_as_it_says() -> None:
    shop = Shop(token_life_s=600)
    async with shop.cloud, shop.open() as till:
        await till.pay("1.00", reference="a")
        await till.pay("1.00", reference="b")
        assert shop.cloud.tokens_given == 1
        await asyncio.sleep(600.0 - 60.0)
        await till.pay("1.00", reference="c")
    assert shop.cloud.tokens_given == 2
    assert {status for _, status in shop.calls} <= {200, 202}


@on_virtual_time
async def test_a_refused_token_makes_no_second_payment() -> None:
    shop = Shop(fault(Strike.UNAUTHORISED))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert result.approved
    assert shop.statuses("POST transactions:sale") == [401, 200]
    assert shop.taken() == 3800


REFUSED = {
    "refused token for good": (fault(Strike.UNAUTHORISED, times=2), "401"),
    "another terminal": (None, "404"),
}


@pytest.mark.parametrize(("struck", "status"), REFUSED.values(), ids=REFUSED)
@on_virtual_time
async def test_an_order_that_the_cloud_does_not_take_did_not_begin(
    struck: Fault | None, status: str
) -> None:
    terminals = ("16008507",) if struck else ("1",)
    shop = Shop(*([struck] if struck else []), terminals=terminals)
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.RESPONSE)
    assert status in result.condition
    assert shop.taken() == 0


@on_virtual_time
async def test_too_many_requests_are_tried_again_as_another_session() -> None:
    shop = Shop(fault(Strike.BUSY, times=2))
    async with shop.cloud, shop.open() as till:
        assert (await till.pay("38.00", reference="a")).approved
    assert shop.statuses("POST transactions:sale") == [429, 429, 200]
    assert shop.taken() == 3800


UNREADABLE = [
    fault(Strike.HTTP_500, "TransactionStatus", times=3),
    fault(Strike.GARBAGE, "TransactionStatus", times=30),
    fault(Strike.TRUNCATE, "TransactionStatus", times=3),
    fault(Strike.DROP_AFTER, "TransactionStatus", times=3),
    fault(Strike.IN_PROGRESS, "TransactionStatus", times=9),
    fault(Strike.NOT_FOUND, "TransactionStatus", times=2),
]


@pytest.mark.parametrize("struck", UNREADABLE, ids=lambda struck: struck.strike)
@on_virtual_time
async def test_answers_that_say_nothing_are_asked_for_again(struck: Fault) -> None:
    shop = Shop(struck)
    async with shop.cloud, shop.open() as till:
        assert (await till.pay("38.00", reference="a")).approved
    assert shop.taken() == 3800


@on_virtual_time
async def test_another_sessions_result_is_nobodys() -> None:
    wrong = fault(Strike.WRONG_LAST, "TransactionStatus", reference="b", times=4)
    shop = Shop(wrong, pace_s=0.1)
    async with shop.cloud, shop.open() as till:
        await till.pay("1.00", reference="a")
        result = await till.pay("38.05", reference="b")
    assert (result.outcome, result.condition) == (Outcome.DECLINED, "1006")


@on_virtual_time
async def test_the_days_list_tells_what_the_session_itself_does_not() -> None:
    shop = Shop(fault(Strike.HTTP_500, "TransactionStatus", times=1000))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="a")
    assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)


@on_virtual_time
async def test_a_crash_in_mid_payment_is_recovered_by_the_next_process() -> None:
    shop = Shop(scenario=Scenario(host_s=20.0))
    async with shop.cloud:
        async with shop.open() as till:
            paying = asyncio.gather(till.pay("38.00", reference="a"), return_exceptions=True)
            await asyncio.sleep(8.0)
        await paying
        async with shop.open() as till:
            result = await till.pay("38.00", reference="a")
    assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
    assert shop.statuses("POST transactions:sale") == [200]


@on_virtual_time
async def test_the_next_process_can_stop_what_an_earlier_one_began() -> None:
    shop = Shop(scenario=Scenario(presented=False))
    async with shop.cloud:
        async with shop.open() as till:
            paying = asyncio.gather(till.pay("38.00", reference="a"), return_exceptions=True)
            await asyncio.sleep(8.0)
        await paying
        async with shop.open() as till:
            again = asyncio.gather(till.pay("38.00", reference="a"))
            await asyncio.sleep(1.0)
            await till.abort("a")
            (result,) = await again
    assert (result.outcome, result.condition) == (Outcome.ABORTED, "1016")
    assert shop.statuses("DELETE session") == [200]


@on_virtual_time
async def test_a_provisional_failure_is_asked_about_before_the_sale_is_tried_anew() -> None:
    """Another process, which knows of the failure from the journal only."""
    shop = Shop(fault(Strike.FALSE_DECLINE, "Push", seconds=5.0))
    async with shop.cloud:
        async with shop.open() as till:
            assert not (await till.pay("38.00", reference="a")).approved
        await asyncio.sleep(5.0)
        async with shop.open() as till:
            result = await till.pay("38.00", reference="a")
    assert result.approved
    assert result.replayed
    assert shop.statuses("POST transactions:sale") == [200]
    assert shop.taken() == 3800


@on_virtual_time
async def test_a_failure_that_stands_lets_the_sale_be_tried_anew() -> None:
    shop = Shop()
    async with shop.cloud, shop.open() as till:
        for _ in range(2):
            result = await till.pay("38.05", reference="a")
            assert (result.outcome, result.confidence) == (
                Outcome.DECLINED,
                Confidence.PROVISIONAL,
            )
    assert shop.statuses("POST transactions:sale") == [200, 200]


@on_virtual_time
async def test_money_goes_back_and_holds_are_taken_by_their_session() -> None:
    shop = Shop(scenario=Scenario())
    async with shop.cloud, shop.open() as till:
        await till.pay("38.00", reference="a")
        part = await till.refund("8.00", reference="r1", original="a")
        assert (part.outcome, str(part.authorized)) == (Outcome.APPROVED, "8.00")
        more = await till.refund("30.01", reference="r2", original="a")
        assert more.outcome is Outcome.DECLINED
        await till.reserve("50.00", reference="h")
        taken = await till.complete("h", "40.00", reference="c")
        assert (taken.outcome, str(taken.authorized)) == (Outcome.APPROVED, "40.00")
    moved = [(entry.movement, entry.amount.minor) for entry in shop.cloud.books.entries]
    assert moved == [
        (Movement.CHARGE, 3800),
        (Movement.REFUND, 800),
        (Movement.RESERVATION, 5000),
        (Movement.COMPLETION, 4000),
    ]
    assert shop.taken() == 7000


@on_virtual_time
async def test_what_the_cloud_lacks_is_refused_before_anything_is_sent() -> None:
    shop = Shop()
    async with shop.cloud, shop.open() as till:
        await till.pay("38.00", reference="a")
        before = len(shop.calls)
        for order in (
            till.reverse("a"),
            till.pay("1.00", cashback="1.00"),
            till.pay("1.00", allow_partial=True),
        ):
            with pytest.raises(CapabilityError):
                await order
        unlinked = await till.refund("1.00", reference="r")
        assert unlinked.outcome is Outcome.NOT_STARTED
        assert "capability: refund" in unlinked.message
        assert len(shop.calls) == before


@on_virtual_time
async def test_a_tip_is_part_of_what_is_taken() -> None:
    shop = Shop(scenario=Scenario())
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", tip="2.00")
    assert (str(result.authorized), str(result.tip)) == ("40.00", "2.00")
    assert "more_than_asked" not in shop.alarms.names


@on_virtual_time
async def test_half_an_approval_is_told_as_that() -> None:
    shop = Shop()
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.08")
    assert result.outcome is Outcome.PARTIALLY_APPROVED
    assert str(result.authorized) == "19.04"


@on_virtual_time
async def test_a_receipt_is_made_of_the_fields() -> None:
    shop = Shop(scenario=Scenario(verification=Verification.SIGNATURE))
    async with shop.cloud, shop.open() as till:
        result = await till.pay("38.00", reference="order-4711")
    assert result.signature_required
    shops, cardholders = result.receipts
    assert (shops.copy, cardholders.copy) == (Copy.CASHIER, Copy.CUSTOMER)
    text = render(shops)
    assert "Amount                         38.00 EUR" in text
    assert "Number                  541333******0012" in text
    assert text.endswith("_")
    assert "************0012" in render(cardholders)
    assert "541333" not in render(cardholders)


@on_virtual_time
async def test_two_orders_at_a_time_take_turns() -> None:
    shop = Shop()
    async with shop.cloud, shop.open() as till:
        results = await asyncio.gather(
            till.pay("1.00", reference="a"), till.pay("2.00", reference="b")
        )
    assert all(result.approved for result in results)
    assert shop.taken() == 300


@on_virtual_time
async def test_a_resting_doubt_does_not_ask_for_the_days_list_all_day() -> None:
    shop = Shop(fault(Strike.SILENCE, "Push"))
    async with shop.cloud, shop.open() as till:
        assert (await till.pay("38.00", reference="a")).outcome is Outcome.IN_DOUBT
        before = len(shop.statuses("GET sessions"))
        asked = len(shop.statuses("GET session"))
        await asyncio.sleep(3600.0)
        assert 55 <= len(shop.statuses("GET sessions")) - before <= 75
        assert len(shop.statuses("GET session")) - asked >= 600


@pytest.mark.parametrize(
    ("ordered_at", "days"),
    [
        ("2026-03-01T12:00:00+00:00", ["2026-03-01"]),
        ("2026-03-01T23:29:59+00:00", ["2026-03-01"]),
        ("2026-03-01T23:30:00+00:00", ["2026-03-01", "2026-03-02"]),
        ("2026-03-02T00:29:59+01:00", ["2026-03-01"]),
        ("2026-03-02T00:29:59+00:00", ["2026-03-02", "2026-03-01"]),
        ("2026-03-02T00:30:00+00:00", ["2026-03-02"]),
    ],
)
def test_the_days_of_an_order_are_those_of_utc(ordered_at: str, days: list[str]) -> None:
    found = sessions._days(datetime.fromisoformat(ordered_at))
    assert [day.isoformat() for day in found] == days


@on_virtual_time
async def test_a_sale_that_was_paid_anew_before_its_failure_was_overturned_is_an_alarm() -> None:
    """Nobody could have known: the money moved twice, and a person is told."""
    shop = Shop(fault(Strike.FALSE_DECLINE, "Push", seconds=9.0))
    async with shop.cloud, shop.open() as till:
        assert not (await till.pay("38.00", reference="a")).approved
        assert (await till.pay("38.00", reference="a")).approved
        assert "provisional_overturned" not in shop.alarms.names
        await asyncio.sleep(30.0)
        assert "provisional_overturned" in shop.alarms.names
        facts = [stored.fact for stored in await till.facts("a")]
        assert "provisional_overturned" in [fact.data.get("alarm") for fact in facts]
        assert "overturned" in [fact.kind for fact in facts]
        assert (await till.pay("38.00", reference="a")).replayed
    assert shop.taken() == 7600
