"""Transaction status: while it runs, in doubt, afterwards, and after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from opi_pos import Outcome
from opi_pos.model.news import Verdict
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import condition, foreign, payment, text
from tests.listener.faces.terminal import ToldTerminal


@pytest.mark.parametrize(("profile", "runs"), [("swedbank", "Busy"), ("plain-json", "InProgress")])
async def test_a_doubt_is_told_as_running_until_it_is_known(
    tmp_path: Path, profile: str, runs: str
) -> None:
    async with held(tmp_path, profile=profile) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        reference = told.order.reference
        # The terminal answers in another currency: nobody can say what was taken.
        told.approve(authorized=None, foreign_currency="EUR")
        while (await opened.till.exchanges())[0].state != "in_doubt":
            pass
        for wanted in ("1", None):
            running = await till.status(wanted)
            assert condition(running) == runs
            assert text(running) == "Uncompleted: Payment 1"
            assert running.repeated_message_response is None
        other = await till.pay(service_id="2", transaction="order-2")
        assert condition(other) == "Busy"
        assert "in doubt" in text(other)
        assert not paying.done()
        await opened.till.resolve(reference, Outcome.APPROVED, who="Ann", why="slip seen")
        (answer,) = await paying
        assert answer.response.result == "Success"
        assert (await till.status("1")).response.result == "Success"


async def test_a_held_answer_ends_and_the_till_asks_for_the_status(tmp_path: Path) -> None:
    async with (
        held(tmp_path, answer_within_s=0.05) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login()
        reply = await till.post(till.written(payment(), "1"))
        assert reply.status == 504
        assert condition(await till.status("1")) == "Busy"
        (await terminal.money.get()).approve()
        while (status := await till.status("1")).response.result != "Success":
            pass
        assert status.repeated_message_response is not None


async def test_a_till_that_hangs_up_finds_its_payment_by_status(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        paying.cancel()
        told.approve()
        while (status := await till.status()).response.result != "Success":
            pass
        repeated = status.repeated_message_response
        assert repeated is not None
        assert repeated.message_header.service_id == "1"
        assert repeated.payment_response is not None
        assert repeated.payment_response.response.result == "Success"


async def test_after_a_restart_in_mid_payment_the_status_tells_the_truth(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with (
        held(tmp_path, terminal) as (opened, _),
        foreign(opened.url) as till,
    ):
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1", transaction="9"), return_exceptions=True)
        first = await terminal.money.get()
    await paying
    reborn = ToldTerminal()
    reborn.may_tell.clear()
    async with held(tmp_path, reborn) as (opened, _), foreign(opened.url) as till:
        assert condition(await till.status("1")) == "LoggedOut"
        await till.login()
        assert condition(await till.status("1")) == "Busy"
        assert not reborn.charges
        row = (await opened.till.exchanges())[0]
        first.approve()
        reborn.status = [await first.next()]
        reborn.may_tell.set()
        while (status := await till.status("1")).response.result != "Success":
            pass
        repeated = status.repeated_message_response
        assert repeated is not None
        assert repeated.payment_response is not None
        answer = repeated.payment_response
        assert answer.sale_data.sale_transaction_id.transaction_id == "9"
        assert answer.sale_data.operator_id == "Ann"
        assert answer.poi_data.poi_transaction_id.transaction_id == row.order.reference
        assert answer.payment_result is not None
        assert answer.payment_result.amounts_resp is not None
        assert str(answer.payment_result.amounts_resp.authorized_amount) == "38.00"


async def test_answers_outlive_a_restart_and_can_be_reversed_then(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).approve(approval_code="123456")
        (answer,) = await paying
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        repeated = (await till.status("1")).repeated_message_response
        assert repeated is not None
        assert repeated.payment_response == answer
        undoing = asyncio.gather(till.reverse(answer))
        told = await terminal.money.get()
        assert told.order.original is not None
        assert told.order.original.approval_code == "123456"
        told.approve()
        (undone,) = await undoing
        assert undone.response.result == "Success"
        assert str(undone.reversed_amount) == "38.00"


async def test_an_unknown_message_is_not_found(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        await till.login()
        assert condition(await till.status("42")) == "NotFound"
        assert condition(await till.status()) == "NotFound"


async def test_a_status_means_the_tills_own_message_unless_it_names_another(
    tmp_path: Path,
) -> None:
    """Two tills may both be at their message 1; one must never take the other's money for its
    own.
    """
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as one,
        foreign(opened.url, sale_id="till-4") as two,
    ):
        await one.login()
        await two.login()
        paying = asyncio.gather(one.pay(service_id="1"))
        told = await terminal.money.get()
        unnamed = nexo.TransactionStatusRequest(
            message_reference=nexo.MessageReference(message_category="Payment", service_id="1")
        )
        named = nexo.TransactionStatusRequest(
            message_reference=nexo.MessageReference(service_id="1", sale_id="till-3")
        )
        kind = nexo.TransactionStatusResponse
        assert condition(await one.ask(unnamed, kind)) == "Busy"
        assert condition(await two.ask(unnamed, kind)) == "NotFound"
        assert condition(await two.ask(named, kind)) == "Busy"
        assert condition(await two.status()) == "NotFound"
        told.approve()
        await paying
        assert (await one.ask(unnamed, kind)).response.result == "Success"
        assert condition(await two.ask(unnamed, kind)) == "NotFound"
        assert (await two.ask(named, kind)).response.result == "Success"


@pytest.mark.parametrize("verdict", [Verdict.DECLINED, Verdict.ABORTED])
async def test_what_failed_is_repeated_as_a_failure(tmp_path: Path, verdict: Verdict) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).end(verdict, message="no")
        (answer,) = await paying
        assert condition(answer) == ("Refusal" if verdict is Verdict.DECLINED else "Cancel")
        status = await till.status("1")
        assert status.response.result == "Success"
        assert status.repeated_message_response is not None
        assert status.repeated_message_response.payment_response == answer


async def test_a_reversal_is_repeated_as_what_it_was(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).approve()
        (paid,) = await paying
        undoing = asyncio.gather(till.reverse(paid, service_id="2"))
        (await terminal.money.get()).approve(authorized=None)
        (undone,) = await undoing
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        repeated = (await till.status()).repeated_message_response
        assert repeated is not None
        assert repeated.message_header.message_category == "Reversal"
        assert repeated.reversal_response == undone


async def test_answers_are_kept_in_number_and_the_oldest_go_first(tmp_path: Path) -> None:
    async with (
        held(tmp_path, kept_answers=2) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login()
        for number in ("1", "2", "3"):
            paying = asyncio.gather(till.pay(service_id=number, transaction=number))
            (await terminal.money.get()).approve()
            await paying
        assert condition(await till.status("1")) == "NotFound"
        assert (await till.status("2")).response.result == "Success"


async def test_what_was_paid_elsewhere_is_no_message_of_a_till(tmp_path: Path) -> None:
    """The journal also has what the bridge's own cashier did."""
    terminal = ToldTerminal()
    async with held(tmp_path, terminal) as (opened, _):
        own = asyncio.gather(opened.till.pay("5.00", currency="SEK", reference="own"))
        (await terminal.money.get()).approve()
        await own
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        assert condition(await till.status()) == "NotFound"
