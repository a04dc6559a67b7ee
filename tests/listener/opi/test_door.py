"""What each request of a terminal becomes, and what it is answered."""

from __future__ import annotations

from typing import Any

import pytest

from listener.opi.door import OpiDoor
from opi_pos.model.devices import (
    DeviceAnswer,
    DeviceOutcome,
    Display,
    Event,
    EventKind,
    PrintJob,
    Progress,
    Question,
    QuestionKind,
)
from opi_pos.model.errors import JournalError, ProtocolError
from opi_pos.model.receipts import Copy
from opi_pos.wire import opi
from tests.listener.opi.door import DONE, OURS, POI, Noting, answered
from tests.terminal_bridge.drivers.opi.terminal import device_request, local

NAMESPACE = "{http://www.nrf-arts.org/IXRetail/namespace}"


def output(target: str, *lines: str, **more: str) -> str:
    words = "".join(f' {name}="{value}"' for name, value in more.items())
    texts = "".join(f"<TextLine>{line}</TextLine>" for line in lines)
    return f'<Output OutDeviceTarget="{target}"{words}>{texts}</Output>'


def command(name: str, **more: str) -> str:
    words = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<Input InDeviceTarget="CashierKeyboard"><Command{words}>{name}</Command></Input>'


async def test_ids_are_echoed_as_they_came() -> None:
    ids = {
        "WorkstationID": "Dave's",
        "RequestID": "8.8",
        "TerminalID": "68",
        "POPID": "1",
        "SequenceID": "4",
    }
    text = device_request("Output", output("CashierDisplay", "x")).replace(
        'WorkstationID="till-1" RequestID="8.1"', " ".join(f'{k}="{v}"' for k, v in ids.items())
    )
    told = await answered(text)
    assert told.tag == f"{NAMESPACE}DeviceResponse"
    assert {name: told.get(name) for name in ids} == ids
    assert told.get("OverallResult") == "Success"


async def test_a_display_is_shown_with_its_progress() -> None:
    door = Noting()
    await answered(device_request("Output", output("CashierDisplay", "Insert card", "")), door)
    assert door.bodies == [
        Display(lines=("Insert card", ""), progress=Progress.WAIT_CARD, target="cashier")
    ]
    assert door.requests[0].service_id == OURS


@pytest.mark.parametrize(
    ("profile", "target", "copy"),
    [
        ("de", "Printer", Copy.CASHIER),
        ("de", "PrinterReceipt", Copy.CUSTOMER),
        ("nl", "Printer", Copy.CUSTOMER),
        ("nl", "JournalPrinter", Copy.CASHIER),
        ("ch", "printer", Copy.CUSTOMER),
        ("ch", "JournalPrinter", Copy.CASHIER),
    ],
)
async def test_a_printer_means_another_slip_in_each_country(
    profile: str, target: str, copy: Copy
) -> None:
    door = Noting()
    told = await answered(device_request("Output", output(target, "A")), door, profile=profile)
    (job,) = door.bodies
    assert isinstance(job, PrintJob)
    assert (job.receipt.copy, job.receipt.lines, job.wait) == (copy, ("A",), True)
    assert local(told, "Output@OutDeviceTarget") == target


async def test_the_type_of_the_ticket_goes_before_its_printer() -> None:
    door = Noting()
    text = output("Printer", "A", TicketType="MerchantReceipt")
    await answered(device_request("Output", text), door, profile="ch")
    (job,) = door.bodies
    assert isinstance(job, PrintJob)
    assert job.receipt.copy is Copy.CASHIER


async def test_a_record_of_the_journal_needs_no_paper() -> None:
    door = Noting()
    record = """<Output OutDeviceTarget="E-Journal"><E-Journal><TransactionInfo>
    <TotalAmount Currency="CHF">3.90</TotalAmount></TransactionInfo></E-Journal></Output>"""
    told = await answered(device_request("Output", record), door, profile="ch")
    (job,) = door.bodies
    assert isinstance(job, PrintJob)
    assert not job.wait
    assert job.receipt.fields["TransactionInfo.TotalAmount"] == "3.90"
    assert told.get("OverallResult") == "Success"


