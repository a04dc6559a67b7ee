"""Bytes that come back: what is an answer, what is somebody else's, and what is none."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from opi_pos.model.ids import ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import (
    Ended,
    News,
    NoAnswer,
    NoSession,
    NotKnown,
    Running,
    Verdict,
)
from opi_pos.model.orders import (
    AskCustomer,
    AskStatus,
    CloseDay,
    Converse,
    Diagnose,
    Integration,
    Login,
    Order,
    PrintOnTerminal,
    ReadCard,
    ShowCustomer,
    Totals,
)
from opi_pos.model.reports import (
    Condition,
    CustomerInput,
    DiagnosisReport,
    HostReport,
    TerminalReport,
    TotalGroup,
    TotalLine,
    TotalsReport,
)
from opi_pos.model.results import Operation
from opi_pos.wire import nexo
from opi_pos.wire.nexo.tolerant import blank
from terminal_bridge.drivers.nexo.reading import abort_problem, news_of
from terminal_bridge.links.link import Reply
from tests.terminal_bridge.drivers.nexo.wire import (
    SALE_TIME,
    SEK_38,
    failed,
    header,
    paid,
    payment,
    response,
    reversed_,
    status,
)

SWEDBANK = frozenset({"Busy", "InProgress"})
SPEC = frozenset({"InProgress"})


def sent(body: type[nexo.Element]) -> nexo.Message:
    """Our message, as far as reading its answer needs it."""
    return nexo.Message(header=header(body), body=blank(body, body.__name__))


def reply(body: nexo.Element, **ids: str | None) -> Reply:
    message = nexo.Message(header=header(body, **ids), body=body)
    return Reply(status=200, body=nexo.encode(message, nexo.Encoding.XML, strict=False))


def only(news: tuple[News, ...]) -> News:
    assert len(news) == 1
    return news[0]


def paying(answer: Reply) -> News:
    return only(news_of(answer, sent(nexo.PaymentRequest), payment(), SPEC))


ASKED = AskStatus(service_id=ServiceID("40"), order=payment())


def asking(answer: Reply, running: frozenset[str] = SPEC, order: AskStatus = ASKED) -> News:
    return only(news_of(answer, sent(nexo.TransactionStatusRequest), order, running))


def serving(order: Order, request: type[nexo.Element], answer: Reply) -> Any:
    news = only(news_of(answer, sent(request), order, SPEC))
    assert isinstance(news, Ended)
    return news.answer


# --- a payment ---


def test_the_answer_to_a_payment_ends_it() -> None:
    news = paying(reply(paid()))
    assert isinstance(news, Ended)
    assert news.answer.verdict is Verdict.APPROVED


@pytest.mark.parametrize("answer_status", [199, 300, 400, 404, 500, 503])
def test_another_http_status_is_no_answer_even_with_an_approval_in_it(answer_status: int) -> None:
    answer = Reply(status=answer_status, body=reply(paid()).body)
    news = paying(answer)
    assert isinstance(news, NoAnswer)
    assert news.written
    assert str(answer_status) in news.problem


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"  \r\n",
        b"ok",
        b"<html><body>Bad gateway</body></html>",
        b"\xff\xfe\x00garbage",
        b"{}",
        b'{"SaleToPOIResponse": {}}',
    ],
)
def test_bytes_that_are_no_response_are_no_answer(data: bytes) -> None:
    news = paying(Reply(status=200, body=data))
    assert isinstance(news, NoAnswer)
    assert news.written


def test_a_truncated_approval_is_no_answer() -> None:
    whole = reply(paid()).body
    for end in range(0, len(whole) - 1, 37):
        assert isinstance(paying(Reply(status=200, body=whole[:end])), NoAnswer)


@pytest.mark.parametrize("event", ["Reject", "Completed", "SaleWakeUp"])
def test_an_event_instead_of_an_answer_proves_nothing(event: str) -> None:
    body = nexo.EventNotification(
        time_stamp=SALE_TIME,
        event_to_notify=event,
        event_details="Field missing",
        rejected_message=base64.b64encode(b"<SaleToPOIRequest/>").decode(),
    )
    news = paying(reply(body, service_id=None))
    assert isinstance(news, NoAnswer)
    assert news.written
    assert "Field missing" in news.problem


def test_another_exchanges_answer_keeps_its_own_identity() -> None:
    news = paying(reply(paid(reference="order-1"), service_id="40"))
    assert isinstance(news, Ended)
    assert (news.answer.service_id, news.answer.reference) == ("40", "order-1")


@pytest.mark.parametrize(
    "body", [reversed_(), status(repeated=paid()), nexo.LogoutResponse(response=response())]
)
def test_an_answer_of_another_kind_is_no_answer_to_a_payment(body: nexo.Element) -> None:
    assert isinstance(paying(reply(body)), NoAnswer)


def test_a_payment_that_is_in_progress_runs_and_is_not_answered() -> None:
    news = news_of(reply(failed("InProgress")), sent(nexo.PaymentRequest), payment(), SPEC)
    assert [type(one) for one in news] == [Running, NoAnswer]


def test_a_reversal_is_answered_by_a_reversal() -> None:
    order = payment(Operation.REVERSAL, amount=None)
    news = only(news_of(reply(reversed_()), sent(nexo.ReversalRequest), order, SPEC))
    assert isinstance(news, Ended)
    assert news.answer.verdict is Verdict.APPROVED


# --- a status ---


def test_a_repeated_response_is_an_answer_with_the_identity_it_repeats() -> None:
    news = asking(reply(status(repeated=paid(), service_id="40")))
    assert isinstance(news, Ended)
    answer = news.answer
    assert answer.verdict is Verdict.APPROVED
    assert (answer.service_id, answer.sale_id, answer.poi_id) == ("40", "till-3", "A-POIID")
    assert (answer.reference, answer.sale_time, answer.authorized) == (
        "order-2",
        SALE_TIME,
        SEK_38,
    )


def test_a_repeated_response_of_another_exchange_says_so() -> None:
    news = asking(reply(status(repeated=paid(reference="order-1"), service_id="39")))
    assert isinstance(news, Ended)
    assert (news.answer.service_id, news.answer.reference) == ("39", "order-1")


def test_a_repeated_response_without_ids_claims_none() -> None:
    news = asking(reply(status(repeated=paid(), service_id=None, sale_id="", poi_id="")))
    assert isinstance(news, Ended)
    assert news.answer.service_id is None


def test_a_repeated_reversal_is_an_answer() -> None:
    order = AskStatus(service_id=ServiceID("40"), order=payment(Operation.REVERSAL))
    news = asking(reply(status(repeated=reversed_(), service_id="40")), order=order)
    assert isinstance(news, Ended)
    assert news.answer.verdict is Verdict.APPROVED


def test_a_repeated_response_of_another_kind_decides_nothing() -> None:
    news = asking(reply(status(repeated=reversed_(), service_id="40")))
    assert isinstance(news, Ended)
    assert (news.answer.verdict, news.answer.service_id) == (Verdict.UNCLEAR, "40")


def test_a_repeated_card_acquisition_decides_nothing() -> None:
    body = nexo.CardAcquisitionResponse(
        response=response(), sale_data=paid().sale_data, poi_data=paid().poi_data
    )
    news = asking(reply(status(repeated=body, service_id="40")))
    assert isinstance(news, Ended)
    assert (news.answer.verdict, news.answer.service_id) == (Verdict.UNCLEAR, "40")


def test_a_repeated_failure_is_a_failure() -> None:
    news = asking(reply(status(repeated=failed("Refusal"), service_id="40")))
    assert isinstance(news, Ended)
    assert news.answer.verdict is Verdict.DECLINED


def test_a_repeated_response_that_is_in_progress_means_that_it_runs() -> None:
    news = asking(reply(status(repeated=failed("InProgress"), service_id="40")))
    assert isinstance(news, Running)


def test_success_without_a_repeated_response_decides_nothing() -> None:
    news = asking(reply(status()))
    assert isinstance(news, Ended)
    assert (news.answer.verdict, news.answer.service_id) == (Verdict.UNCLEAR, "40")


@pytest.mark.parametrize(
    ("condition", "running", "expected"),
    [
        ("InProgress", SPEC, Running(message="so")),
        ("InProgress", SWEDBANK, Running(message="so")),
        ("Busy", SWEDBANK, Running(message="so")),
        ("NotFound", SPEC, NotKnown()),
        ("LoggedOut", SPEC, NoSession(certain=True)),
        ("NotAllowed", SPEC, NoSession(certain=False)),
    ],
)
def test_a_status_condition_has_its_meaning(
    condition: str, running: frozenset[str], expected: News
) -> None:
    answer = reply(status(response("Failure", condition, "so")))
    assert asking(answer, running) == expected


@pytest.mark.parametrize(
    ("result", "condition"),
    [
        ("Failure", "Busy"),
        ("Failure", "UnavailableService"),
        ("Failure", "Refusal"),
        ("Failure", None),
        ("acme:Strange", None),
    ],
)
def test_every_other_status_answer_tells_nothing(result: str, condition: str | None) -> None:
    news = asking(reply(status(response(result, condition))))
    assert isinstance(news, NoAnswer)
    assert news.written


@pytest.mark.parametrize("ids", [{"service_id": "7"}, {"sale_id": "till-9"}, {"poi_id": "B"}])
def test_a_status_answer_to_another_question_is_none(ids: dict[str, str]) -> None:
    message = status(response("Failure", "NotFound"))
    assert isinstance(asking(reply(message, **ids)), NoAnswer)


# --- orders without money ---


def test_a_login_tells_who_the_terminal_is() -> None:
    body = nexo.LoginResponse(
        response=response(),
        poi_system_data=nexo.POISystemData(
            date_time="2026-03-01T08:30:05.02Z",
            poi_software=nexo.POISoftware(
                provider_identification="Optomany",
                application_name="axept PRO",
                software_version="1.2",
            ),
            poi_terminal_data=nexo.POITerminalData(
                terminal_environment="Attended",
                poi_serial_number="1710000520",
                poi_capabilities=("ICC", "MagStripe"),
            ),
        ),
    )
    answer = serving(Login(integration=Integration.LIGHT), nexo.LoginRequest, reply(body))
    assert answer.verdict is Verdict.APPROVED
    assert answer.payload == TerminalReport(
        vendor="Optomany",
        application="axept PRO",
        version="1.2",
        serial_number="1710000520",
        capabilities=("ICC", "MagStripe"),
        time="2026-03-01T08:30:05.02Z",
    )


def test_a_busy_login_is_refused_as_busy() -> None:
    body = nexo.LoginResponse(response=response("Failure", "Busy", "updating parameters"))
    answer = serving(Login(integration=Integration.LIGHT), nexo.LoginRequest, reply(body))
    assert (answer.verdict, answer.refusal) == (Verdict.REFUSED, "busy")
    assert (answer.message, answer.payload) == ("updating parameters", None)


@pytest.mark.parametrize("ids", [{"service_id": "7"}, {"sale_id": "till-9"}, {"poi_id": "B"}])
def test_a_login_of_somebody_else_opens_no_session(ids: dict[str, str]) -> None:
    body = nexo.LoginResponse(response=response())
    order = Login(integration=Integration.LIGHT)
    news = only(news_of(reply(body, **ids), sent(nexo.LoginRequest), order, SPEC))
    assert isinstance(news, NoAnswer)


def test_a_diagnosis_is_a_report() -> None:
    body = nexo.DiagnosisResponse(
        response=response(),
        logged_sale_id=("till-3",),
        poi_status=nexo.POIStatus(
            global_status="Maintenance",
            ped_ok_flag=True,
            card_reader_ok_flag=False,
            printer_status="PaperLow",
        ),
        host_status=(
            nexo.HostStatus(acquirer_id="1", is_reachable_flag=False),
            nexo.HostStatus(acquirer_id="2"),
        ),
    )
    answer = serving(Diagnose(host=True), nexo.DiagnosisRequest, reply(body))
    assert answer.payload == DiagnosisReport(
        condition=Condition.MAINTENANCE,
        logged_in=("till-3",),
        pin_pad_ok=True,
        card_reader_ok=False,
        printer="paper_low",
        hosts=(HostReport(acquirer="1", reachable=False), HostReport(acquirer="2", reachable=True)),
    )


def test_a_diagnosis_in_words_that_nobody_knows_is_a_report_all_the_same() -> None:
    body = nexo.DiagnosisResponse(
        response=response(),
        poi_status=nexo.POIStatus(global_status="acme:Asleep", printer_status="acme:Ink"),
    )
    answer = serving(Diagnose(), nexo.DiagnosisRequest, reply(body))
    assert (answer.payload.condition, answer.payload.printer) == (Condition.UNKNOWN, "acme:Ink")


def totals() -> tuple[nexo.TransactionTotals, ...]:
    line = nexo.PaymentTotals(
        transaction_type="Debit", transaction_count=2, transaction_amount=SEK_38.to_decimal()
    )
    known = nexo.TransactionTotals(
        payment_instrument_type="Card",
        card_brand="Visa",
        payment_currency="SEK",
        payment_totals=(line,),
    )
    unknown = nexo.TransactionTotals(payment_instrument_type="Card", payment_totals=(line,))
    return known, unknown


@pytest.mark.parametrize("closing", [False, True])
def test_totals_are_the_terminals_books(closing: bool) -> None:
    body: nexo.Element
    if closing:
        body = nexo.ReconciliationResponse(
            reconciliation_type="SaleReconciliation",
            poi_reconciliation_id="12",
            response=response(),
            transaction_totals=totals(),
        )
        answer = serving(CloseDay(), nexo.ReconciliationRequest, reply(body))
    else:
        body = nexo.GetTotalsResponse(
            poi_reconciliation_id="12", response=response(), transaction_totals=totals()
        )
        answer = serving(Totals(), nexo.GetTotalsRequest, reply(body))
    line = TotalLine(kind="debit", count=2, amount=Amount(minor=3800, currency="SEK"))
    assert answer.payload == TotalsReport(
        groups=(
            TotalGroup(lines=(line,), brand="Visa"),
            TotalGroup(lines=(TotalLine(kind="debit", count=2, amount=None),)),
        ),
        period="12",
        closed=closing,
    )


def test_a_card_that_was_read_comes_masked_with_its_transaction() -> None:
    result = paid().payment_result
    assert result is not None
    body = nexo.CardAcquisitionResponse(
        response=response(),
        sale_data=paid().sale_data,
        poi_data=paid().poi_data,
        payment_instrument_data=result.payment_instrument_data,
    )
    order = ReadCard(reference=payment().reference, sale_time=SALE_TIME)
    answer = serving(order, nexo.CardAcquisitionRequest, reply(body))
    assert answer.card.masked_pan == "516815******9659"
    assert answer.terminal_transaction.id == "8778880185"


def customer(given: nexo.Input | None, said: nexo.Response | None = None) -> Reply:
    return reply(
        nexo.InputResponse(
            input_result=nexo.InputResult(
                device="CustomerInput",
                info_qualify="Input",
                response=said or response(),
                input=given,
            )
        )
    )


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (
            "confirm",
            nexo.Input(input_command="GetConfirmation", confirmed_flag=False),
            CustomerInput(confirmed=False),
        ),
        (
            "digits",
            nexo.Input(input_command="DigitString", digit_input="0047"),
            CustomerInput(text="0047"),
        ),
        (
            "text",
            nexo.Input(input_command="TextString", text_input="Åsa"),
            CustomerInput(text="Åsa"),
        ),
        (
            "menu",
            nexo.Input(input_command="GetMenuEntry", menu_entry_number=2),
            CustomerInput(choice=2),
        ),
    ],
)
def test_a_customers_answer_is_read(kind: str, given: nexo.Input, read: CustomerInput) -> None:
    order = AskCustomer(kind=kind, lines=("Member?",))
    answer = serving(order, nexo.InputRequest, customer(given))
    assert (answer.verdict, answer.payload) == (Verdict.APPROVED, read)


def test_a_customer_who_presses_stop_gave_no_answer() -> None:
    order = AskCustomer(kind="confirm", lines=("Member?",))
    answer = serving(order, nexo.InputRequest, customer(None, response("Failure", "Cancel")))
    assert (answer.verdict, answer.payload) == (Verdict.ABORTED, None)


def test_a_display_is_shown_when_every_output_was() -> None:
    def outputs(*results: str) -> Reply:
        return reply(
            nexo.DisplayResponse(
                output_result=tuple(
                    nexo.OutputResult(
                        device="CustomerDisplay", info_qualify="Display", response=response(result)
                    )
                    for result in results
                )
            )
        )

    order = ShowCustomer(lines=("Hello",))
    shown = serving(order, nexo.DisplayRequest, outputs("Success", "Success"))
    hidden = serving(order, nexo.DisplayRequest, outputs("Success", "Failure"))
    assert (shown.verdict, hidden.verdict) == (Verdict.APPROVED, Verdict.DECLINED)


def test_a_display_may_be_taken_without_a_word_and_a_print_may_not() -> None:
    shown = serving(ShowCustomer(lines=("Hello",)), nexo.DisplayRequest, Reply(status=204))
    assert shown.verdict is Verdict.APPROVED
    order = PrintOnTerminal(lines=("Hello",))
    printed = only(news_of(Reply(status=204), sent(nexo.PrintRequest), order, SPEC))
    assert isinstance(printed, NoAnswer)


def test_a_conversation_gives_the_whole_message() -> None:
    order = Converse(message=nexo.AdminRequest(service_identification="OM02"))
    answer = serving(order, nexo.AdminRequest, reply(nexo.AdminResponse(response=response())))
    assert answer.verdict is Verdict.APPROVED
    assert isinstance(answer.payload, nexo.Message)
    assert isinstance(answer.payload.body, nexo.AdminResponse)


# --- aborts ---


@pytest.mark.parametrize(
    "answer",
    [
        Reply(status=204),
        Reply(status=200),
        Reply(status=200, body=b"ok"),
        Reply(status=202, body=b'"OK"'),
        Reply(status=200, body=b"[accepted]"),
        Reply(status=200, body=b"\xff\xff"),
        reply(paid()),
        reply(
            nexo.EventNotification(time_stamp=SALE_TIME, event_to_notify="Completed"),
            service_id=None,
        ),
    ],
)
def test_an_abort_is_taken(answer: Reply) -> None:
    assert abort_problem(answer) == ""


def test_an_abort_that_is_rejected_came_to_nothing() -> None:
    event = nexo.EventNotification(
        time_stamp=SALE_TIME, event_to_notify="Reject", event_details="Message not found"
    )
    assert "Message not found" in abort_problem(reply(event, service_id=None))


@pytest.mark.parametrize("answer_status", [400, 404, 500])
def test_an_abort_with_another_http_status_came_to_nothing(answer_status: int) -> None:
    assert str(answer_status) in abort_problem(Reply(status=answer_status))
