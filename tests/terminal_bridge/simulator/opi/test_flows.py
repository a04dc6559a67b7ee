"""A day at a simulated O.P.I. terminal, message by message."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.poi.scenario import TRIGGERS
from opi_pos.wire import opi
from opi_pos.wire.opi import CardRequest, ServiceType
from terminal_bridge.simulator.opi.terminal import SimulatedOpi
from tests.terminal_bridge.simulator.opi.till import NOW, Till, euros, play, settle


def test_nothing_without_a_login_and_nothing_after_a_logoff() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay()).overall_result == "Loggedout"
        assert (await till.login()).terminal.terminal_id == "68000001"
        assert (await till.login()).overall_result == "Success"
        assert (await till.pay()).overall_result == "Success"
        await till.ask(ServiceType.LOGOFF)
        assert (await till.pay()).overall_result == "Loggedout"
        assert terminal.books.net() == {"EUR": 2500}

    play(story, login=False)


def test_a_payment_with_pin_shows_prints_and_tells() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        answer = await till.pay("25.00", reference_number="order-1")
        assert answer.tender.total_amount == euros("25.00")
        assert answer.tender.authorisation.masked_pan == "541333******0012"
        assert (answer.terminal.stan, answer.terminal.terminal_batch) == ("000001", "1")
        assert terminal.books.charges("order-1")[0].service_id == answer.request_id

    assert play(story).lines == [
        "< CashierDisplay: Present card",
        "< CashierDisplay: Enter PIN",
        *(f"< CashierDisplay: Enter PIN: {'*' * stars}" for stars in range(1, 5)),
        "< CashierDisplay: Authorizing",
        "< CashierDisplay: Approved",
        "< PrinterReceipt: slip",
        "CardPayment Success",
    ]


SIGNED = [
    "< CashierDisplay: Present card",
    "< CashierDisplay: Authorizing",
    "< Printer: slip",
]


@pytest.mark.parametrize(
    ("confirms", "result", "more"),
    [
        (
            True,
            "Success",
            [
                "< CashierDisplay: Signature ok?",
                "< CashierDisplay: Approved",
                "< PrinterReceipt: slip",
            ],
        ),
        (False, "Failure", ["< CashierDisplay: Signature ok?", "< CashierDisplay: Disapproved"]),
        (None, "Failure", ["< CashierDisplay: Signature ok?", "< CashierDisplay: Disapproved"]),
    ],
)
def test_a_signature_is_asked_for_when_its_slip_is_printed(
    confirms: bool | None, result: str, more: list[str]
) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        till.confirms = confirms
        await till.pay("25.07")
        assert terminal.books.net() == {"EUR": 2507 if result == "Success" else 0}

    assert play(story).lines == [*SIGNED, *more, f"CardPayment {result}"]


def test_a_signature_slip_that_is_not_printed_undoes_the_payment() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        till.prints = False
        await till.pay("25.07")
        assert terminal.books.net() == {"EUR": 0}
        assert terminal.books.entries[-1].automatic

    assert play(story).lines == [*SIGNED, "< CashierDisplay: Disapproved", "CardPayment Failure"]


def test_a_till_that_asks_for_no_slips_gets_none_and_is_asked_nothing() -> None:
    params = opi.PrinterParam(
        type="Printer",
        receipt=(
            opi.PrinterReceipt(type="Merchant", text="no"),
            opi.PrinterReceipt(type="Customer", text="no"),
        ),
    )
    question = opi.SignatureParam(get_confirmation=opi.SignatureQuestion(timeout=60, text="no"))
    private = opi.PrivateData(printer_param=(params,), signature_param=question)

    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.login(private_data=(private,))
        till.lines.clear()
        await till.pay("25.07")

    assert play(story, login=False).lines == [
        "< CashierDisplay: Present card",
        "< CashierDisplay: Authorizing",
        "< CashierDisplay: Approved",
        "CardPayment Success",
    ]


@pytest.mark.parametrize(
    ("cents", "result", "code"),
    [
        (2, "Failure", "75"),
        (3, "TimedOut", None),
        (5, "Failure", "5"),
        (6, "Aborted", "17"),
        (8, "Success", "10"),
        (11, "CommunicationError", "91"),
        (14, "Failure", "96"),
        (17, "UnknownCard", None),
    ],
)
def test_what_the_cardholder_and_the_host_do(cents: int, result: str, code: str | None) -> None:
    assert cents in TRIGGERS

    async def story(till: Till, terminal: SimulatedOpi) -> None:
        answer = await till.pay(f"10.{cents:02d}")
        assert answer.overall_result == result
        assert bool(terminal.books.net().get("EUR")) is (result == "Success")
        tender = answer.tender
        assert (tender.authorisation.action_code if tender else None) == code
        if cents == 8:
            assert tender.total_amount == euros("5.04")

    play(story)


def test_a_tip_stands_beside_what_was_asked() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        total = (await till.pay("10.04")).tender.total_amount
        assert (total.text, total.payment_amount) == (Decimal("11.04"), Decimal("10.04"))
        assert total.gratuity_amount == Decimal("1.00")

    play(story)


# -- one request at a time ------------------------------------------------------------------------


async def waiting_for_a_card(till: Till) -> asyncio.Task[Any]:
    paying = asyncio.get_running_loop().create_task(till.pay("10.03", request_id="7"))
    await settle()
    return paying


def test_another_request_meanwhile_is_busy_and_hides_nothing() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        other = Till("2")
        other.receive = terminal.receive
        await other.login()
        await till.pay("10.00", request_id="6")
        paying = await waiting_for_a_card(other)
        assert (await till.pay()).overall_result == "Busy"
        repeated = await till.ask(CardRequest.REPEAT_LAST_MESSAGE)
        assert repeated.original_header.request_id == "6"
        assert (await other.ask(CardRequest.REPEAT_LAST_MESSAGE)).overall_result == "Busy"
        assert (await paying).overall_result == "TimedOut"

    play(story)


def test_an_abort_is_taken_and_the_payment_tells_what_became_of_it() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        paying = await waiting_for_a_card(till)
        other = await till.ask(CardRequest.ABORT, reference_number="8")
        assert other.overall_result == "Failure"
        taken = await till.ask(CardRequest.ABORT, reference_number="7")
        assert taken.overall_result == "Success"
        assert (await paying).overall_result == "Aborted"
        assert terminal.books.entries == []

    play(story)


def test_an_abort_without_a_name_means_what_runs_and_no_other_till_can_stop_it() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        other = Till("2")
        other.receive = terminal.receive
        await other.login()
        paying = await waiting_for_a_card(till)
        assert (await other.ask(CardRequest.ABORT)).overall_result == "Failure"
        assert (await till.ask(ServiceType.ABORT, service=True)).overall_result == "Success"
        assert (await paying).overall_result == "Aborted"

    play(story)


def test_approved_after_an_abort_that_came_too_late() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        loop = asyncio.get_running_loop()
        paying = loop.create_task(till.pay("10.12", request_id="7"))
        await asyncio.sleep(5)
        assert (await till.ask(CardRequest.ABORT, reference_number="7")).overall_result == "Success"
        assert (await paying).overall_result == "Success"
        assert terminal.books.net() == {"EUR": 1012}

    play(story)


def test_aborts_with_nothing_to_stop_make_it_unavailable() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        for _ in range(3):
            assert (await till.ask(CardRequest.ABORT)).overall_result == "Failure"
        assert (await till.pay()).overall_result == "DeviceUnavailable"
        await asyncio.sleep(61)
        assert (await till.pay()).overall_result == "Success"

    play(story)


# -- repetition -----------------------------------------------------------------------------------


def test_the_last_message_comes_again_with_its_own_result_in_its_header() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.ask(CardRequest.REPEAT_LAST_MESSAGE)).overall_result == "Failure"
        paid = await till.pay("10.05")
        await till.pay("10.00", request_id="9", pos_data=opi.POSdata(pos_time_stamp=NOW))
        declined = await till.pay("10.05", request_id="10")
        assert paid.overall_result == declined.overall_result == "Failure"
        told = await till.ask(CardRequest.REPEAT_LAST_MESSAGE)
        assert told.overall_result == "Success"
        assert told.original_header == opi.OriginalHeader(
            popid="001",
            request_type="CardPayment",
            workstation_id="1",
            request_id="10",
            overall_result="Failure",
        )
        assert told.tender == declined.tender

    play(story)


def test_a_login_or_a_reconciliation_does_not_hide_the_last_payment() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.pay("10.00", request_id="9")
        await till.login()
        await till.ask(ServiceType.RECONCILIATION, request_id="11")
        card = await till.ask(CardRequest.REPEAT_LAST_MESSAGE)
        service = await till.ask(ServiceType.REPEAT_LAST_MESSAGE, service=True)
        assert card.original_header.request_id == "9"
        assert service.original_header.request_type == "Reconciliation"
        assert service.reconciliation.total_amount[0].text == Decimal("10.00")

    play(story)


# -- money back and money held --------------------------------------------------------------------


def test_a_reversal_by_stan_and_of_the_last_payment() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        first, last = await till.pay("10.00"), await till.pay("20.00")
        wrong = opi.OriginalTransaction(stan="000099")
        gone = await till.ask(CardRequest.REVERSAL, original_transaction=wrong)
        assert gone.overall_result == "Failure"
        original = opi.OriginalTransaction(
            terminal_id="68000001",
            stan="1",
            time_stamp=first.tender.authorisation.time_stamp,
        )
        parts = {"original_transaction": original, "total_amount": euros("4.00")}
        assert (await till.ask(CardRequest.REVERSAL, **parts)).overall_result == "Failure"
        parts["total_amount"] = euros("10.00")
        assert (await till.ask(CardRequest.REVERSAL, **parts)).overall_result == "Success"
        assert (await till.ask(CardRequest.REVERSAL, **parts)).overall_result == "Failure"
        assert terminal.books.net() == {"EUR": 2000}
        undone = await till.ask(CardRequest.REVERSAL)
        assert undone.overall_result == "Failure"  # its own last movement is the reversal
        again = opi.OriginalTransaction(stan=last.terminal.stan)
        await till.ask(CardRequest.REVERSAL, original_transaction=again)
        assert terminal.books.net() == {"EUR": 0}

    play(story)


def test_a_pre_authorisation_is_captured_once_and_not_beyond() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        held = await till.ask(CardRequest.PRE_AUTHORISATION, total_amount=euros("100.00"))
        assert terminal.books.net().get("EUR", 0) == 0
        original = opi.OriginalTransaction(stan=held.terminal.stan)

        async def capture(amount: str) -> str:
            parts = {"original_transaction": original, "total_amount": euros(amount)}
            answer = await till.ask(CardRequest.FINANCIAL_ADVICE, **parts)
            return str(answer.overall_result)

        assert await capture("100.01") == "Failure"
        assert await capture("87.30") == "Success"
        assert await capture("1.00") == "Failure"
        assert terminal.books.net() == {"EUR": 8730}

    play(story)


def test_refunds_cards_and_balances() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        refund = await till.ask(CardRequest.REFUND, total_amount=euros("9.00"))
        assert refund.overall_result == "Success"
        assert terminal.books.net() == {"EUR": -900}
        card = await till.ask(CardRequest.SWIPE)
        assert card.card_value.card_circuit == "Mastercard"
        balance = await till.ask(CardRequest.BALANCE_QUERY)
        assert balance.tender.total_amount.available_amount == Decimal("100.00")

    play(story)


# -- services -------------------------------------------------------------------------------------


def test_totals_and_the_end_of_the_day() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.pay("10.00")
        await till.pay("10.01")
        await till.ask(CardRequest.REFUND, total_amount=euros("4.00"))
        closed = await till.ask(ServiceType.RECONCILIATION_WITH_CLOSURE)
        told = {
            (total.card_circuit, total.payment_type, total.number_payments, str(total.text))
            for total in closed.reconciliation.total_amount
        }
        assert told == {
            ("Mastercard", "Debit", 1, "10.00"),
            ("Visa", "Debit", 1, "10.01"),
            ("Mastercard", "Credit", 1, "4.00"),
        }
        again = await till.ask(ServiceType.RECONCILIATION)
        assert again.reconciliation.total_amount == ()
        await settle()

    till = play(story)
    assert till.lines.count("< Printer: slip") == 2


def test_diagnosis_offline_payments_and_what_is_unknown() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.ask(ServiceType.DIAGNOSIS)).diagnosis_result == "OK"
        offline = await till.ask(ServiceType.SEND_OFFLINE_TRANSACTIONS)
        assert offline.submission.successful.number_payments == 0
        assert (await till.ask(ServiceType.ADMINISTRATION)).overall_result == "Success"
        assert (await till.ask(ServiceType.GET_STATUS)).overall_result == "NotSupported"
        assert (await till.ask("PINchange")).overall_result == "NotSupported"
        assert (await till.ask("Something")).overall_result == "NotSupported"

    play(story)


@pytest.mark.parametrize(
    ("total", "result"),
    [
        (None, "MissingMandatoryData"),
        (opi.TotalAmount(currency="EUR"), "MissingMandatoryData"),
        (opi.TotalAmount(text=Decimal(1)), "ValidationError"),
        (opi.TotalAmount(currency="XXX", text=Decimal(1)), "ValidationError"),
        (opi.TotalAmount(currency="EUR", text=Decimal("1.001")), "ValidationError"),
        (opi.TotalAmount(currency="EUR", text=Decimal("-1.00")), "ValidationError"),
        (opi.TotalAmount(currency="EUR", text=Decimal(0)), "ValidationError"),
    ],
)
def test_a_payment_that_cannot_be_one(total: opi.TotalAmount | None, result: str) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        answer = await till.ask(CardRequest.PAYMENT, total_amount=total)
        assert answer.overall_result == result
        assert answer.error_detail.error.description
        assert terminal.terminal.rules.running is None

    play(story)


def test_a_request_with_an_amount_that_cannot_be_read_is_told_so() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        data = opi.encode(till.request(CardRequest.PAYMENT, total_amount=euros("1.00")))
        reply = await terminal.receive(data.replace(b"1.00", b"one"))
        answer = opi.decode(reply.body)
        assert isinstance(answer, opi.CardServiceResponse)
        assert answer.overall_result == "FormatError"
        assert answer.request_type == "CardPayment"

    play(story)


def test_a_request_in_json_is_answered_in_json() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        request = till.request(CardRequest.PAYMENT, total_amount=euros("1.00"))
        reply = await terminal.receive(opi.encode(request, opi.Form.JSON))
        assert opi.read(reply.body).form is opi.Form.JSON

    play(story)


# -- the Netherlands and Switzerland --------------------------------------------------------------


def test_a_slip_that_did_not_come_out_holds_up_the_next_payment() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        till.prints = False
        assert (await till.pay("10.00")).overall_result == "Success"
        assert (await till.pay("20.00")).overall_result == "PrintLastTicket"
        assert (await till.ask(ServiceType.GET_STATUS)).diagnosis_result == "REPRINT_TICKET"
        reprint = {"service": True}
        again = await till.ask(ServiceType.TICKET_REPRINT, **reprint)
        assert again.overall_result == "DeviceUnavailable"
        till.prints = True
        assert (await till.ask(ServiceType.TICKET_REPRINT, **reprint)).overall_result == "Success"
        assert (await till.pay("20.00")).overall_result == "Success"
        assert terminal.books.net() == {"EUR": 3000}

    assert "< Printer: slip" in play(story, profile="nl").lines


def test_a_till_without_a_printer_is_not_asked_to_print() -> None:
    away = opi.POSdata(pos_time_stamp=NOW, printer_status="Unavailable")

    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay("10.00", pos_data=away)).overall_result == "Success"
        assert (await till.pay("10.00", pos_data=away)).overall_result == "Success"

    assert "< Printer: slip" not in play(story, profile="nl").lines


def test_a_swiss_shift_is_activated_and_closed() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.ask(ServiceType.GET_STATUS)).diagnosis_result == "LOGGED_OUT"
        results = [
            (await till.ask(kind)).overall_result
            for kind in (
                ServiceType.ACTIVATE_TERMINAL,
                ServiceType.ACTIVATE_TERMINAL,
                ServiceType.TRANSMIT_TRX,
                ServiceType.CLOSE_DAY,
                ServiceType.DEACTIVATE_TERMINAL,
            )
        ]
        assert results == [
            "Activated",
            "AlreadyActivated",
            "Success",
            "DayClosed",
            "AlreadyDeactivated",
        ]

    play(story, profile="ch", login=False)


@pytest.mark.parametrize(
    ("profile", "ids"),
    [("de", [("7", "1"), ("7", "2")]), ("nl", [("7.1", "1"), ("7.2", "2")])],
)
def test_device_requests_are_numbered_as_in_their_country(
    profile: str, ids: list[tuple[str, str]]
) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.pay("10.01", request_id="7")

    asked = play(story, profile=profile).asked
    assert [(one.request_id, one.sequence_id) for one in asked[:2]] == ids


def test_a_till_that_cannot_be_asked_still_gets_paid() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        terminal._outbox._post = None
        assert (await till.pay("10.00")).overall_result == "Success"
        assert (await till.pay("10.07")).overall_result == "Failure"  # nobody could sign
        assert terminal.books.net() == {"EUR": 1000}

    play(story)
