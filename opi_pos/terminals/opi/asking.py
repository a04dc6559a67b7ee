"""What a terminal asks of the till on channel 1, as messages, and the till's answers."""

from __future__ import annotations

import re
from typing import Final

from opi_pos.model.devices import (
    DeviceAnswer,
    DeviceOutcome,
    Display,
    PrintJob,
    Question,
    QuestionKind,
)
from opi_pos.model.receipts import Copy, has_signature_line, render
from opi_pos.poi.opi.effects import DeviceBody, Send
from opi_pos.wire import opi
from opi_pos.wire.opi import CommandType, DeviceRequestType, DeviceType, OverallResult, Profile

SIGNATURE_LINES: Final = ("", "", "________________________", "Signature")
_WIDTH: Final = 40
_COMMANDS: Final = {
    QuestionKind.CONFIRM: CommandType.GET_CONFIRMATION,
    QuestionKind.TEXT: CommandType.GET_CHAR,
    QuestionKind.PASSWORD: CommandType.GET_CHAR,
    QuestionKind.DIGITS: CommandType.GET_DECIMALS,
    QuestionKind.DECIMAL: CommandType.GET_DECIMALS,
    QuestionKind.FUNCTION_KEY: CommandType.GET_OPTION_KEY,
    QuestionKind.MENU: CommandType.GET_MENU,
    QuestionKind.ANY_KEY: CommandType.GET_ANY_KEY,
}
_CHOSEN: Final = frozenset({QuestionKind.MENU, QuestionKind.FUNCTION_KEY})
_is_choice: Final = re.compile(r"[0-9]{1,4}", re.ASCII).fullmatch
_TICKETS: Final = {Copy.CUSTOMER: "CustomerReceipt", Copy.CASHIER: "MerchantReceipt"}


def request_of(send: Send, profile: Profile, *, terminal_id: str, sender: str) -> opi.DeviceRequest:
    """A device request to the till."""
    body = send.body
    question = body if isinstance(body, Question) else None
    return opi.DeviceRequest(
        request_type=DeviceRequestType.INPUT if question else DeviceRequestType.OUTPUT,
        application_sender=sender,
        workstation_id=send.about.workstation_id,
        terminal_id=terminal_id,
        popid=send.about.popid,
        request_id=send.request_id,
        sequence_id=str(send.sequence),
        output=(_output(body, profile),),
        input=_input(question) if question else None,
    )


def _output(body: DeviceBody, profile: Profile) -> opi.Output:
    match body:
        case PrintJob():
            return _paper(body, profile)
        case Question():
            lines = [opi.TextLine(text=line) for line in body.lines]
            menu = enumerate(body.choices, start=1)
            lines += [opi.TextLine(text=choice, menu_item=number) for number, choice in menu]
            return opi.Output(out_device_target=DeviceType.CASHIER_DISPLAY, text_line=tuple(lines))
        case Display():
            customer = body.target == "customer"
            target = DeviceType.CUSTOMER_DISPLAY if customer else DeviceType.CASHIER_DISPLAY
            shown = tuple(opi.TextLine(text=line) for line in body.lines)
            return opi.Output(out_device_target=target, text_line=shown)


def _paper(job: PrintJob, profile: Profile) -> opi.Output:
    receipt = job.receipt
    lines = list(receipt.lines) or render(receipt, _WIDTH).split("\n")
    if receipt.signature_required and not has_signature_line(lines):
        lines += SIGNATURE_LINES
    written = [opi.TextLine(text=line or None) for line in lines[:-1]]
    written.append(opi.TextLine(text=lines[-1] or None, paper_cut=True))
    return opi.Output(
        out_device_target=printer_of(receipt.copy, profile),
        ticket_type=_TICKETS.get(receipt.copy) if profile.ticket_type else None,
        text_line=tuple(written),
    )


def printer_of(copy: Copy, profile: Profile) -> str:
    """The printer of the till that means this paper in this country."""
    slip = "customer" if copy is Copy.CUSTOMER else "merchant"
    return next(target for target, paper in profile.printers.items() if paper == slip)


def _input(question: Question) -> opi.Input:
    whole = question.kind is QuestionKind.DIGITS
    decimal = question.kind is QuestionKind.DECIMAL
    command = opi.Command(
        text=_COMMANDS[question.kind],
        min_length=question.min_length,
        max_length=question.max_length,
        decimals=0 if whole else 2 if decimal else None,
        time_out=None if question.max_s is None else max(1, round(question.max_s)),
    )
    return opi.Input(in_device_target=DeviceType.CASHIER_KEYBOARD, command=command)


def answer_of(response: opi.DeviceResponse, body: DeviceBody) -> DeviceAnswer:
    """What the till says became of a request. Nothing counts as printed that was not."""
    outcome = _outcome(response)
    if outcome is not DeviceOutcome.DONE or not isinstance(body, Question):
        return DeviceAnswer(outcome=outcome)
    value = response.input.input_value if response.input is not None else None
    if value is None:
        return DeviceAnswer(outcome=outcome)
    number = value.in_number
    chosen = number.strip() if number is not None and body.kind in _CHOSEN else ""
    return DeviceAnswer(
        outcome=outcome,
        confirmed=value.in_boolean,
        text=value.in_string if value.in_string is not None else number,
        choice=int(chosen) if _is_choice(chosen) else None,
    )


def _outcome(response: opi.DeviceResponse) -> DeviceOutcome:
    told = [response.overall_result, *(each.out_result or "" for each in response.output)]
    if response.input is not None:
        told.append(response.input.in_result or "")
    results = {word.strip().casefold() for word in told if word}
    if results == {OverallResult.SUCCESS.casefold()}:
        return DeviceOutcome.DONE
    if OverallResult.DEVICE_UNAVAILABLE.casefold() in results:
        return DeviceOutcome.UNAVAILABLE
    return DeviceOutcome.REFUSED
