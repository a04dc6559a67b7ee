"""What a till sees of NetPay's terminals, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.aio import virtual
from opi_pos.model.errors import CapabilityError
from opi_pos.model.results import Confidence, Result, TransactionID
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Host, Scenario
from opi_pos.wire import netpay
from opi_pos.wire.netpay.signature import packed, picture
from terminal_bridge.simulator.netpay.habits import Busy, Habits
from terminal_bridge.simulator.netpay.terminal import SimulatedTerminal
from tests.opi_pos.wire.netpay.samples import SALE
from tests.terminal_bridge.drivers.netpay.shop import Shop

Scene = Callable[[Shop, SaleSystem], Coroutine[Any, Any, None]]


def play(scene: Scene, *, till: dict[str, Any] | None = None, **words: Any) -> None:
    """At a shop of its own; words are the simulator's."""

    async def main() -> None:
        shop = Shop(**words)
        async with shop.open(), shop.till_open(**till or {}) as opened:
            await scene(shop, opened)

    virtual.run(main())


def fault(strike: Strike, category: str = "Payment", **words: Any) -> dict[str, Any]:
    return {"faults": [Fault(strike=strike, category=category, **words)]}


def terminal(shop: Shop) -> SimulatedTerminal:
    (only,) = shop.cloud.terminals.values()
    return only


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


# --- the token --------------------------------------------------------------------------------


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


# --- cancelling -------------------------------------------------------------------------------


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


# --- what it cannot do ------------------------------------------------------------------------


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


# --- what comes late, twice, or for somebody else -----------------------------------------------


def test_a_response_to_an_earlier_process_is_told_after_the_restart() -> None:
    async def main() -> None:
        shop = Shop(scenario=Scenario(host_s=20.0))
        async with shop.open():
            async with shop.till_open() as till:
                paying = asyncio.gather(till.pay("38.00", reference="a-1"), return_exceptions=True)
                await asyncio.sleep(19)
            await paying
            async with shop.till_open() as till:
                result = await till.status("a-1")
                assert result is not None
                assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
                assert shop.taken() == 3800
                assert shop.pushed.count("sale") == 1

    virtual.run(main())


def test_the_same_response_again_and_for_ever_changes_nothing() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.00", reference="a-1")
        (response,) = terminal(shop).delivered
        body = netpay.write_response(response)
        for _ in range(3):
            await shop._post(body)
        assert len(set(shop.answers)) == 1
        assert len(await shop.facts("callback")) == 1
        other = body.replace(b'"38.0"', b'"39.0"')
        assert other != body
        await shop._post(other)
        await asyncio.sleep(1)
        assert shop.alarms.names == ["alarm.callback_contradicts"]
        assert await till.status("a-1") == result

    play(scene)


def test_a_late_approval_of_what_was_declined_is_an_alarm() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.05", reference="a-1")
        folio = f"a-1-{result.service_id}"
        late = {**SALE, "folioNumber": folio, "amount": "38.05", "traceability": {}}
        assert await shop.receive(**late) == 200
        await asyncio.sleep(1)
        assert shop.alarms.names == ["alarm.callback_contradicts"]
        still = await till.status("a-1")
        assert still is not None
        assert still.outcome is Outcome.DECLINED

    play(scene)


def test_a_sale_keyed_in_by_hand_is_revealed() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        paying = asyncio.gather(till.pay("38.12", reference="a-1"))
        await asyncio.sleep(1)
        by_hand = {**SALE, "folioNumber": "by hand", "traceability": {}}
        assert await shop.receive(**by_hand) == 200
        (result,) = await paying
        assert str(result.authorized) == "38.12"
        assert shop.alarms.names == ["alarm.unknown_payment"]
        (dead,) = await shop.facts("dead_letter")
        assert dead["told"]["folio"] == "by hand"
        assert dead["told"]["transaction"]["id"] == SALE["orderId"]

    play(scene)


def test_the_double_of_a_nameless_response_is_not_the_next_sales() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        cancelled = await till.pay("38.06", reference="a-1")
        assert cancelled.outcome is Outcome.ABORTED
        (response,) = terminal(shop).delivered
        paying = asyncio.gather(till.pay("38.12", reference="a-2"))
        await asyncio.sleep(1)
        await shop._post(netpay.write_response(response))
        (result,) = await paying
        assert result.approved
        assert shop.taken() == 3812

    play(scene, habits=Habits(echoes_traceability=False))


def test_a_response_that_cannot_be_kept_is_not_acknowledged() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        paying = asyncio.gather(till.pay("38.12", reference="a-1"))
        await asyncio.sleep(1)
        commit = shop.journal.commit
        shop.journal.commit = shop.broken  # type: ignore[method-assign]
        await asyncio.sleep(25)
        assert shop.answers == [(503, b"")]
        assert len(terminal(shop).undelivered) == 1
        shop.journal.commit = commit  # type: ignore[method-assign]
        (result,) = await paying
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)

    play(scene)


