"""What is answered to a message that cannot be read."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from tests.opi_pos.wire.nexo import vectors

HEADER = nexo.header_for(nexo.PaymentRequest, sale_id="till-3", poi_id="front", service_id="7")


def decode_error(data: bytes) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        nexo.decode(data)
    return caught.value


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ProtocolError("A.B", "missing"), "Mandatory data absent: A.B"),
        (ProtocolError("A.B", "unexpected in version 3.0"), "Unexpected data: A.B"),
        (ProtocolError("A.B", "invalid value: digits expected"), "Invalid value for type: A.B"),
        (ProtocolError("A.B", "not in the enumeration"), "Value not in enumeration: A.B"),
        (ProtocolError("A.B", "repeated too often: at most 4"), "Too many repetitions: A.B"),
        (ProtocolError("A", "bad combination: excluded by B"), "Bad combination of data: A"),
        (ProtocolError("", "missing"), "Mandatory data absent"),
        (ProtocolError("", "not well-formed JSON"), "Message not readable: not well-formed JSON"),
    ],
)
def test_problems_in_the_words_of_the_specification(error: ProtocolError, text: str) -> None:
    assert nexo.additional_response(error) == text


def test_a_request_that_breaks_the_format_gets_the_response_of_its_category() -> None:
    data = vectors.payment_request_json().replace(b'"AmountsReq": {', b'"AmountsReq": "", "x": {')
    error = decode_error(data)
    header = nexo.read_header(data)
    assert header is not None
    answer = nexo.format_failure(error, header)
    assert answer is not None
    assert answer.header == nexo.reply_header(header)
    body: Any = answer.body
    assert isinstance(body, nexo.PaymentResponse)
    assert (body.response.result, body.response.error_condition) == ("Failure", "MessageFormat")
    assert body.response.additional_response == (
        "Invalid value for type: PaymentRequest.PaymentTransaction.AmountsReq"
    )
    for encoding in nexo.Encoding:
        written = nexo.encode(answer, encoding, strict=False)
        assert b"SaleTransactionID" not in written
        assert nexo.decode(written) == answer


@pytest.mark.parametrize("name", nexo.RESPONSES)
def test_every_category_with_a_response_has_such_an_answer(name: str) -> None:
    category = name.removesuffix("Response")
    header = msgspec.structs.replace(HEADER, message_category=category)
    answer = nexo.format_failure(ProtocolError("X", "missing"), header)
    assert answer is not None
    assert answer.body_name == name
    for encoding in nexo.Encoding:
        written = nexo.encode(answer, encoding, strict=False)
        assert b"MessageFormat" in written
        assert nexo.decode(written) == answer


@pytest.mark.parametrize("category", ["Abort", "Event", "InputUpdate", "Nonsense"])
def test_what_has_no_response_gets_none(category: str) -> None:
    header = msgspec.structs.replace(HEADER, message_category=category)
    assert nexo.format_failure(ProtocolError("", "missing"), header) is None


def test_a_response_is_never_answered() -> None:
    header = nexo.reply_header(HEADER)
    assert nexo.format_failure(ProtocolError("", "missing"), header) is None


def test_bytes_that_are_no_message_are_sent_back_in_an_event() -> None:
    data = b"\x00\xff <not nexo"
    event = nexo.reject_event(
        data, sale_id="till-3", poi_id="front", time_stamp="2026-03-01T09:30:00Z", details="?"
    )
    assert (event.header.message_class, event.header.message_type) == ("Event", "Notification")
    assert isinstance(event.body, nexo.EventNotification)
    assert event.body.event_to_notify == nexo.EventToNotify.REJECT
    assert base64.b64decode(event.body.rejected_message or "") == data
    for encoding in nexo.Encoding:
        assert nexo.decode(nexo.encode(event, encoding)) == event
