"""Logins, repeats of messages, and several tills at one face."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from opi_pos.model.news import Verdict
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import FULL as ALL
from tests.listener.faces.nexo.till import NOW, condition, foreign, payment, text, till_door
from tests.listener.faces.terminal import ToldTerminal, shows


@pytest.mark.parametrize(
    ("profile", "named"), [("swedbank", "NotAllowed"), ("plain-json", "LoggedOut")]
)
async def test_without_a_login_nothing_is_paid(tmp_path: Path, profile: str, named: str) -> None:
    async with held(tmp_path, profile=profile) as (opened, terminal), foreign(opened.url) as till:
        answer = await till.pay()
        assert condition(answer) == named
        assert "till-3 is not logged in since a restart" in text(answer)
        assert not terminal.charges


async def test_a_repeated_service_id_is_told_so_and_charges_once(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        first = asyncio.gather(till.pay(service_id="7"))
        told = await terminal.money.get()
        again = await till.pay(service_id="7")
        assert condition(again) == "MessageFormat"
        assert text(again) == "Repeated Message: ServiceID 7"
        told.approve()
        (answer,) = await first
        assert answer.response.result == "Success"
        assert condition(await till.pay(service_id="7")) == "MessageFormat"
        assert len(terminal.charges) == 1


async def test_a_message_that_comes_again_after_a_restart_and_a_login_charges_once(
    tmp_path: Path,
) -> None:
    terminal = ToldTerminal()
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="7"))
        (await terminal.money.get()).approve()
        await paying
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        assert condition(await till.pay(service_id="7")) == "NotAllowed"
        await till.login()
        assert text(await till.pay(service_id="7")) == "Repeated Message: ServiceID 7"
        await till.login()
        paying = asyncio.gather(till.pay(service_id="7", transaction="order-2"))
        (await terminal.money.get()).approve()
        (answer,) = await paying
        assert answer.response.result == "Success"
    assert len(terminal.charges) == 2


async def test_a_reversal_that_repeats_the_words_of_its_payment_is_no_repeated_message(
    tmp_path: Path,
) -> None:
    """Some tills put the payment's own SaleTransactionID there, and number anew after a login."""
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        (await terminal.money.get()).approve()
        (paid,) = await paying
        await till.login()
        request = nexo.ReversalRequest(
            reversal_reason="MerchantCancel",
            sale_data=payment().sale_data,
            original_poi_transaction=nexo.OriginalPOITransaction(
                poi_transaction_id=paid.poi_data.poi_transaction_id
            ),
        )
        undoing = asyncio.gather(till.ask(request, nexo.ReversalResponse, "1"))
        (await terminal.money.get()).approve(authorized=None)
        assert (await undoing)[0].response.result == "Success"


async def test_a_new_session_numbers_its_messages_anew(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        for order in ("order-1", "order-2"):
            await till.login()
            paying = asyncio.gather(till.pay(service_id="1", transaction=order))
            (await terminal.money.get()).approve()
            (answer,) = await paying
            assert answer.response.result == "Success"
        one, two = terminal.charges
        assert one.reference != two.reference


async def test_the_foreign_order_id_is_data_and_no_key(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        for _ in range(2):
            paying = asyncio.gather(till.pay(transaction="same"))
            (await terminal.money.get()).approve()
            (answer,) = await paying
            sale = answer.sale_data.sale_transaction_id
            assert (sale.transaction_id, answer.response.result) == ("same", "Success")
        assert len({order.reference for order in terminal.charges}) == 2
        assert all("same" not in order.reference for order in terminal.charges)


async def test_two_tills_share_a_terminal_one_at_a_time(tmp_path: Path) -> None:
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as one,
        foreign(opened.url, sale_id="till-4") as two,
    ):
        await one.login()
        await two.login()
        first = asyncio.gather(one.pay(service_id="1"))
        told = await terminal.money.get()
        refused = await two.pay(service_id="1")
        assert condition(refused) == "Busy"
        assert text(refused) == "Busy with another request: Payment 1"
        told.approve()
        assert (await first)[0].response.result == "Success"
        second = asyncio.gather(two.pay(service_id="2"))
        (await terminal.money.get()).approve()
        assert (await second)[0].response.result == "Success"
        mine = await two.status()
        assert mine.repeated_message_response is not None
        assert mine.repeated_message_response.message_header.sale_id == "till-4"
        diagnosed = await one.ask(nexo.DiagnosisRequest(), nexo.DiagnosisResponse)
        assert diagnosed.logged_sale_id == ("till-3", "till-4")


async def test_a_login_stops_what_runs_and_tells_the_truth_later(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        again = asyncio.gather(till.login())
        await told.aborted.wait()
        told.end(Verdict.ABORTED)
        assert condition((await paying)[0]) == "Aborted"
        assert (await again)[0].response.result == "Success"
        assert condition(await till.pay(service_id="1")) == "MessageFormat"


# --- kinds of login -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", list(nexo.Encoding))
@pytest.mark.parametrize(
    ("capabilities", "hears"),
    [
        (ALL, True),
        (("CashierDisplay",), True),
        (("PrinterReceipt",), False),
        (("PrinterReceipt", "PrinterDocument"), False),
        ((), False),
    ],
)
async def test_a_login_says_what_the_till_takes(
    tmp_path: Path, encoding: nexo.Encoding, capabilities: tuple[str, ...], hears: bool
) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url, encoding=encoding) as till,
    ):
        answer = await till.login(capabilities)
        assert answer.response.result == "Success"
        assert answer.poi_system_data is not None
        assert answer.poi_system_data.poi_terminal_data is not None
        assert answer.poi_system_data.poi_terminal_data.poi_serial_number == "POI-1"
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        await told.answers.get()
        if hears:
            await door.until(lambda d: "Insert card" in d.texts())
        told.approve()
        assert (await paying)[0].response.result == "Success"
        assert bool(door.messages) is hears
        assert {message.received.encoding for message in door.messages if message.received} <= {
            encoding
        }


