"""The state and error rules of a terminal, kept by a bridge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome
from opi_pos.model.devices import DeviceRequest, Display, Progress
from opi_pos.model.ids import POIID
from opi_pos.model.news import DeviceAsked, Verdict
from opi_pos.runtime.sale_system import Parts
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import Bridge, bridge
from tests.listener.faces.nexo.till import FULL as ALL
from tests.listener.faces.nexo.till import ForeignTill, TillDoor, payment, till_door
from tests.listener.faces.terminal import ToldTerminal


@asynccontextmanager
async def held(
    path: Path, terminal: ToldTerminal | None = None, **words: Any
) -> AsyncIterator[tuple[Bridge, ToldTerminal]]:
    """A bridge with a terminal that says what the test says."""
    terminal = terminal or ToldTerminal()
    words["terminal"] = "test://"
    parts = Parts(connect=terminal.connect)
    async with bridge(path / "bridge.db", words=words, parts=parts) as opened:
        yield opened, terminal


@asynccontextmanager
async def foreign(url: str, **words: Any) -> AsyncIterator[ForeignTill]:
    till = ForeignTill(url, **words)
    try:
        yield till
    finally:
        await till.aclose()


def condition(body: Any) -> str:
    response = body.response
    assert response.result == "Failure", response
    return str(response.error_condition)


def text(body: Any) -> str:
    return body.response.additional_response or ""


# --- sessions and repeats ---------------------------------------------------------------------


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


# --- two tills --------------------------------------------------------------------------------


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


# --- abort ------------------------------------------------------------------------------------


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
        await door.until(lambda d: _events(d) == ["Completed"])


def _events(door: TillDoor) -> list[str]:
    return [
        body.event_to_notify for body in door.bodies if isinstance(body, nexo.EventNotification)
    ]


# --- status, doubts, restarts -----------------------------------------------------------------


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
        assert condition(await till.status("1")) == "NotAllowed"
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


# --- displays ---------------------------------------------------------------------------------


def shows(told: Any, line: str, progress: Progress = Progress.WAIT_CARD) -> None:
    display = Display(lines=(line,), progress=progress)
    request = DeviceRequest(poi_id=POIID("POI-1"), body=display, service_id=told.command.service_id)
    told.tell(DeviceAsked(request=request))


async def test_displays_of_any_driver_go_to_the_till_with_the_ids_of_its_payment(
    tmp_path: Path,
) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        await door.until(lambda d: d.texts() == ["Please wait", "Welcome"])
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        shows(told, "Welcome", Progress.IDLE)
        shows(told, "Karte einstecken")
        await door.until(lambda d: "Karte einstecken" in d.texts())
        header = door.messages[-1].header
        assert (header.service_id, header.sale_id, header.poi_id) == ("1", "till-3", "P1")
        assert header.device_id
        told.approve()
        await paying
        await door.until(lambda d: d.texts()[2:] == ["Karte einstecken", "Welcome"])


async def test_a_deaf_till_gets_its_answer_all_the_same(tmp_path: Path) -> None:
    async with (
        held(tmp_path, till_url="http://127.0.0.1:9") as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        (answer,) = await paying
        assert answer.response.result == "Success"


async def test_a_light_till_is_asked_nothing(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login()
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        await paying
        assert not door.messages


async def test_the_till_names_its_door_in_a_header(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        till.headers["X-Callback-Url"] = door.url
        await till.login(ALL)
        await door.until(lambda d: d.texts() == ["Please wait", "Welcome"])
        assert terminal.charges == []


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/nexo",
        "http://169.254.169.254/",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1",
    ],
)
async def test_a_door_that_is_not_the_tills_own_is_not_used(tmp_path: Path, url: str) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        till.headers["X-Callback-Url"] = url
        assert (await till.login(ALL)).response.result == "Success"
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        assert (await paying)[0].response.result == "Success"


# --- what cannot be read ----------------------------------------------------------------------


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