async def test_a_slip_to_sign_is_known_by_its_words() -> None:
    door = Noting()
    await answered(device_request("Output", output("Printer", "EUR 1", "Unterschrift")), door)
    (job,) = door.bodies
    assert isinstance(job, PrintJob)
    assert job.receipt.signature_required


@pytest.mark.parametrize(
    "outcome", [DeviceOutcome.REFUSED, DeviceOutcome.UNAVAILABLE, DeviceOutcome.WITHDRAWN]
)
async def test_a_slip_that_did_not_come_out_is_told(outcome: DeviceOutcome) -> None:
    door = Noting(DeviceAnswer(outcome=outcome))
    text = output("CashierDisplay", "x") + output("Printer", "A")
    told = await answered(device_request("Output", text), door)
    assert told.get("OverallResult") == "DeviceUnavailable"
    results = [each.get("OutResult") for each in told if each.tag == f"{NAMESPACE}Output"]
    assert results == ["Success", "DeviceUnavailable"]


@pytest.mark.parametrize("target", ["PinPad", "CardReader", "DeliveryBox", "Nonsense"])
async def test_a_device_that_no_till_has_is_told(target: str) -> None:
    door = Noting()
    told = await answered(device_request("Output", output(target, "x")), door)
    assert told.get("OverallResult") == "DeviceUnavailable"
    assert door.bodies == []


ANSWERS: list[Any] = [
    ("GetConfirmation", QuestionKind.CONFIRM, {"confirmed": True}, "InBoolean", "true"),
    ("GetConfirmation", QuestionKind.CONFIRM, {"confirmed": False}, "InBoolean", "false"),
    ("GetAnyKey", QuestionKind.ANY_KEY, {}, "InBoolean", "true"),
    ("GetDecimals", QuestionKind.DECIMAL, {"text": "12,50"}, "InNumber", "12.50"),
    ("GetAmount", QuestionKind.DECIMAL, {"text": " 7 "}, "InNumber", "7"),
    ("GetChar", QuestionKind.TEXT, {"text": "a b"}, "InString", "a b"),
    ("GetOptionKey", QuestionKind.DIGITS, {"text": "3"}, "InNumber", "3"),
    ("getmenu", QuestionKind.MENU, {"choice": 2}, "InNumber", "7"),
]


@pytest.mark.parametrize(("name", "kind", "given", "member", "text"), ANSWERS)
async def test_questions_and_their_answers(
    name: str, kind: QuestionKind, given: dict[str, Any], member: str, text: str
) -> None:
    door = Noting(DeviceAnswer(outcome=DeviceOutcome.DONE, **given))
    menu = '<TextLine MenuItem="4">four</TextLine><TextLine MenuItem="7">seven</TextLine>'
    shown = output("CashierDisplay", "Well?").replace("</Output>", menu + "</Output>")
    request = device_request("Input", shown + command(name, TimeOut="60", MaxLength="8"))
    told = await answered(request, door)
    (question,) = door.bodies
    assert isinstance(question, Question)
    assert (question.kind, question.lines, question.max_s) == (kind, ("Well?",), 60.0)
    assert question.choices == ("four", "seven")
    assert (told.get("OverallResult"), local(told, "Input@InResult")) == ("Success", "Success")
    assert local(told, member) == text


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (DeviceOutcome.REFUSED, "TimedOut"),
        (DeviceOutcome.WITHDRAWN, "Aborted"),
        (DeviceOutcome.UNAVAILABLE, "DeviceUnavailable"),
    ],
)
async def test_no_answer_is_told_as_it_is(outcome: DeviceOutcome, result: str) -> None:
    door = Noting(DeviceAnswer(outcome=outcome))
    told = await answered(device_request("Input", command("GetConfirmation")), door)
    assert (told.get("OverallResult"), local(told, "Input@InResult")) == (result, result)
    assert local(told, "InBoolean") is None


