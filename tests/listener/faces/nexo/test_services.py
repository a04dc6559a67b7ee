"""Services without money, on a simulated terminal: totals, cards, the customer, diagnosis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import bridge, held
from tests.listener.faces.nexo.till import ForeignTill, condition, foreign, payment, text
from tests.listener.faces.terminal import ToldTerminal


@asynccontextmanager
async def logged_in(path: Path, **words: Any) -> AsyncIterator[ForeignTill]:
    """A till at a face with a simulated terminal behind it."""
    words.setdefault("profile", "plain-json")
    async with bridge(path / "bridge.db", words=words) as opened, foreign(opened.url) as till:
        await till.login()
        yield till


def shown(*lines: str, form: str = "Text", menu: tuple[str, ...] = ()) -> nexo.DisplayOutput:
    return nexo.DisplayOutput(
        device="CustomerDisplay",
        info_qualify="Display",
        output_content=_content(lines, form),
        menu_entry=tuple(
            nexo.MenuEntry(output_format="Text", output_text=(nexo.OutputText(text=entry),))
            for entry in menu
        ),
    )


def _content(lines: tuple[str, ...], form: str) -> nexo.OutputContent:
    texts = tuple(nexo.OutputText(text=line) for line in lines)
    if form == "XHTML":
        return nexo.OutputContent(output_format=form, output_xhtml="PHA+SGVqPC9wPg==")
    return nexo.OutputContent(output_format=form, output_text=texts)


def asked(command: str, *, menu: tuple[str, ...] = (), **words: Any) -> nexo.InputRequest:
    return nexo.InputRequest(
        display_output=shown("Question?", menu=menu),
        input_data=nexo.InputData(
            device="CustomerInput", info_qualify="Input", input_command=command, **words
        ),
    )


def printed(mode: str, *, form: str = "Text") -> nexo.PrintRequest:
    return nexo.PrintRequest(
        print_output=nexo.PrintOutput(
            document_qualifier="SaleReceipt",
            response_mode=mode,
            output_content=_content(("Milk 1.50",), form),
        )
    )


# --- totals -------------------------------------------------------------------------------------


async def test_totals_are_the_terminals_and_a_reconciliation_closes_its_day(
    tmp_path: Path,
) -> None:
    async with logged_in(tmp_path) as till:
        await till.pay("38.00")
        totals = await till.ask(nexo.GetTotalsRequest(), nexo.GetTotalsResponse)
        assert _sums(totals) == [("Debit", 1, Decimal("38.00"))]
        closing = nexo.ReconciliationRequest(reconciliation_type="SaleReconciliation")
        closed = await till.ask(closing, nexo.ReconciliationResponse)
        assert closed.reconciliation_type == "SaleReconciliation"
        assert _sums(closed) == [("Debit", 1, Decimal("38.00"))]
        assert _sums(await till.ask(nexo.GetTotalsRequest(), nexo.GetTotalsResponse)) == []


def _sums(body: Any) -> list[tuple[str, int, Decimal]]:
    assert body.response.result == "Success"
    return [
        (line.transaction_type, line.transaction_count, line.transaction_amount)
        for group in body.transaction_totals
        for line in group.payment_totals
    ]


@pytest.mark.parametrize(
    ("body", "lacking"),
    [
        (nexo.ReconciliationRequest(reconciliation_type="PreviousReconciliation"), "Previous"),
        (nexo.GetTotalsRequest(total_filter=nexo.TotalFilter(sale_id="till-3")), "TotalFilter"),
        (shown("", form="XHTML"), "OutputFormat XHTML"),
        (printed("PrintEnd", form="BarCode"), "OutputFormat BarCode"),
        (asked("SiteManager"), "InputCommand SiteManager"),
        (nexo.BalanceInquiryRequest(), "BalanceInquiry"),
        (nexo.AdminRequest(), "Admin"),
        (nexo.BatchRequest(), "Batch"),
        (
            nexo.SoundRequest(
                sound_action="StartSound", sound_content=nexo.SoundContent(text="Ping")
            ),
            "Sound",
        ),
    ],
    ids=lambda value: value.replace(" ", "") if isinstance(value, str) else "",
)
async def test_what_would_be_lost_in_silence_is_refused_by_name(
    tmp_path: Path, body: Any, lacking: str
) -> None:
    if isinstance(body, nexo.DisplayOutput):
        body = nexo.DisplayRequest(display_output=(body,))
    async with logged_in(tmp_path) as till:
        message = await till.say(body)
        assert message is not None
        assert message.header.message_type == "Response"
        assert (
            message.header.message_category
            == nexo.header_for(body, sale_id="", poi_id="").message_category
        )
        response = _response(message.body)
        assert response.error_condition == "UnavailableService"
        assert lacking in (response.additional_response or "")
        assert (await till.pay()).response.result == "Success"


def _response(body: Any) -> nexo.Response:
    outputs = getattr(body, "output_result", None)
    results = outputs if isinstance(outputs, tuple) else (outputs,)
    for holder in (body, getattr(body, "input_result", None), *results):
        response = getattr(holder, "response", None)
        if isinstance(response, nexo.Response) and response.result != "Success":
            return response
    raise AssertionError(body)


# --- cards --------------------------------------------------------------------------------------


async def test_a_card_is_read_and_paid_with_afterwards(tmp_path: Path) -> None:
    async with logged_in(tmp_path) as till:
        sale = payment().sale_data
        reading = nexo.CardAcquisitionRequest(
            sale_data=sale, card_acquisition_transaction=nexo.CardAcquisitionTransaction()
        )
        enable = nexo.EnableServiceRequest(
            transaction_action="StartTransaction", services_enabled=("CardAcquisition",)
        )
        begun = await till.ask(enable, nexo.EnableServiceResponse)
        assert begun.response.result == "Success"
        read = await till.ask(reading, nexo.CardAcquisitionResponse)
        assert read.payment_instrument_data is not None
        assert read.payment_instrument_data.card_data is not None
        assert read.payment_instrument_data.card_data.masked_pan == "541333******0012"
        assert read.sale_data.sale_transaction_id == sale.sale_transaction_id

        paid = await till.ask(_with(read.poi_data.poi_transaction_id), nexo.PaymentResponse)
        assert paid.response.result == "Success"
        other = nexo.TransactionIdentification(
            transaction_id="x", time_stamp="2026-01-01T00:00:00Z"
        )
        missing = await till.ask(_with(other), nexo.PaymentResponse)
        assert (condition(missing), text(missing)) == ("NotFound", "Card acquisition not found")


def _with(card: nexo.TransactionIdentification) -> nexo.PaymentRequest:
    whole = payment()
    return nexo.PaymentRequest(
        sale_data=whole.sale_data,
        payment_transaction=whole.payment_transaction,
        payment_data=nexo.PaymentData(card_acquisition_reference=card),
    )


# --- the customer -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "given"),
    [
        (asked("GetConfirmation"), ("confirmed_flag", True)),
        (asked("DigitString", min_length=10, max_length=10), ("digit_input", "0701234567")),
        (asked("TextString"), ("text_input", "yes")),
        (asked("GetMenuEntry", menu=("Bag", "No bag")), ("menu_entry_number", 1)),
    ],
    ids=["confirmation", "digits", "text", "menu"],
)
async def test_the_customer_is_asked(
    tmp_path: Path, request_: nexo.InputRequest, given: tuple[str, Any]
) -> None:
    async with logged_in(tmp_path) as till:
        answer = await till.ask(request_, nexo.InputResponse)
        assert answer.output_result is not None
        assert answer.input_result.response.result == "Success"
        assert answer.input_result.input is not None
        assert getattr(answer.input_result.input, given[0]) == given[1]


@pytest.mark.parametrize(("flag", "answered"), [(True, True), (None, True), (False, False)])
async def test_a_text_for_the_customer_is_answered_if_it_must_be(
    tmp_path: Path, flag: bool | None, answered: bool
) -> None:
    output = shown("Thank you")
    request = nexo.DisplayRequest(
        display_output=(
            nexo.DisplayOutput(
                response_required_flag=flag,
                device=output.device,
                info_qualify=output.info_qualify,
                output_content=output.output_content,
            ),
        )
    )
    async with logged_in(tmp_path) as till:
        message = await till.say(request)
        assert (message is not None) is answered
        if message is not None:
            assert isinstance(message.body, nexo.DisplayResponse)
            assert [each.response.result for each in message.body.output_result] == ["Success"]


@pytest.mark.parametrize("mode", ["NotRequired", "Immediate", "PrintEnd"])
async def test_the_terminal_prints_for_the_till(tmp_path: Path, mode: str) -> None:
    async with logged_in(tmp_path) as till:
        message = await till.say(printed(mode))
        assert (message is None) is (mode == "NotRequired")
        if message is not None:
            assert isinstance(message.body, nexo.PrintResponse)
            assert message.body.response.result == "Success"
            assert message.body.document_qualifier == "SaleReceipt"


# --- the rest -----------------------------------------------------------------------------------


async def test_a_terminal_that_works_is_busy_for_everything_else(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with held(tmp_path, terminal) as (opened, _), foreign(opened.url) as till:
        await till.login()
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        bodies: tuple[Any, ...] = (
            nexo.GetTotalsRequest(),
            nexo.ReconciliationRequest(reconciliation_type="SaleReconciliation"),
            nexo.LogoutRequest(),
            nexo.EnableServiceRequest(transaction_action="AbortTransaction"),
        )
        for body in bodies:
            message = await till.say(body)
            assert message is not None
            response: Any = message.body
            assert condition(response) == "Busy"
            assert text(response) == "Busy with another request: Payment 1"
        diagnosis = await till.ask(nexo.DiagnosisRequest(), nexo.DiagnosisResponse)
        assert diagnosis.poi_status is not None
        assert diagnosis.poi_status.global_status == "Busy"
        told.approve()
        await paying
        after = await till.ask(nexo.DiagnosisRequest(), nexo.DiagnosisResponse)
        assert after.poi_status is not None
        assert after.poi_status.global_status == "OK"


async def test_a_diagnosis_needs_no_session_and_names_the_host(tmp_path: Path) -> None:
    words = {"profile": "plain-json"}
    async with (
        bridge(tmp_path / "bridge.db", words=words) as opened,
        foreign(opened.url) as till,
    ):
        answer = await till.ask(
            nexo.DiagnosisRequest(host_diagnosis_flag=True), nexo.DiagnosisResponse
        )
        assert answer.response.result == "Success"
        assert answer.logged_sale_id == ()
        assert [host.is_reachable_flag for host in answer.host_status] == [True]
