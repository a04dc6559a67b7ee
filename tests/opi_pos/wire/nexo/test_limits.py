"""Every limit of the codec, at the limit and one past it; and input that wants to hurt."""

from __future__ import annotations

import contextlib
import itertools
import sys
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from opi_pos.wire.limits import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_ITEMS
from tests.opi_pos.wire.nexo import vectors
from tests.opi_pos.wire.nexo.vectors import json_message, xml_message

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON


def amount_of(number: str) -> Any:
    data = vectors.payment_request_json(f'"Currency": "SEK", "RequestedAmount": {number}')
    body: Any = nexo.decode(data).body
    return body.payment_transaction.amounts_req.requested_amount


def padded(size: int) -> bytes:
    data = json_message("Admin", "Request", '{"ServiceIdentification": ""}')
    return data.replace(b'""', b'"' + b"x" * (size - len(data)) + b'"')


def test_the_size_of_a_message() -> None:
    assert len(padded(MAX_BYTES)) == MAX_BYTES
    assert nexo.decode(padded(MAX_BYTES)).body_name == "AdminRequest"
    with pytest.raises(ProtocolError, match="larger"):
        nexo.decode(padded(MAX_BYTES + 1))


def test_the_depth_of_json() -> None:
    def nested(depth: int) -> bytes:
        return json_message("Admin", "Request", '{"x": ' + "[" * depth + "]" * depth + "}")

    room = MAX_DEPTH - len(("outermost", "root", "body"))
    assert nexo.decode(nested(room)).body_name == "AdminRequest"
    with pytest.raises(ProtocolError, match="deeper"):
        nexo.decode(nested(room + 1))


def test_the_depth_of_xml() -> None:
    def nested(depth: int) -> bytes:
        inside = "<x>" * depth + "</x>" * depth
        return xml_message("Admin", "Request", f"<AdminRequest>{inside}</AdminRequest>")

    room = MAX_DEPTH - len(("root", "body"))
    assert nexo.decode(nested(room)).body_name == "AdminRequest"
    with pytest.raises(ProtocolError, match="deeper"):
        nexo.decode(nested(room + 1))


@pytest.mark.parametrize("opener", [b"[", b'{"a":', b'{"SaleToPOIRequest":', b"<a>"])
def test_depth_bombs_end_at_once(opener: bytes) -> None:
    with pytest.raises(ProtocolError):
        nexo.decode(opener * (MAX_BYTES // len(opener)))
    with pytest.raises(ProtocolError):
        nexo.decode(b'{"SaleToPOIRequest":' + opener * 20_000)


def test_the_digits_of_an_amount() -> None:
    longest = "1" * (MAX_DIGITS - 2) + ".50"[: 2 + 1]
    assert str(amount_of(longest[:MAX_DIGITS])) == longest[:MAX_DIGITS]
    assert amount_of("1" * MAX_DIGITS) == Decimal("1" * MAX_DIGITS)
    assert amount_of("0." + "1" * MAX_DIGITS) == Decimal("0." + "1" * MAX_DIGITS)


@pytest.mark.parametrize(
    "number",
    [
        "1" * (MAX_DIGITS + 1),
        "1." + "1" * MAX_DIGITS,
        "9" * 5000,
        "9" * 5000 + ".0",
        "1e41",
        "1e999999999",
        "1e-999999999",
        '"' + "1" * (MAX_DIGITS + 1) + '"',
    ],
)
def test_endless_numbers_are_no_amounts(number: str) -> None:
    try:
        assert amount_of(number) is None
    except ProtocolError:
        return


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", '"NaN"', '"sNaN"', '"Infinity"']
)
def test_what_is_no_finite_number_is_no_amount(number: str) -> None:
    try:
        assert amount_of(number) is None
    except ProtocolError:
        return


def test_the_digits_of_an_amount_in_xml() -> None:
    def read(number: str) -> Any:
        data = vectors.payment_request_xml(f'Currency="SEK" RequestedAmount="{number}"')
        body: Any = nexo.decode(data).body
        return body.payment_transaction.amounts_req.requested_amount

    assert read("1" * MAX_DIGITS) == Decimal("1" * MAX_DIGITS)
    assert read("1" * (MAX_DIGITS + 1)) is None
    assert read("1e5") is None
    assert read("+38.") == 38
    assert read("-.5") == Decimal("-0.5")


def test_whole_numbers_have_an_end() -> None:
    def read(number: str) -> Any:
        text = f'{{"MaxWaitingTime": {number}}}'
        body: Any = nexo.decode(json_message("CardReaderPowerOff", "Request", text, "Device")).body
        return body.max_waiting_time

    assert read("9" * 18) == 10**18 - 1
    assert read("1" + "0" * 18) is None
    assert read("1.5") is None
    assert read("true") is None


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff\\ud800"', b'"\xff"', b'"\xc0\x80"'])
def test_text_that_is_not_unicode_is_refused(text: str | bytes) -> None:
    data = json_message("Admin", "Request", '{"ServiceIdentification": ""}')
    raw = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ProtocolError):
        nexo.decode(data.replace(b'""', raw))


