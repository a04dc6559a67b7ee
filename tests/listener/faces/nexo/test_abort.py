"""An abort of a foreign till, in every state of what it means."""

from __future__ import annotations

import asyncio
from pathlib import Path

from opi_pos.model.news import Verdict
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import FULL as ALL
from tests.listener.faces.nexo.till import condition, foreign, text, till_door


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
