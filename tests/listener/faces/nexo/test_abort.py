"""An abort of a foreign till, in every state of what it means."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from opi_pos import Outcome
from opi_pos.model.news import Verdict
from opi_pos.model.orders import AskCustomer
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import FULL as ALL
from tests.listener.faces.nexo.till import condition, foreign, text, till_door
from tests.listener.faces.terminal import ToldTerminal
from tests.opi_pos.runtime.scripted import ABLE


async def test_an_abort_is_a_wish_with_an_answer_of_its_own_service(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        assert await till.abort("1") is None
        await told.aborted.wait()
        assert condition(await till.status("1")) == "Busy"
        told.end(Verdict.ABORTED)
        (answer,) = await paying
        assert condition(answer) == "Aborted"
        assert text(answer).startswith("Aborted during Payment: MerchantAbort, from till-3")


async def test_an_abort_that_comes_too_late_does_not_hide_the_money(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        await till.abort("1")
        await told.aborted.wait()
        told.approve()
        (answer,) = await paying
        assert answer.response.result == "Success"


async def test_an_abort_of_nothing_is_rejected_in_its_own_exchange(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        await till.login()
        rejected = await till.abort("99")
        assert rejected is not None
        assert isinstance(rejected.body, nexo.EventNotification)
        assert rejected.body.event_to_notify == "Reject"
        assert "Message not found, last Login has id" in (rejected.body.event_details or "")


async def test_an_abort_of_what_is_over_is_told_so_by_an_event(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).approve()
        await paying
        assert await till.abort("1") is None
        await door.until(lambda d: d.events() == ["Completed"])


async def test_an_abort_means_the_tills_own_message_unless_it_names_another(
    tmp_path: Path,
) -> None:
    """Two tills may both be at their message 1."""
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as one,
        foreign(opened.url, sale_id="till-4") as two,
    ):
        await one.login()
        await two.login()
        paying = asyncio.gather(one.pay(service_id="1"))
        told = await terminal.money.get()
        unnamed = nexo.AbortRequest(
            message_reference=nexo.MessageReference(message_category="Payment", service_id="1"),
            abort_reason="wrong customer",
        )
        rejected = await two.say(unnamed)
        assert rejected is not None
        assert isinstance(rejected.body, nexo.EventNotification)
        assert not told.aborted.is_set()
        assert await one.say(unnamed) is None
        await told.aborted.wait()
        told.end(Verdict.ABORTED)
        assert "wrong customer, from till-3" in text((await paying)[0])


async def test_an_abort_of_a_doubt_leaves_the_doubt(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        told.approve(authorized=None, foreign_currency="EUR")
        while (await opened.till.exchanges())[0].state != "in_doubt":
            pass
        assert await till.abort("1") is None
        assert condition(await till.status("1")) == "Busy"
        key = told.order.reference
        await opened.till.resolve(key, Outcome.APPROVED, who="Ann", why="slip seen")
        assert (await paying)[0].response.result == "Success"


async def test_an_abort_finds_an_order_that_still_waits_in_the_queue(tmp_path: Path) -> None:
    """The terminal works for somebody else at this counter."""
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        own = asyncio.gather(opened.till.pay("5.00", currency="SEK", reference="own"))
        first = await terminal.money.get()
        paying = asyncio.gather(till.pay(service_id="1"))
        while not opened.till.station("front").driven().rules.queue:
            assert condition(await till.status("1")) in {"Busy", "NotFound"}
        assert await till.abort("1") is None
        (answer,) = await paying
        assert condition(answer) == "Aborted"
        first.approve()
        assert (await own)[0].approved
        assert len(terminal.charges) == 1


async def test_a_reversal_can_be_stopped_too(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).approve()
        (paid,) = await paying
        undoing = asyncio.gather(till.reverse(paid, service_id="2"))
        told = await terminal.money.get()
        stop = nexo.AbortRequest(
            message_reference=nexo.MessageReference(service_id="2"), abort_reason="no"
        )
        assert await till.say(stop) is None
        await told.aborted.wait()
        told.end(Verdict.ABORTED)
        (ended,) = await undoing
        assert condition(ended) == "Aborted"
        assert text(ended).startswith("Aborted during Reversal: no")


async def test_a_question_to_the_customer_can_be_stopped(tmp_path: Path) -> None:
    terminal = ToldTerminal(replace(ABLE, services=ABLE.services | {"ask_customer"}))
    terminal.waiting_for = (AskCustomer,)
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        question = nexo.InputRequest(
            input_data=nexo.InputData(
                device="CustomerInput", info_qualify="Input", input_command="GetConfirmation"
            )
        )
        asking = asyncio.gather(till.ask(question, nexo.InputResponse, "5"))
        told = await terminal.services.get()
        stop = nexo.AbortRequest(
            message_reference=nexo.MessageReference(message_category="Input", service_id="5"),
            abort_reason="enough",
        )
        assert await till.say(stop) is None
        await told.aborted.wait()
        told.end(Verdict.ABORTED)
        (answer,) = await asking
        assert condition(answer.input_result) == "Aborted"
        assert text(answer.input_result).startswith("Aborted during Input: enough")


async def test_an_abort_before_anything_was_sent_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).approve()
        (paid,) = await paying
        looking, looked_up, journal = asyncio.Event(), asyncio.Event(), opened.till.shop.journal
        find = journal.find

        async def slow(scope: str, reference: str) -> Any:
            looking.set()
            await looked_up.wait()
            return await find(scope, reference)

        monkeypatch.setattr(journal, "find", slow)
        undoing = asyncio.gather(till.reverse(paid, service_id="2"))
        await looking.wait()
        stop = nexo.AbortRequest(
            message_reference=nexo.MessageReference(service_id="2"), abort_reason="no"
        )
        assert await till.say(stop) is None
        looked_up.set()
        assert condition((await undoing)[0]) == "Aborted"
        assert len(terminal.charges) == 1
