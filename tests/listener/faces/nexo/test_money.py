"""Everything that moves money through a nexo face: refunds, reservations, reversals, extras."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opi_pos.model.capabilities import ReversalScope
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held, two_bridges
from tests.listener.faces.nexo.till import ForeignTill, condition, foreign, payment, text
from tests.listener.faces.terminal import Told, ToldTerminal
from tests.opi_pos.runtime.scripted import ABLE


async def approved(
    terminal: ToldTerminal, asking: Awaitable[Any], **words: Any
) -> tuple[MoneyOrder, Any]:
    """What reached the terminal, and what the till was answered."""
    answering = asyncio.gather(asking)
    told = await terminal.money.get()
    told.approve(**{"authorized": told.order.amount or _whole(told), **words})
    (answer,) = await answering
    assert answer.response.result in {"Success", "Partial"}, answer.response
    return told.order, answer


def _whole(told: Told) -> Amount | None:
    return told.order.original.amount if told.order.original is not None else None


async def pays(terminal: ToldTerminal, till: ForeignTill, *amount: str, **words: Any) -> Any:
    return (await approved(terminal, till.pay(*amount, **words)))[1]


# --- refunds and reservations -------------------------------------------------------------------


async def test_a_refund_needs_no_original(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        order, answer = await approved(terminal, till.pay("7.50", kind="Refund"))
        assert (order.operation, order.original) == (Operation.REFUND, None)
        assert answer.payment_result.payment_type == "Refund"
        assert answer.payment_result.amounts_resp.authorized_amount == Decimal("7.50")


async def test_a_refund_that_names_its_payment_pays_no_more_back_than_it_took(
    tmp_path: Path,
) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paid = await pays(terminal, till, "38.00")
        order, _ = await approved(terminal, till.pay("30.00", kind="Refund", original=paid))
        assert order.original is not None
        assert order.original.amount == Amount(minor=3800, currency="SEK")
        more = await till.pay("8.01", kind="Refund", original=paid)
        assert (condition(more), text(more)) == ("Refusal", "More than is left of the original")
        await approved(terminal, till.pay("8.00", kind="Refund", original=paid))
        assert len(terminal.charges) == 3


async def test_a_reservation_is_completed_once(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        order, reserved = await approved(terminal, till.pay("50.00", kind="FirstReservation"))
        assert order.operation is Operation.RESERVATION
        too_much = await till.pay("50.01", kind="Completion", original=reserved)
        assert condition(too_much) == "Refusal"
        order, _ = await approved(terminal, till.pay("42.00", kind="Completion", original=reserved))
        assert order.operation is Operation.COMPLETION
        again = await till.pay("1.00", kind="Completion", original=reserved)
        assert (condition(again), text(again)) == ("NotAllowed", "Completed transaction")


async def test_a_reservation_that_is_reversed_is_released(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        reserved = await pays(terminal, till, "50.00", kind="OneTimeReservation")
        order, answer = await approved(terminal, till.reverse(reserved))
        assert order.operation is Operation.RELEASE
        assert answer.reversed_amount == Decimal("50.00")
        late = await till.pay("42.00", kind="Completion", original=reserved)
        assert text(late) == "Completed transaction"


@pytest.mark.parametrize(
    ("amount", "words", "named", "says"),
    [
        ("5.00", {"kind": "Completion"}, "NotAllowed", "Invalid reservation"),
        ("5.00", {"kind": "UpdateReservation"}, "UnavailableService", "UpdateReservation is not"),
        ("5.00", {"kind": "CashAdvance"}, "UnavailableService", "CashAdvance is not available"),
        ("5.00", {"kind": "Instalment"}, "UnavailableService", "Instalment is not available"),
        ("0.00", {}, "MessageFormat", "must be greater than zero"),
        (None, {}, "MessageFormat", "Mandatory data absent: RequestedAmount"),
        (None, {"kind": "OneTimeReservation"}, "UnavailableService", "without RequestedAmount"),
        ("5.00", {"tip_amount": Decimal("5.00")}, "MessageFormat", "TipAmount"),
        ("5.00", {"currency": "EUR", "kind": "Refund"}, "NotAllowed", "Another currency"),
    ],
)
async def test_what_cannot_be_is_refused_before_it_is_sent(
    tmp_path: Path, amount: str | None, words: dict[str, Any], named: str, says: str
) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paid = await pays(terminal, till)
        answer = await till.ask(payment(amount, original=paid, **words), nexo.PaymentResponse)
        assert condition(answer) == named
        assert says in text(answer)
        assert len(terminal.charges) == 1


async def test_what_was_never_paid_has_no_completion(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        await till.login()
        assert condition(await till.pay("5.00", kind="Completion")) == "NotFound"


# --- reversals ----------------------------------------------------------------------------------


async def test_parts_are_reversed_until_nothing_is_left(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paid = await pays(terminal, till, "38.00")
        order, answer = await approved(terminal, till.reverse(paid, "8.00"))
        assert (order.operation, str(order.amount)) == (Operation.REVERSAL, "8.00")
        assert answer.reversed_amount == Decimal("8.00")
        assert condition(await till.reverse(paid, "30.01")) == "Refusal"
        order, answer = await approved(terminal, till.reverse(paid))
        assert str(order.amount) == "30.00"
        assert answer.reversed_amount == Decimal("30.00")
        assert text(await till.reverse(paid)) == "Completed transaction"
        assert text(await till.reverse(paid, "1.00")) == "Completed transaction"


async def test_a_terminal_that_reverses_the_whole_alone_is_not_asked_for_a_part(
    tmp_path: Path,
) -> None:
    whole = msgspec.structs.replace(ABLE, reversal=ReversalScope.SAME_DAY_FULL)
    terminal = ToldTerminal(whole)
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        paid = await pays(terminal, till, "38.00")
        part = await till.reverse(paid, "8.00")
        assert condition(part) == "UnavailableService"
        assert "capability: partial_reversal" in text(part)
        order, _ = await approved(terminal, till.reverse(paid, "38.00"))
        assert order.amount is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({}, True),
        ({"last_transaction_flag": True}, True),
        ({"sale_id": "till-3", "poi_id": "P1"}, True),
        ({"host_transaction_id": ("T77", "2026-11-22T10:00:00Z")}, True),
        ({"host_transaction_id": ("T77", "2026-11-22T11:00:00+01:00")}, True),
        ({"host_transaction_id": ("T77", "2026-11-23T10:00:00Z")}, False),
        ({"host_transaction_id": ("T78", "2026-11-22T10:00:00Z")}, False),
        ({"approval_code": "123456"}, False),
    ],
)
async def test_what_a_reversal_may_name_beside_our_own_number(
    tmp_path: Path, words: dict[str, Any], found: bool
) -> None:
    """The terminal's number, as we told it; else the last one. What names something that is not
    found never means the last one.
    """
    if "host_transaction_id" in words:
        number, time = words["host_transaction_id"]
        named = nexo.TransactionIdentification(transaction_id=number, time_stamp=time)
        words = {"host_transaction_id": named}
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        await pays(terminal, till, "38.00")
        request = nexo.ReversalRequest(
            reversal_reason="CustCancel",
            original_poi_transaction=nexo.OriginalPOITransaction(**words),
        )
        asking = till.ask(request, nexo.ReversalResponse)
        if found:
            order, _ = await approved(terminal, asking)
            assert (order.reason, order.original is not None) == ("customer", True)
        else:
            assert condition(await asking) == "NotFound"
            assert len(terminal.charges) == 1


@pytest.mark.parametrize(
    ("ending", "found"),
    [("Z", True), (".000+00:00", True), ("", True), ("+02:00", False), ("?", False)],
)
async def test_the_moment_counts_and_not_how_it_is_spelled(
    tmp_path: Path, ending: str, found: bool
) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paid = await pays(terminal, till)
        named = paid.poi_data.poi_transaction_id
        wanted = nexo.ReversalRequest(
            reversal_reason="Malfunction",
            original_poi_transaction=nexo.OriginalPOITransaction(
                poi_transaction_id=nexo.TransactionIdentification(
                    transaction_id=named.transaction_id,
                    time_stamp=named.time_stamp.removesuffix("+00:00") + ending,
                )
            ),
        )
        data = nexo.encode(_message(till, wanted), till.encoding, strict=False)
        asking = till.post(data)
        if found:
            answering = asyncio.gather(asking)
            (await terminal.money.get()).approve()
            (reply,) = await answering
        else:
            reply = await asking
        body = nexo.decode(reply.body).body
        assert isinstance(body, nexo.ReversalResponse)
        assert (body.response.result == "Success") is found
        assert len(terminal.charges) == 1 + found


def _message(till: ForeignTill, body: nexo.Element) -> nexo.Message:
    header = nexo.header_for(body, sale_id=till.sale_id, poi_id=till.poi_id, service_id="900")
    return nexo.Message(header=header, body=body)


async def test_one_till_reverses_what_another_one_took(tmp_path: Path) -> None:
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as one,
        foreign(opened.url, sale_id="till-4") as two,
    ):
        await one.login()
        await two.login()
        paid = await pays(terminal, one)
        await approved(terminal, two.reverse(paid))
        assert text(await one.reverse(paid)) == "Completed transaction"


async def test_a_terminal_is_never_told_the_number_of_another_one(tmp_path: Path) -> None:
    """Receipt 12 of one terminal is another payment at the next."""
    terminal = ToldTerminal()
    async with (
        two_bridges(tmp_path, terminal) as (front, back),
        foreign(front) as one,
        foreign(back) as two,
    ):
        await one.login()
        await two.login()
        paid = await pays(terminal, one)
        assert condition(await two.reverse(paid)) == "NotFound"
        assert condition(await two.pay("1.00", kind="Refund", original=paid)) == "NotFound"
        await approved(terminal, one.reverse(paid))


# --- extras -------------------------------------------------------------------------------------


async def test_tip_and_cashback_reach_the_terminal_and_come_back(tmp_path: Path) -> None:
    able = msgspec.structs.replace(ABLE, tip=True, cashback=True)
    terminal = ToldTerminal(able)
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        tip, cash = Amount(minor=300, currency="SEK"), Amount(minor=1000, currency="SEK")
        order, answer = await approved(
            terminal,
            till.pay("48.00", tip_amount=Decimal("3.00"), cash_back_amount=Decimal("10.00")),
            authorized=Amount(minor=4800, currency="SEK"),
            tip=tip,
            cashback=cash,
        )
        assert (str(order.amount), order.tip, order.cashback) == ("45.00", tip, cash)
        amounts = answer.payment_result.amounts_resp
        told = (amounts.authorized_amount, amounts.tip_amount, amounts.cash_back_amount)
        assert told == (Decimal("48.00"), Decimal("3.00"), Decimal("10.00"))


@pytest.mark.parametrize("extra", ["tip_amount", "cash_back_amount"])
async def test_an_extra_that_the_terminal_has_not_is_refused_by_name(
    tmp_path: Path, extra: str
) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        words: dict[str, Any] = {extra: Decimal("3.00")}
        answer = await till.pay("48.00", **words)
        assert condition(answer) == "UnavailableService"
        assert "capability: " in text(answer)
        assert not terminal.charges


async def test_less_than_asked_is_partial(tmp_path: Path) -> None:
    able = msgspec.structs.replace(ABLE, partial_approval=True)
    terminal = ToldTerminal(able)
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        order, answer = await approved(
            terminal,
            till.pay("38.00", minimum_amount_to_deliver=Decimal("1.00")),
            authorized=Amount(minor=1900, currency="SEK"),
        )
        assert order.allow_partial
        assert (answer.response.result, answer.response.error_condition) == (
            "Partial",
            "PaymentRestriction",
        )
        assert answer.payment_result.amounts_resp.authorized_amount == Decimal("19.00")
