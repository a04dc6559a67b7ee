"""The JSON form, by example."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import opi

HEAD = 'RequestType="Login" WorkstationID="1" RequestID="7"'
TOLD = {"RequestType": "Login", "WorkstationID": "1", "RequestID": "7"}


def as_json(xml: str) -> Any:
    return json.loads(opi.convert(xml.encode(), opi.Form.JSON))


def as_xml(told: object) -> str:
    return opi.convert(json.dumps(told).encode(), opi.Form.XML).decode().partition("\n")[2]


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<POSdata/>", {"POSdata": {}}),
        (
            '<POSdata LanguageCode="de"><POSTimeStamp>x</POSTimeStamp></POSdata>',
            {"POSdata": {"LanguageCode": "de", "POSTimeStamp": "x"}},
        ),
        ("<PrivateData>a</PrivateData>", {"PrivateData": "a"}),
        (
            "<PrivateData>a</PrivateData><PrivateData>b</PrivateData>",
            {"PrivateData": ["a", "b"]},
        ),
        (
            "<PrivateData>a<b>c</b>d</PrivateData>",
            {"PrivateData": {"/": ["a", {"b": {"text": "c"}}, "d"]}},
        ),
        ("<New>a</New>", {"New": {"text": "a"}}),
        ('<New Old="1"/>', {"New": {"Old": "1"}}),
        ("<New><a/><b/><a/></New>", {"New": {"/": [{"a": {}}, {"b": {}}, {"a": {}}]}}),
        ("<New><text>a</text></New>", {"New": {"/": [{"text": {"text": "a"}}]}}),
        ('<New text="a">b</New>', {"New": {"@text": "a", "text": "b"}}),
        ('<POSdata POSTimeStamp="x"/>', {"POSdata": {"@POSTimeStamp": "x"}}),
        ('<New a="1"><a/></New>', {"New": {"@a": "1", "a": {}}}),
    ],
)
def test_both_ways(inside: str, told: dict[str, Any]) -> None:
    xml = (
        f'<ServiceRequest xmlns="http://www.nrf-arts.org/IXRetail/namespace" {HEAD}>{inside}'
        f"</ServiceRequest>"
    )
    assert as_json(xml) == TOLD | told
    assert as_xml(TOLD | told) == xml


@pytest.mark.parametrize(
    ("root", "kind", "named"),
    [
        ("ServiceRequest", "Login", False),
        ("CardServiceRequest", "CardPayment", False),
        ("DeviceRequest", "Output", False),
        ("CardServiceRequest", "RepeatLastMessage", False),
        ("ServiceRequest", "RepeatLastMessage", True),
        ("DeviceRequest", "RepeatLastMessage", True),
        ("CardServiceRequest", "AbortRequest", False),
        ("ServiceRequest", "TicketReprint", True),
        ("CardServiceResponse", "Diagnosis", True),
        ("ServiceResponse", "SomethingNew", True),
    ],
)
def test_the_message_is_named_where_its_members_do_not_tell_it(
    root: str, kind: str, named: bool
) -> None:
    result = ' OverallResult="Success"' if root.endswith("Response") else ""
    xml = f'<{root} RequestType="{kind}" WorkstationID="1" RequestID="1"{result}/>'
    told = as_json(xml)
    assert told.get("Message") == (root if named else None)
    assert type(opi.decode(json.dumps(told).encode())).__name__ == root
    told.pop("Message", None)
    assert type(opi.decode(json.dumps({root: told}).encode())).__name__ == root


def test_numbers_booleans_and_null_are_read() -> None:
    told = TOLD | {
        "RequestType": "CardPayment",
        "RequestID": 7,
        "POSdata": {
            "POSTimeStamp": "x",
            "Chip": True,
            "ClerkID": 12345678901234567890,
            "StoreID": None,
        },
        "TotalAmount": {"Currency": "EUR", "text": 25.00},
    }
    message = opi.decode(json.dumps(told).replace("25.0", "25.00").encode())
    assert isinstance(message, opi.CardServiceRequest)
    assert message.request_id == "7"
    assert message.pos_data == opi.POSdata(
        pos_time_stamp="x", chip=True, clerk_id="12345678901234567890"
    )
    assert message.total_amount is not None
    assert str(message.total_amount.text) == "25.00"


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"{}",
        b"[]",
        b"7",
        b'{"RequestType":"Login"',
        b'{"RequestType":"What is this"}',
        b'{"Message":"Letter","RequestType":"Login"}',
        b'{"Message":"ServiceRequest"}',
        b'{"RequestType":"Login","POSdata":{"/":"x"}}',
        b'{"RequestType":"Login","POSdata":[["x"]]}',
        b'{"RequestType":"Login","@X":{}}',
        b'{"RequestType":"Login","A B":"1"}',
        b'{"RequestType":"Login","xmlns":"1"}',
        b'{"RequestType":"Login","{http://www.w3.org/2000/xmlns/}a":"1"}',
        b'{"RequestType":"Login","X":"\\u0000"}',
        b'{"RequestType":"Login","X":' + b"9" * 5000 + b"}",
        b'{"RequestType":"Login","X":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    ],
)
def test_what_is_no_message_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        opi.convert(data, opi.Form.XML)


def test_latin_1_in_json_is_understood() -> None:
    data = '{"RequestType":"Login","POSdata":{"Reference":"Größe"}}'
    message = opi.decode(data.encode("latin-1"))
    assert isinstance(message, opi.ServiceRequest)
    assert message.pos_data == opi.POSdata(reference="Größe")


def test_foreign_namespaces_have_a_prefix_or_stand_in_braces() -> None:
    xml = (
        '<ServiceRequest xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="urn:shop"'
        f' {HEAD} xsi:nil="0" s:till="4"><s:Box/></ServiceRequest>'
    )
    told = as_json(xml)
    assert told == TOLD | {"xsi:nil": "0", "{urn:shop}till": "4", "{urn:shop}Box": {}}
    assert opi.decode(json.dumps(told).encode()) == opi.decode(xml.encode())
    assert opi.decode(as_xml(told).encode()) == opi.decode(xml.encode())
