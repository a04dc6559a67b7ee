"""What to answer to a message that cannot be read, in the specification's words.

A request that breaks the format gets the response of its category with Failure, MessageFormat and
one of the specification's texts; what is not even that gets an EventNotification Reject with the
bytes.
"""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.nexo.catalogue.control import EventNotification
from opi_pos.wire.nexo.catalogue.devices import DisplayResponse, InputResponse, InputResult
from opi_pos.wire.nexo.catalogue.header import MessageHeader, Response
from opi_pos.wire.nexo.catalogue.output import OutputResult
from opi_pos.wire.nexo.enumerations import ErrorCondition, EventToNotify, MessageType, Result
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.message import RESPONSES, Message, header_for, reply_header
from opi_pos.wire.nexo.problems import (
    BAD_COMBINATION,
    INVALID_VALUE,
    MISSING,
    NOT_IN_ENUMERATION,
    REPEATED,
    UNEXPECTED,
)
from opi_pos.wire.nexo.schema import AnyElement, Element
from opi_pos.wire.nexo.tolerant import blank

_TEXTS: Final = {
    MISSING: "Mandatory data absent",
    UNEXPECTED: "Unexpected data",
    INVALID_VALUE: "Invalid value for type",
    NOT_IN_ENUMERATION: "Value not in enumeration",
    REPEATED: "Too many repetitions",
    BAD_COMBINATION: "Bad combination of data",
}


def additional_response(error: ProtocolError) -> str:
    """The AdditionalResponse of a MessageFormat failure: what is wrong, and where."""
    for problem, text in _TEXTS.items():
        if error.problem.startswith(problem):
            return f"{text}: {error.path}" if error.path else text
    return f"Message not readable: {error.problem}"


def format_failure(error: ProtocolError, header: MessageHeader) -> Message | None:
    """The response to a request that could not be read; None when its category has none.

    Members that could only come from the request (SaleData) are left out, so it is encoded with
    `strict=False`. `header` is the request's, for instance from `read_header`.
    """
    kind = RESPONSES.get(f"{header.message_category}Response")
    if kind is None or header.message_type != MessageType.REQUEST:
        return None
    response = Response(
        result=Result.FAILURE,
        error_condition=ErrorCondition.MESSAGE_FORMAT,
        additional_response=additional_response(error),
    )
    return Message(header=reply_header(header), body=_failed(kind, response))


def _failed(kind: type[Element], response: Response) -> Element:
    if kind is DisplayResponse:
        return DisplayResponse(output_result=(_with(OutputResult, response),))
    if kind is InputResponse:
        return InputResponse(input_result=_with(InputResult, response))
    return _with(kind, response)


def _with(kind: type[AnyElement], response: Response) -> AnyElement:
    """A struct whose other required members stand blank and are not written."""
    empty = blank(kind, kind.__name__)
    absent = (empty.foreign.absent if empty.foreign else frozenset()) - {"response"}
    foreign = Foreign(absent=absent) if absent else None
    return msgspec.structs.replace(empty, response=response, foreign=foreign)


def reject_event(
    data: bytes, *, sale_id: str, poi_id: str, time_stamp: str, details: str | None = None
) -> Message:
    """Tells the sender that its bytes were no message; `time_stamp` is ISO 8601 with offset."""
    event = EventNotification(
        time_stamp=time_stamp,
        event_to_notify=EventToNotify.REJECT,
        event_details=details,
        rejected_message=base64.b64encode(data).decode(),
    )
    return Message(header=header_for(event, sale_id=sale_id, poi_id=poi_id), body=event)
