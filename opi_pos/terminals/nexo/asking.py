"""What a simulated terminal asks of the till, as nexo messages."""

from __future__ import annotations

import base64
import json
from typing import Final, assert_never

from opi_pos.model.devices import (
    AbortInput,
    Display,
    Event,
    EventKind,
    PrintJob,
    Question,
    QuestionKind,
)
from opi_pos.model.ids import POIID
from opi_pos.poi.nexo import effects, requests
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.poi.nexo.texts import stamp
from opi_pos.terminals.nexo.receipts import content_of, qualifier_of
from opi_pos.terminals.nexo.writing import message_of
from opi_pos.wire import nexo

ANNOUNCEMENT_ADDRESS: Final = "127.0.0.1:15022"
"""Marks a TransmitRequest as an announcement; nothing listens there."""
WITHDRAWN: Final = "The question is withdrawn"
# Ids that Swedbank's displays put before the text; only 202 is known, the rest are made up.
_TEXT_IDS: Final = {"Approved": 202, "Welcome": 100, "Present card": 110, "Authorizing": 120}
_OTHER_TEXT_ID: Final = 199


def request_of(send: effects.Send, profile: PoiProfile, now: float) -> nexo.Message:
    """A request or an event of the terminal to the till."""
    body = send.body
    match body:
        case Display():
            return message_of(_display(body, profile), send.header, version=None)
        case Question():
            return message_of(_question(body), send.header, version=None)
        case PrintJob():
            return message_of(_print(body, profile), send.header, version=None)
        case Event():
            return message_of(_event(body, now), send.header, version=None)
        case AbortInput():
            return message_of(_withdrawal(body, send.header), send.header, version=None)
        case _:
            assert_never(body)


def announcement_of(poi_id: str, host: str, port: int) -> nexo.Message:
    """Where a terminal is, as Swedbank's tell it when their address changes."""
    end_point = {"ipV4Address": host, "ipPort": str(port)}
    told = {"saleTerminalconfiguration": {"messageVersion": "1.0.0", "ipEndPoint": end_point}}
    body = nexo.TransmitRequest(
        maximum_transmit_time=30,
        destination_address=ANNOUNCEMENT_ADDRESS,
        message=base64.b64encode(json.dumps(told).encode()).decode(),
    )
    to = requests.Header(category="Transmit", poi_id=POIID(poi_id))
    return message_of(body, to, version=None)


def wants_answer(send: effects.Send) -> bool:
    """Whether the till must answer with a message: a 204 alone leaves the terminal waiting. A
    display that was taken is good enough, whatever its flag said.
    """
    match send.body:
        case Question():
            return True
        case PrintJob(wait=wait):
            return wait
        case _:
            return False


def _text(lines: tuple[str, ...]) -> nexo.OutputContent:
    texts = tuple(nexo.OutputText(text=line) for line in lines)
    return nexo.OutputContent(output_format=nexo.OutputFormat.TEXT, output_text=texts)


def _display(display: Display, profile: PoiProfile) -> nexo.DisplayRequest:
    lines = display.lines
    if profile.text_ids:
        lines = tuple(f'{_TEXT_IDS.get(line, _OTHER_TEXT_ID)},"{line}"' for line in lines)
    output = nexo.DisplayOutput(
        response_required_flag=profile.display_flag,
        device=nexo.Device.CASHIER_DISPLAY,
        info_qualify=display.kind or nexo.InfoQualify.STATUS,
        output_content=_text(lines),
    )
    return nexo.DisplayRequest(display_output=(output,))


_COMMANDS: Final = {
    QuestionKind.CONFIRM: nexo.InputCommand.GET_CONFIRMATION,
    QuestionKind.TEXT: nexo.InputCommand.TEXT_STRING,
    QuestionKind.DIGITS: nexo.InputCommand.DIGIT_STRING,
    QuestionKind.DECIMAL: nexo.InputCommand.DECIMAL_STRING,
    QuestionKind.FUNCTION_KEY: nexo.InputCommand.GET_FUNCTION_KEY,
    QuestionKind.MENU: nexo.InputCommand.GET_MENU_ENTRY,
    QuestionKind.ANY_KEY: nexo.InputCommand.GET_ANY_KEY,
    QuestionKind.PASSWORD: nexo.InputCommand.PASSWORD,
}
_WITH_LENGTH: Final = (QuestionKind.TEXT, QuestionKind.DIGITS)


def _question(question: Question) -> nexo.InputRequest:
    output = nexo.DisplayOutput(
        device=nexo.Device.CASHIER_DISPLAY,
        info_qualify=nexo.InfoQualify.DISPLAY,
        output_content=_text(question.lines),
        menu_entry=tuple(
            nexo.MenuEntry(
                output_format=nexo.OutputFormat.TEXT, output_text=(nexo.OutputText(text=choice),)
            )
            for choice in question.choices
        ),
    )
    sized = question.kind in _WITH_LENGTH
    data = nexo.InputData(
        device=nexo.Device.CASHIER_INPUT,
        info_qualify=nexo.InfoQualify.INPUT,
        input_command=_COMMANDS[question.kind],
        max_input_time=None if question.max_s is None else int(question.max_s),
        min_length=question.min_length if sized else None,
        max_length=question.max_length if sized else None,
        mask_characters_flag=True if question.masked else None,
        default_input_string=question.default or None,
    )
    return nexo.InputRequest(display_output=output, input_data=data)


def _print(job: PrintJob, profile: PoiProfile) -> nexo.PrintRequest:
    receipt = job.receipt
    mode = nexo.ResponseMode.PRINT_END if job.wait else nexo.ResponseMode.NOT_REQUIRED
    output = nexo.PrintOutput(
        document_qualifier=qualifier_of(receipt),
        response_mode=mode,
        required_signature_flag=True if receipt.signature_required else None,
        output_content=content_of(receipt, profile.receipt),
    )
    return nexo.PrintRequest(print_output=output)


def _withdrawal(withdrawn: AbortInput, header: requests.Header) -> nexo.AbortRequest:
    """An Input is the one message that a terminal aborts."""
    reference = nexo.MessageReference(
        message_category=nexo.MessageCategory.INPUT,
        service_id=header.service_id or None,
        device_id=withdrawn.device_id,
        sale_id=header.sale_id,
        poi_id=header.poi_id,
    )
    return nexo.AbortRequest(message_reference=reference, abort_reason=WITHDRAWN)


def _event(event: Event, now: float) -> nexo.EventNotification:
    return nexo.EventNotification(
        time_stamp=stamp(now),
        event_to_notify=event.name,
        maintenance_required_flag=True if event.kind is EventKind.MAINTENANCE_REQUIRED else None,
        event_details=event.details or None,
    )