@pytest.mark.parametrize("text", ["", "ten", "1.2.3", "9" * 30])
async def test_an_entry_that_is_no_number_is_none(text: str) -> None:
    door = Noting(DeviceAnswer(outcome=DeviceOutcome.DONE, text=text))
    told = await answered(device_request("Input", command("GetDecimals")), door)
    assert told.get("OverallResult") == "Aborted"
    assert local(told, "InNumber") is None


@pytest.mark.parametrize("name", ["CheckPIN", "RequestCard", "GetTrack2", "Nonsense", ""])
async def test_what_is_no_cashiers_business_is_refused(name: str) -> None:
    door = Noting()
    told = await answered(device_request("Input", command(name)), door)
    assert told.get("OverallResult") == "DeviceUnavailable"
    assert door.bodies == []


@pytest.mark.parametrize(
    ("shown", "more", "about"),
    [
        ("Unterschrift ok?", {}, True),
        ("Well?", {"DataRequired": "Signature"}, True),
        ("Signature ok?", {"DataRequired": "Gratuity"}, False),
        ("Well?", {}, False),
    ],
)
async def test_the_question_about_a_signature(
    shown: str, more: dict[str, str], about: bool
) -> None:
    door = Noting(DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=True))
    asked = output("CashierDisplay", shown) + command("GetConfirmation", **more)
    await answered(device_request("Input", asked), door)
    (question,) = door.bodies
    assert isinstance(question, Question)
    assert question.signature is about


async def test_an_event_is_told() -> None:
    door = Noting(None)
    event = '<Event EventType="CardInserted"><EventData/></Event>'
    told = await answered(device_request("Event", event), door)
    assert told.get("OverallResult") == "Success"
    assert door.bodies == [Event(kind=EventKind.CARD_INSERTED, name="CardInserted")]


async def test_while_nothing_runs_every_device_is_unavailable() -> None:
    door = Noting()
    asked = output("Printer", "A") + command("GetConfirmation")
    told = await answered(device_request("Input", asked), door, service_id=None)
    assert told.get("OverallResult") == "DeviceUnavailable"
    assert local(told, "Output@OutResult") == "DeviceUnavailable"
    assert local(told, "Input@InResult") == "DeviceUnavailable"
    assert door.bodies == []


async def test_without_a_journal_nothing_is_said_to_be_printed() -> None:
    class Broken(Noting):
        async def device_request(self, request: object) -> DeviceAnswer | None:
            raise JournalError("the disk is full")

    told = await answered(device_request("Output", output("Printer", "A")), Broken())
    assert told.get("OverallResult") == "DeviceUnavailable"


async def test_it_answers_in_the_requests_character_set_and_form() -> None:
    text = device_request("Output", output("Zürich", "x"))
    latin = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + text.encode("latin-1")
    front = await answered(latin)
    assert local(front, "Output@OutDeviceTarget") == "Zürich"
    door = OpiDoor(Noting(), POI, opi.profile("de"))
    data = await door.answer(latin, OURS)
    assert b"ISO-8859-1" in data[:60].upper()
    as_json = opi.convert(latin, opi.Form.JSON)
    assert (await door.answer(as_json, OURS)).startswith(b"{")


async def test_a_repetition_gets_the_last_answer_again() -> None:
    door = OpiDoor(Noting(DONE), POI, opi.profile("de"))
    first = await door.answer(device_request("Output", output("Printer", "A")).encode(), OURS)
    again = await door.answer(device_request("RepeatLastMessage", "").encode(), OURS)
    assert again == first


@pytest.mark.parametrize("data", [b"", b"x", b"<a/>", b"{}", b"<DeviceResponse/>"])
async def test_what_is_no_request_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        await answered(data)