async def test_a_login_without_any_capability_is_a_light_one(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        request = nexo.LoginRequest(
            operator_language="de",
            date_time=NOW,
            sale_software=nexo.SaleSoftware(
                provider_identification="Test", application_name="Till", software_version="1"
            ),
        )
        answer = await till.ask(request, nexo.LoginResponse)
        assert answer.response.result == "Success"


async def test_each_message_is_answered_in_its_own_encoding(tmp_path: Path) -> None:
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as xml,
        foreign(opened.url, encoding=nexo.Encoding.JSON) as json,
    ):
        await xml.login()
        paying = asyncio.gather(json.pay(service_id="1"))
        (await terminal.money.get()).approve()
        assert (await paying)[0].response.result == "Success"
        assert (await xml.status("1")).response.result == "Success"


async def test_a_logout_ends_one_session_and_leaves_the_others(tmp_path: Path) -> None:
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as one,
        foreign(opened.url, sale_id="till-4") as two,
    ):
        await one.login()
        await two.login()
        bye = await one.ask(nexo.LogoutRequest(), nexo.LogoutResponse)
        assert bye.response.result == "Success"
        gone = await one.pay()
        assert condition(gone) == "NotAllowed"
        assert "till-3 is not logged in since its logout at 20" in text(gone)
        assert condition(await one.status()) == "LoggedOut"
        paying = asyncio.gather(two.pay())
        (await terminal.money.get()).approve()
        assert (await paying)[0].response.result == "Success"


async def test_a_session_belongs_to_a_till_and_a_poiid(tmp_path: Path) -> None:
    async with (
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as one,
        foreign(opened.url, poi_id="P2") as other,
    ):
        await one.login()
        assert condition(await other.pay()) == "NotAllowed"
        assert not terminal.charges


async def test_a_poiid_that_is_not_served_is_refused_for_good(tmp_path: Path) -> None:
    async with (
        held(tmp_path, poi_ids=["P1", "P3"]) as (opened, terminal),
        foreign(opened.url) as till,
        foreign(opened.url, poi_id="P2") as lost,
    ):
        await till.login()
        for answer in (await lost.login(), await lost.pay(), await lost.status()):
            assert condition(answer) == "MessageFormat"
            assert text(answer) == "Invalid value: POIID P2 is not served here"
        rejected = await lost.abort("1")
        assert rejected is not None
        assert isinstance(rejected.body, nexo.EventNotification)
        assert rejected.body.event_details == "Invalid value: POIID P2 is not served here"
        assert not terminal.charges


async def test_a_repeated_service_id_is_no_second_service_of_any_kind(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, _), foreign(opened.url) as till:
        await till.login()
        first = await till.ask(nexo.GetTotalsRequest(), nexo.GetTotalsResponse, "7")
        assert first.response.result == "Success"
        again = await till.ask(nexo.GetTotalsRequest(), nexo.GetTotalsResponse, "7")
        assert text(again) == "Repeated Message: ServiceID 7"
