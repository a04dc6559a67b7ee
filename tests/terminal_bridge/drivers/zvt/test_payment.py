"""Paying on a simulated ZVT terminal through rules, driver and line, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.model.devices import Progress
from opi_pos.model.receipts import Copy
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario, Verification
from terminal_bridge.drivers.zvt import profile
from terminal_bridge.simulator.zvt.profile import PROFILES
from tests.terminal_bridge.drivers.zvt.shop import Ann, Shop, play, taken

BOTH = [False, True]


@pytest.mark.parametrize("serial", BOTH)
@pytest.mark.parametrize("personality", list(PROFILES))
def test_a_payment_is_approved_on_every_kind_of_terminal(personality: str, serial: bool) -> None:
    own = personality if personality in profile.names() else profile.DEFAULT

    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        commits = shop.journal.commits
        result = await till.pay("12.00", reference="a")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
        assert str(result.authorized) == "12.00"
        assert result.card is not None
        assert result.card.masked_pan == "541333******0012"
        assert result.terminal_transaction is not None
        assert result.approval_code
        # Intent, what was before, what was received, the end; and each receipt and each answer of
        # the cashier's before it leaves.
        asked = len(shop.cashier.printed) + len(shop.cashier.asked)
        assert shop.journal.commits - commits == 4 + asked

    shop = play(story, personality=personality, profile=own, serial=serial)
    assert taken(shop.terminal.books) == 1200
    assert shop.controls == []


def test_the_cashier_sees_how_it_goes_on_and_gets_both_receipts() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert [receipt.copy for receipt in result.receipts] == [Copy.CASHIER, Copy.CUSTOMER]
        assert [job.receipt for job in shop.cashier.printed] == list(result.receipts)

    shop = play(story)
    seen = [display.progress for display in shop.cashier.shown]
    wanted = [Progress.WAIT_CARD, Progress.WAIT_PIN, Progress.AUTHORISING, Progress.REMOVE_CARD]
    assert [progress for progress in seen if progress in wanted] == wanted


def test_in_light_integration_nobody_is_asked_and_the_receipts_come_with_the_result() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.approved
        assert len(result.receipts) == 2
        assert [*shop.cashier.printed, *shop.cashier.shown, *shop.cashier.asked] == []

    play(story, integration="light")


@pytest.mark.parametrize("serial", BOTH)
@pytest.mark.parametrize(
    ("amount", "outcome", "condition"),
    [
        ("38.01", Outcome.APPROVED, None),
        ("38.02", Outcome.DECLINED, None),
        ("38.03", Outcome.ABORTED, "6C"),
        ("38.05", Outcome.DECLINED, "05"),
        ("38.06", Outcome.ABORTED, "6C"),
        ("38.09", Outcome.APPROVED, None),
        ("38.11", Outcome.DECLINED, None),
        ("38.12", Outcome.APPROVED, None),
        ("38.17", Outcome.DECLINED, None),
    ],
)
def test_what_the_cardholder_and_the_host_do_decides(
    amount: str, outcome: Outcome, condition: str | None, serial: bool
) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay(amount, reference="a")
        assert (result.outcome, result.proof) == (outcome, Proof.RESPONSE)
        if condition is not None:
            assert result.condition == condition
        moved = outcome is Outcome.APPROVED
        assert bool(result.message) != moved

    shop = play(story, serial=serial)
    assert (taken(shop.terminal.books) > 0) == (outcome is Outcome.APPROVED)


def test_less_is_taken_only_where_the_till_allows_it() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        refused = await till.pay("38.08", reference="a")
        assert refused.outcome is Outcome.DECLINED
        result = await till.pay("38.08", reference="b", allow_partial=True)
        assert result.outcome is Outcome.PARTIALLY_APPROVED
        assert str(result.authorized) == "19.04"

    assert taken(play(story).terminal.books) == 1904


def test_a_tip_goes_with_the_order_or_comes_from_the_cardholder() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a", tip="1.50")
        assert (str(result.authorized), str(result.tip)) == ("13.50", "1.50")
        result = await till.pay("38.04", reference="b")
        assert (str(result.authorized), str(result.tip)) == ("41.84", "3.80")
        assert result.approved

    assert taken(play(story).terminal.books) == 1350 + 4184


def test_cashback_is_part_of_the_amount() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("50.00", reference="a", cashback="20.00")
        assert (str(result.authorized), str(result.cashback)) == ("50.00", "20.00")

    assert taken(play(story).terminal.books) == 5000


def test_the_amount_in_the_cards_currency_is_told_and_the_sales_amount_stays() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("10.00", reference="a")
        assert str(result.authorized) == "10.00"
        assert "USD" in result.message

    play(story, scenario=Scenario(dcc="USD"))


def test_a_currency_that_the_terminal_does_not_take_is_refused() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("10.00", currency="CHF", reference="a")
        assert result.outcome is Outcome.NOT_STARTED
        assert result.condition == "6F"

    assert taken(play(story).terminal.books) == 0


def test_card_complete_is_not_even_asked_for_another_currency() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("10.00", currency="CHF", reference="a")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)
        assert "EUR only" in result.message

    play(story, personality="card-complete", profile="card-complete")


def test_refund_reversal_and_tip_name_the_payment_by_its_receipt() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.pay("12.00", reference="a")
        assert (await till.refund("5.00", reference="b", original="a")).approved
        assert taken(shop.terminal.books) == 700
        await till.pay("20.00", reference="c")
        reversed_ = await till.reverse("c")
        assert reversed_.approved
        assert str(reversed_.authorized) == "20.00"
        assert taken(shop.terminal.books) == 700
        again = await till.reverse("c", reference="c/again")
        assert again.outcome is Outcome.DECLINED
        assert again.condition == "B4"

    play(story)


def test_a_reservation_is_booked_for_less_and_another_is_released() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        reserved = await till.reserve("100.00", reference="a")
        assert reserved.approved
        assert taken(shop.terminal.books) == 0
        assert (await till.complete("a", "80.00", reference="a/done")).approved
        assert taken(shop.terminal.books) == 8000
        await till.reserve("50.00", reference="b")
        assert (await till.release("b", reference="b/done")).approved
        assert taken(shop.terminal.books) == 8000

    play(story)


async def _abort_at(till: SaleSystem, seconds: float) -> Any:
    async with asyncio.TaskGroup() as group:
        paying = group.create_task(till.pay("12.00", reference="a"))
        await asyncio.sleep(seconds)
        await till.abort()
    return paying.result()


def test_an_abort_before_the_host_is_asked_ends_the_payment() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        result = await _abort_at(till, 0.8)
        assert (result.outcome, result.condition) == (Outcome.ABORTED, "6C")

    shop = play(story)
    assert taken(shop.terminal.books) == 0
    assert shop.controls == []


def test_an_abort_that_comes_too_late_changes_nothing() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        result = await _abort_at(till, 4.0)
        assert result.approved

    shop = play(story, scenario=Scenario(host_s=10.0))
    assert taken(shop.terminal.books) == 1200


def test_a_terminal_without_abort_is_not_sent_one() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        result = await _abort_at(till, 0.8)
        assert result.approved

    shop = play(story, personality="global-payments", profile="global-payments")
    assert shop.controls == []


def test_a_terminal_that_wants_another_password_is_not_paid_on() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.outcome is Outcome.NOT_STARTED
        assert "password" in result.message
        assert "123456" not in repr(shop.journal)

    play(story, personality="card-complete", profile="card-complete", password="123456")


def test_a_busy_terminal_is_waited_for() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.approved

    busy = Fault(strike=Strike.BUSY, category="0601", times=3)
    assert taken(play(story, faults=[busy]).terminal.books) == 1200


def test_a_receipt_is_built_from_the_status_where_the_terminal_sends_none() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert [receipt.copy for receipt in result.receipts] == [Copy.CASHIER, Copy.CUSTOMER]
        fields = result.receipts[1].fields
        assert fields["Amount"] == "12.00 EUR"
        assert fields["Receipt no."] == "0001"
        assert fields["Trace no."] == "000001"
        assert "541333******0012" in fields["Card no."]

    shop = play(story, printing="fields")
    assert len(shop.cashier.printed) == 2


def test_a_terminal_that_prints_by_itself_sends_no_receipts() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.approved
        assert result.receipts == ()

    shop = play(story, printing="terminal")
    assert len(shop.terminal.terminal.pt.printed) == 2


def signed() -> Scenario:
    return Scenario(verification=Verification.SIGNATURE)


@pytest.mark.parametrize("policy", ["after", "hold", "menu"])
def test_a_right_signature_is_accepted_however_it_is_asked(policy: str) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.approved
        assert [question.signature for question in shop.cashier.asked] == [True]

    shop = play(story, scenario=signed(), signature=policy)
    assert taken(shop.terminal.books) == 1200
    assert shop.controls == []


@pytest.mark.parametrize("serial", BOTH)
@pytest.mark.parametrize("policy", ["after", "hold", "menu"])
def test_a_wrong_signature_leaves_no_money_taken_however_it_is_asked(
    policy: str, serial: bool
) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.outcome is Outcome.DECLINED
        assert result.signature_refused

    shop = play(story, scenario=signed(), signature=policy, cashier=Ann(says=False), serial=serial)
    assert taken(shop.terminal.books) == 0


def test_a_held_payment_waits_for_a_slow_cashier() -> None:
    ann = Ann()
    ann.takes_s = 45.0

    async def story(shop: Shop, till: SaleSystem) -> None:
        assert (await till.pay("12.00", reference="a")).approved
        slip = shop.cashier.printed[0].receipt
        assert slip.signature_required

    shop = play(story, scenario=signed(), signature="hold", cashier=ann)
    assert taken(shop.terminal.books) == 1200
    assert shop.controls == []


@pytest.mark.parametrize("right", BOTH)
def test_a_cashier_who_is_too_slow_for_the_terminal_is_asked_again_after_it(right: bool) -> None:
    ann = Ann(says=right)
    ann.takes_s = 100.0

    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.approved is right
        assert result.signature_refused is not right
        assert len(ann.asked) == 2

    shop = play(
        story,
        scenario=signed(),
        signature="hold",
        cashier=ann,
        personality="card-complete",
        profile="card-complete",
    )
    assert taken(shop.terminal.books) == (1200 if right else 0)


@pytest.mark.parametrize("policy", ["after", "hold", "menu"])
def test_when_nobody_decides_about_a_signature_the_payment_stands(policy: str) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.approved

    shop = play(story, scenario=signed(), signature=policy, cashier=Ann(says=None))
    assert taken(shop.terminal.books) == 1200
