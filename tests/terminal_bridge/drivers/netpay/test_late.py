"""What comes late, twice, namelessly, or for somebody else."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.aio import virtual
from opi_pos.model.results import Confidence, Result, TransactionID
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario
from opi_pos.wire import netpay
from opi_pos.wire.netpay.signature import packed, picture
from terminal_bridge.simulator.netpay.habits import Habits
from tests.opi_pos.wire.netpay.samples import SALE
from tests.terminal_bridge.drivers.netpay.shop import Shop, fault, play, terminal


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
