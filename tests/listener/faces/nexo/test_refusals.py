"""What is refused, and by which ErrorCondition."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from opi_pos.model.news import Verdict
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import condition, foreign, payment, text


async def test_an_unreachable_terminal_is_no_refusal_of_the_card(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        terminal.is_reachable = False
        answer = await till.pay()
        assert condition(answer) == "DeviceOut"
        assert text(answer) == "Temporarily out of order: no connection"


@pytest.mark.parametrize(
    ("said", "told"), [("UnavailableService", "UnavailableService"), ("LoggedOut", "DeviceOut")]
)
async def test_the_terminals_own_session_is_not_the_tills(
    tmp_path: Path, said: str, told: str
) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay())
        (await terminal.money.get()).end(Verdict.REFUSED, condition=said)
        assert condition((await paying)[0]) == told


async def test_bytes_that_are_no_message_come_back_in_an_event(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        reply = await till.post(b"<broken")
        assert reply.status == 200
        body = nexo.decode(reply.body).body
        assert isinstance(body, nexo.EventNotification)
        assert body.event_to_notify == "Reject"
        assert body.rejected_message == "PGJyb2tlbg=="


async def test_a_request_without_its_data_gets_message_format(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        whole = till.written(payment(), "5")
        broken = whole.replace(b'Currency="SEK"', b"")
        assert broken != whole
        reply = await till.post(broken)
        body = nexo.decode(reply.body).body
        assert isinstance(body, nexo.PaymentResponse)
        assert condition(body) == "MessageFormat"
        assert "Mandatory data absent: PaymentRequest.PaymentTransaction" in text(body)
        assert not terminal.charges


async def test_a_web_page_cannot_start_a_payment(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        data = till.written(payment())
        assert (await till.post(data, Origin="http://evil.example")).status == 403
        assert (await till.post(data, **{"Sec-Fetch-Site": "cross-site"})).status == 403