@pytest.mark.parametrize("kept", [False, True])
def test_a_signature_is_kept_only_on_request(kept: bool) -> None:
    signature = "00000100000001DA0000009E00000004" + "4111111111111111"

    async def scene(shop: Shop, till: SaleSystem) -> None:
        paying = asyncio.gather(till.pay("38.12", reference="a-1"))
        await asyncio.sleep(1)
        told = {
            **SALE,
            "folioNumber": "",
            "orderId": "",
            "traceability": {},
            "amount": "38.12",
            "hexSign": signature,
        }
        assert await shop.receive(**told) == 200
        (result,) = await paying
        assert result.approved
        told_of = [fact["told"] for fact in await shop.facts("callback")]
        assert [("signature" in each) for each in told_of] == [kept]
        if kept:
            assert picture(told_of[0]["signature"]) == bytes.fromhex(signature)
        everything = str(await shop.journal.facts_after(0, 10_000))
        assert signature not in everything
        assert "PEREZ" not in everything
        assert "11/29" not in everything

    play(scene, till={"keep_signature": kept})


def test_what_is_no_signature_is_none() -> None:
    assert packed("not hexadecimal") == ""
    assert packed("") == ""


def test_a_pending_reversal_is_looked_at_again_and_alarmed_once() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.14", reference="a-1")
        assert result.confidence is Confidence.PROVISIONAL
        await asyncio.sleep(1000)
        assert shop.pushed.count("reprint") == 4
        assert shop.alarms.names == ["alarm.reversal_pending"]

    play(scene)


def test_a_sale_that_was_cancelled_at_the_terminal_is_told() -> None:
    async def scene(shop: Shop, till: SaleSystem) -> None:
        (sale,) = await asyncio.gather(till.pay("38.00", reference="a-1"))
        assert sale.outcome is Outcome.DECLINED
        assert sale.proof is Proof.STATUS
        assert "cancelled at the terminal" in sale.message
        assert shop.alarms.names == ["alarm.voided"]

    async def main() -> None:
        shop = Shop(**fault(Strike.UNREACHABLE, "PaymentResponse"))
        async with shop.open(), shop.till_open() as till:
            cancelling = asyncio.gather(cancel_by_hand(shop))
            await scene(shop, till)
            await cancelling

    virtual.run(main())


async def cancel_by_hand(shop: Shop) -> None:
    await asyncio.sleep(30)
    (sale,) = terminal(shop).ledger.sales
    assert sale.order_id
    named = TransactionID(id=sale.order_id, time="")
    terminal(shop).push(
        netpay.CancelRequest(serial_number="1490293930", store_id="9194", order_id=named.id)
    )


def test_a_nameless_response_that_may_be_an_earlier_sales_is_not_the_next_ones() -> None:
    """The first sale's end comes so late that it was asked about, and the next one runs."""

    async def scene(shop: Shop, till: SaleSystem) -> None:
        first = await till.pay("38.06", reference="a-1")
        assert (first.outcome, first.proof) == (Outcome.ABORTED, Proof.STATUS)
        await asyncio.sleep(195 - till.shop.clock.now())
        second = await till.pay("38.12", reference="a-2")
        assert till.shop.clock.now() > 200
        assert second.approved
        assert shop.alarms.names == ["alarm.dead_letter"]
        await asyncio.sleep(400)
        third = await till.pay("38.06", reference="a-3")
        assert (third.outcome, third.proof) == (Outcome.ABORTED, Proof.RESPONSE)

    late = fault(Strike.LATE, "PaymentResponse", seconds=200.0)
    play(scene, habits=Habits(echoes_traceability=False), **late)


def test_a_response_to_a_resting_doubt_is_heard_at_once() -> None:
    """And until it comes, the terminal is not asked more often than it bears."""

    async def scene(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("38.00", reference="a-1")
        assert result.outcome is Outcome.IN_DOUBT
        asked, began = shop.pushed.count("reprint"), till.shop.clock.now()
        await asyncio.sleep(300)
        assert shop.pushed.count("reprint") - asked <= 300 / 20
        await asyncio.sleep(1)
        (response, *_) = terminal(shop).undelivered
        await shop._post(netpay.write_response(response))
        with till.watch() as watcher:
            delivery = await anext(aiter(watcher))
            while not isinstance(delivery.news, Result):
                delivery = await anext(aiter(watcher))
        assert delivery.news.approved
        assert till.shop.clock.now() - began < 302

    lost = [Fault(strike=Strike.UNREACHABLE, category="PaymentResponse")]
    lost += [
        Fault(strike=Strike.UNREACHABLE, category="TransactionStatusResponse", times=1000),
    ]
    play(scene, faults=lost)
