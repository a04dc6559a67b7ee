"""What a till sees of NetPay's terminals, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.model.errors import CapabilityError
from opi_pos.poi.faults import Strike
from opi_pos.poi.scenario import Scenario
from opi_pos.wire import netpay
from terminal_bridge.simulator.netpay.habits import Busy, Habits
from tests.opi_pos.wire.netpay.samples import SALE
from tests.terminal_bridge.drivers.netpay.shop import Shop, fault, play, terminal


@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("echoes", [False, True])
@pytest.mark.parametrize(
    ("amount", "outcome", "condition"),
    [
        ("38.05", Outcome.DECLINED, "34"),
        ("38.06", Outcome.ABORTED, "02"),
        ("38.17", Outcome.DECLINED, "56"),
    ],
)
def test_what_was_not_approved_is_told_so(
    amount: str, outcome: Outcome, condition: str, names: bool, echoes: bool
) -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay(amount, reference="a-1")
        assert (result.outcome, result.proof) == (outcome, Proof.RESPONSE)
        assert result.condition == condition
        assert result.message
        assert result.authorized is None
        assert shop.taken() == 0
        assert shop.pushed == ["token", "sale"]

    play(scene, habits=Habits(names_failures=names, echoes_traceability=echoes))


@pytest.mark.parametrize("till_prints", [False, True])
def test_an_approval_tells_what_was_taken_and_by_which_card(till_prints: bool) -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.04", reference="a-1")
        assert str(result.authorized) == "41.84"
        assert str(result.tip) == "3.80"
        assert result.card is not None
        assert result.card.masked_pan == "****0012"
        assert result.card.brand == "MASTERCARD"
        assert len(result.approval_code) == 6
        assert result.terminal_transaction is not None
        assert result.terminal_transaction.id.endswith("-1490293930")
        shop_copy, customer_copy = result.receipts
        assert shop_copy.fields["Amount"] == "41.84 MXN"
        assert customer_copy.fields["Reference"] == "a-1"
        assert [each.must_print for each in result.receipts] == [till_prints] * 2
        assert shop.alarms.names == []

    play(scene, till={"print_ticket": not till_prints})


def test_a_code_that_nobody_knows_is_asked_about() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        paying = asyncio.gather(till.pay("38.03", reference="a-1"))
        await asyncio.sleep(1)
        assert await shop.receive(responseCode="51", message="FONDOS INSUFICIENTES") == 200
        (result,) = await paying
        assert (result.outcome, result.proof) == (Outcome.ABORTED, Proof.STATUS)
        assert result.condition == "02"
        assert "reprint" in shop.pushed

    play(scene)


def test_an_amount_that_nobody_can_read_is_asked_about() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        paying = asyncio.gather(till.pay("38.12", reference="a-1"))
        await asyncio.sleep(1)
        odd = {**SALE, "folioNumber": "", "orderId": "", "amount": "about 38", "traceability": {}}
        assert await shop.receive(**odd) == 200
        (result,) = await paying
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
        assert str(result.authorized) == "38.12"

    play(scene)


@pytest.mark.parametrize(
    "words",
    [
        fault(Strike.HTTP_500),
        fault(Strike.DROP_BEFORE),
        fault(Strike.RESET),
    ],
    ids=["500", "dropped", "reset"],
)
def test_a_push_that_may_have_got_through_is_never_made_again(words: dict[str, Any]) -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.00", reference="a-1")
        assert result.outcome is Outcome.IN_DOUBT
        assert shop.pushed.count("sale") == 1
        assert shop.taken() == 0
        closed = await till.pay("1.00", reference="a-2")
        assert closed.outcome is Outcome.NOT_STARTED
        assert shop.pushed.count("sale") == 1

    play(scene, **words)


@pytest.mark.parametrize(
    "words",
    [
        fault(Strike.DROP_AFTER),
        fault(Strike.GARBAGE),
        fault(Strike.TRUNCATE),
        fault(Strike.LATE, seconds=20.0),
        fault(Strike.LATE, seconds=45.0),
        fault(Strike.DELAY, seconds=20.0),
        {"push_s": 20.0},
    ],
    ids=["dropped", "garbage", "half", "late", "too late", "delayed", "slow"],
)
def test_the_terminals_response_counts_whatever_the_cloud_says(words: dict[str, Any]) -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.00", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
        assert shop.pushed.count("sale") == 1
        assert shop.taken() == 3800

    play(scene, **words)


def test_codes_that_mean_an_unknown_folio_prove_that_it_never_began() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.00", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.STATUS)
        assert shop.pushed.count("reprint") > 1
        assert (await till.pay("38.00", reference="a-1")).approved

    play(scene, till={"not_known_codes": ("13",)}, **fault(Strike.DROP_BEFORE))


def test_a_terminal_that_nobody_knows_is_not_started() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.00", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.RESPONSE)
        assert result.condition == "19"
        assert shop.pushed == ["token", "sale"]

    play(scene, serials=["0000000000"])


def test_a_terminal_at_work_with_something_else_leaves_a_doubt_or_cancels() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        terminal(shop).push(
            netpay.SaleRequest(
                serial_number="1490293930",
                store_id="9194",
                amount=netpay.read_response(b'{"responseCode":"00","amount":"5.12"}').amount
                or pytest.fail("no amount"),
                folio_number="another till",
            )
        )
        await asyncio.sleep(1)
        result = await till.pay("38.00", reference="a-1")
        assert (result.outcome, result.proof) == (Outcome.ABORTED, Proof.RESPONSE)
        await asyncio.sleep(60)
        assert shop.alarms.names == ["alarm.unknown_payment"]
        assert shop.taken() == 512

    play(scene, habits=Habits(busy=Busy.CANCELLED))


def test_what_it_cannot_do_is_refused_before_it_is_sent() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        await till.pay("38.00", reference="a-1")
        for call in (
            till.pay("1.00", tip="0.10"),
            till.pay("1.00", cashback="0.10"),
            till.pay("1.00", allow_partial=True),
            till.refund("1.00", reference="r-1"),
            till.reserve("1.00"),
            till.totals(),
            till.reverse("a-1", amount="1.00"),
        ):
            with pytest.raises(CapabilityError):
                await call
        euros = await till.pay("1.00", currency="EUR")
        assert (euros.outcome, euros.proof) == (Outcome.NOT_STARTED, Proof.LINK)
        assert shop.pushed == ["token", "sale"]

    play(scene)


def test_an_abort_is_not_sent_and_the_sale_ends_by_itself() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        paying = asyncio.gather(till.pay("38.00", reference="a-1"))
        await asyncio.sleep(1)
        await till.abort("a-1")
        (result,) = await paying
        assert result.approved
        assert shop.alarms.names == ["alarm.approved_after_abort"]
        assert shop.pushed == ["token", "sale"]

    play(scene, scenario=Scenario(host_s=10.0))