@pytest.mark.parametrize("character", ["\0", "\x08", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_characters_that_xml_cannot_carry_are_refused_with_the_path(character: str) -> None:
    message = nexo.Message(
        header=nexo.header_for(nexo.AdminRequest, sale_id="1", poi_id="2", service_id="3"),
        body=nexo.AdminRequest(service_identification=f"a{character}b"),
    )
    with pytest.raises(ProtocolError) as caught:
        nexo.encode(message, XML)
    assert caught.value.path == "AdminRequest.ServiceIdentification"
    if character == "\ud800":
        with pytest.raises(ProtocolError):
            nexo.encode(message, JSON)
    else:
        assert nexo.decode(nexo.encode(message, JSON)) == message


def test_a_nul_that_came_in_json_cannot_leave_in_xml() -> None:
    data = json_message("Admin", "Request", '{"ServiceIdentification": "a\\u0000b"}')
    with pytest.raises(ProtocolError):
        nexo.encode(nexo.decode(data), XML)


def test_doubled_members_are_read_the_same_every_time() -> None:
    data = vectors.payment_request_json(
        '"Currency": "SEK", "RequestedAmount": 1, "RequestedAmount": 2'
    )
    body: Any = nexo.decode(data).body
    assert body.payment_transaction.amounts_req.requested_amount == 2
    unknown: Any = nexo.decode(data.replace(b'"Currency"', b'"x": 1, "Currency"')).body
    assert unknown.payment_transaction.amounts_req.requested_amount == 2


def test_the_repetitions_in_a_message_that_breaks_its_schema() -> None:
    def items(count: int) -> bytes:
        text = ",".join(["{}"] * count)
        return json_message("Display", "Request", f'{{"DisplayOutput": [{text}]}}', "Device")

    assert nexo.decode(items(MAX_ITEMS)).header.sale_id == "till-3"
    with pytest.raises(ProtocolError, match=f"more than {MAX_ITEMS}"):
        nexo.decode(items(MAX_ITEMS + 1))


def hostile() -> list[bytes]:
    room = MAX_BYTES - 600
    return [
        xml_message(
            "Admin", "Request", "<AdminRequest>" + "<x/>" * (room // 4) + "</AdminRequest>"
        ),
        xml_message(
            "Admin",
            "Request",
            "<AdminRequest " + " ".join(f'a{n}="1"' for n in range(22_000)) + "/>",
        ),
        xml_message("Display", "Request", "<DisplayRequest>" + "<DisplayOutput/>" * 16_000),
        json_message("Display", "Request", '{"DisplayOutput":[' + "{}," * 80_000 + "{}]}"),
        json_message("Admin", "Request", '{"x":[' + "1.5," * 60_000 + "1]}"),
        b"<!--" + b"x" * room + b"--><SaleToPOIRequest/>",
        b"<" * room,
        b"<?xml " + b" " * room,
        b"<?xml version='1.0' " + b"encoding=" * (room // 10),
    ]


@pytest.mark.parametrize("data", hostile(), ids=[str(number) for number in range(9)])
def test_a_hostile_message_costs_few_calls(data: bytes) -> None:
    """Counted, not timed: a clock would measure the machine as well."""
    steps = itertools.count()

    def count(_frame: object, _event: str, _argument: object) -> None:
        next(steps)

    sys.setprofile(count)
    try:
        with contextlib.suppress(ProtocolError):
            nexo.decode(data)
    finally:
        sys.setprofile(None)
    assert next(steps) < 4 * len(data)


def test_many_items_are_read_in_linear_time() -> None:
    item = "<OutputText>x</OutputText>"
    body = f"""<PrintRequest><PrintOutput DocumentQualifier="Document" ResponseMode="PrintEnd">
    <OutputContent OutputFormat="Text">{item * 9000}</OutputContent></PrintOutput></PrintRequest>"""
    message: Any = nexo.decode(xml_message("Print", "Request", body, "Device"))
    assert len(message.body.print_output.output_content.output_text) == 9000
