"""What a terminal asks of the till, in messages, and what it believes of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from opi_pos.model.devices import (
    DeviceAnswer,
    DeviceOutcome,
    Display,
    PrintJob,
    Question,
    QuestionKind,
)
from opi_pos.model.ids import DeviceID, SaleID, ServiceID
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.opi.effects import DeviceBody, Send
from opi_pos.poi.opi.requests import Family, Header
from opi_pos.terminals.opi import asking
from opi_pos.wire import opi

ABOUT = Header(
    family=Family.CARD,
    request_type="CardPayment",
    workstation_id=SaleID("till 3"),
    request_id=ServiceID("101"),
    popid="001",
)


def asked(body: DeviceBody, profile: str = "de") -> opi.DeviceRequest:
    send = Send(device_id=DeviceID("9"), request_id="101.2", sequence=2, about=ABOUT, body=body)
    message = asking.request_of(send, opi.profile(profile), terminal_id="68000001", sender="T")
    assert opi.decode(opi.encode(message)) == message
    assert (message.workstation_id, message.popid) == ("till 3", "001")
    assert (message.request_id, message.sequence_id) == ("101.2", "2")
    return message


@pytest.mark.parametrize(
    ("kind", "command", "decimals"),
    [
        (QuestionKind.CONFIRM, "GetConfirmation", None),
        (QuestionKind.ANY_KEY, "GetAnyKey", None),
        (QuestionKind.TEXT, "GetChar", None),
        (QuestionKind.PASSWORD, "GetChar", None),
        (QuestionKind.DIGITS, "GetDecimals", 0),
        (QuestionKind.DECIMAL, "GetDecimals", 2),
        (QuestionKind.MENU, "GetMenu", None),
        (QuestionKind.FUNCTION_KEY, "GetOptionKey", None),
    ],
)
def test_every_kind_of_question_has_its_command(
    kind: QuestionKind, command: str, decimals: int | None
) -> None:
    message = asked(Question(kind=kind, lines=("Well?",), max_s=60, min_length=1, max_length=8))
    assert message.request_type == "Input"
    assert message.output[0].lines == ("Well?",)
    assert message.input == opi.Input(
        in_device_target="CashierKeyboard",
        command=opi.Command(
            text=command, time_out=60, min_length=1, max_length=8, decimals=decimals
        ),
    )


def test_a_menu_numbers_its_lines() -> None:
    (output,) = asked(Question(kind=QuestionKind.MENU, lines=("Tip",), choices=("5", "10"))).output
    assert [(line.text, line.menu_item) for line in output.text_line] == [
        ("Tip", None),
        ("5", 1),
        ("10", 2),
    ]


@pytest.mark.parametrize(
    ("profile", "copy", "target", "ticket"),
    [
        ("de", Copy.CASHIER, "Printer", None),
        ("de", Copy.SALE, "Printer", None),
        ("de", Copy.CUSTOMER, "PrinterReceipt", None),
        ("nl", Copy.CASHIER, "JournalPrinter", None),
        ("nl", Copy.CUSTOMER, "Printer", None),
        ("ch", Copy.CASHIER, "JournalPrinter", "MerchantReceipt"),
        ("ch", Copy.CUSTOMER, "Printer", "CustomerReceipt"),
    ],
)
def test_paper_goes_to_the_printer_of_the_country(
    profile: str, copy: Copy, target: str, ticket: str | None
) -> None:
    job = PrintJob(receipt=Receipt(copy=copy, lines=("a", "", "b")))
    (output,) = asked(job, profile).output
    assert (output.out_device_target, output.ticket_type) == (target, ticket)
    assert output.lines == ("a", "", "b")
    assert [bool(line.paper_cut) for line in output.text_line] == [False, False, True]


def test_a_receipt_without_lines_is_rendered_and_one_to_sign_has_a_line_for_it() -> None:
    receipt = Receipt(copy=Copy.CASHIER, fields={"Total": "25.00"}, signature_required=True)
    (output,) = asked(PrintJob(receipt=receipt)).output
    assert output.lines[0].startswith("Total")
    assert [line.startswith("Signature___") for line in output.lines].count(True) == 1


def answered(body: DeviceBody, **parts: Any) -> DeviceAnswer:
    parts.setdefault("overall_result", "Success")
    response = opi.DeviceResponse(request_type="Output", request_id="101.2", **parts)
    return asking.answer_of(response, body)


PAPER = PrintJob(receipt=Receipt(copy=Copy.CASHIER, lines=("a",)))


@pytest.mark.parametrize(
    ("overall", "output", "outcome"),
    [
        ("Success", "Success", DeviceOutcome.DONE),
        ("success", "SUCCESS", DeviceOutcome.DONE),
        ("Success", "DeviceUnavailable", DeviceOutcome.UNAVAILABLE),
        ("DeviceUnavailable", "Success", DeviceOutcome.UNAVAILABLE),
        ("Failure", "Success", DeviceOutcome.REFUSED),
        ("Success", "Perhaps", DeviceOutcome.REFUSED),
        ("", "", DeviceOutcome.REFUSED),
    ],
)
def test_nothing_counts_as_printed_that_was_not(
    overall: str, output: str, outcome: DeviceOutcome
) -> None:
    told = (opi.OutputResult(out_device_target="Printer", out_result=output),)
    assert answered(PAPER, overall_result=overall, output=told).outcome is outcome
    shown = Display(lines=("a",))
    assert answered(shown, overall_result=overall, output=told).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (QuestionKind.CONFIRM, {"in_boolean": False}, {"confirmed": False}),
        (QuestionKind.TEXT, {"in_string": "A1"}, {"text": "A1"}),
        (QuestionKind.DECIMAL, {"in_number": "12.50"}, {"text": "12.50"}),
        (QuestionKind.MENU, {"in_number": " 2 "}, {"text": " 2 ", "choice": 2}),
        (QuestionKind.MENU, {"in_number": "two"}, {"text": "two"}),
        (QuestionKind.MENU, {"in_number": "9" * 5000}, {"text": "9" * 5000}),
        (QuestionKind.ANY_KEY, {}, {}),
    ],
)
def test_what_was_entered(
    kind: QuestionKind, value: dict[str, Any], expected: dict[str, Any]
) -> None:
    entered = opi.InputResult(in_result="Success", input_value=opi.InputValue(**value))
    assert answered(Question(kind=kind), input=entered) == DeviceAnswer(
        outcome=DeviceOutcome.DONE, **expected
    )


@pytest.mark.parametrize("result", ["TimedOut", "Aborted", "Failure"])
def test_an_answer_that_nobody_gave_confirms_nothing(result: str) -> None:
    value = opi.InputValue(in_boolean=True)
    entered = opi.InputResult(in_result=result, input_value=value)
    told = answered(Question(kind=QuestionKind.CONFIRM), overall_result=result, input=entered)
    assert told == DeviceAnswer(outcome=DeviceOutcome.REFUSED)
