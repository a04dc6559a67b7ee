"""What a sender added or spelled in its own way is there again when it is written back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from lxml import etree

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from tests.opi_pos.wire.nexo import vectors
from tests.opi_pos.wire.nexo.vectors import json_message, xml_message

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON

DIALECT_XML = xml_message(
    "Payment",
    "Response",
    """<PaymentResponse acme:Trace="9" xmlns:acme="urn:acme" Surcharge="1.50">stray
 <Response Result="Success" ErrorCondition=""/>
 <SaleData><SaleTransactionID TransactionID="o" TimeStamp="2026-03-01T09:30"/></SaleData>
 <POIData Shelf="3"><POITransactionID TransactionID="p" TimeStamp="t"/></POIData>
 <Extension><RRN>12 34</RRN><!-- c --><Empty/></Extension>
</PaymentResponse><Proprietary A="&quot;&lt;"/>""",
)
DIALECT_JSON = json_message(
    "Payment",
    "Response",
    """{"Response": {"Result": "SUCCESS"}, "ExtensionData": {"RRN": "12", "n": 1.50, "l": [null]},
 "SaleData": {"SaleTransactionID": {"TransactionID": "o", "TimeStamp": "t"}, "Tags": []},
 "POIData": {"POITransactionID": {"TransactionID": "p", "TimeStamp": "t", "x": null, "y": "é"}},
 "PaymentReceipt": {"DocumentQualifier": "CustomerReceipt", "OutputContent":
  {"OutputFormat": "Text", "OutputText": [{"Text": "a", "Blink": true}]}}}""",
)


@pytest.mark.parametrize(
    "data",
    [DIALECT_XML, DIALECT_JSON, b"\xef\xbb\xbf" + DIALECT_JSON, vectors.PAYMENT_RESPONSE_XML],
)
def test_a_message_that_nobody_changed_is_written_back_byte_for_byte(data: bytes) -> None:
    message = nexo.decode(data)
    assert message.received is not None
    assert nexo.encode(message, message.received.encoding, strict=False) == data


def changed(message: nexo.Message) -> nexo.Message:
    header = msgspec.structs.replace(message.header, sale_id="other")
    return msgspec.structs.replace(message, header=header)


def test_a_changed_message_is_written_anew() -> None:
    written = nexo.encode(changed(nexo.decode(DIALECT_XML)), XML, strict=False)
    assert b'SaleID="other"' in written
    assert nexo.decode(written) == changed(nexo.decode(DIALECT_XML))


def test_unknown_xml_stays_where_it_was_in_a_changed_message() -> None:
    root = etree.fromstring(nexo.encode(changed(nexo.decode(DIALECT_XML)), XML, strict=False))
    body = root.find("PaymentResponse")
    assert body is not None
    assert body.get("Surcharge") == "1.50"
    assert (body.text or "").strip() == "stray"
    assert body.findtext("Extension/RRN") == "12 34"
    assert body.find("Extension/Empty") is not None
    assert root.find("PaymentResponse/POIData[@Shelf='3']") is not None
    proprietary = root.find("Proprietary")
    assert proprietary is not None
    assert proprietary.get("A") == '"<'


def test_unknown_json_stays_where_it_was_in_a_changed_message() -> None:
    written = nexo.encode(changed(nexo.decode(DIALECT_JSON)), JSON, strict=False)
    body: Any = json.loads(written, parse_float=str)["SaleToPOIResponse"]["PaymentResponse"]
    assert body["ExtensionData"] == {"RRN": "12", "n": "1.50", "l": [None]}
    assert body["POIData"]["POITransactionID"]["y"] == "é"
    assert body["PaymentReceipt"][0]["OutputContent"]["OutputText"] == [
        {"Text": "a", "Blink": True}
    ]


def test_unknown_members_are_named_and_left_out_of_the_other_encoding() -> None:
    message = nexo.decode(DIALECT_XML)
    names = nexo.unknown_members(message)
    assert names == (
        "Proprietary",
        "PaymentResponse.Trace",
        "PaymentResponse.Surcharge",
        "PaymentResponse.Extension",
        "PaymentResponse.POIData.Shelf",
    )
    written = nexo.encode(message, JSON)
    assert not any(name.rpartition(".")[2].encode() in written for name in names)
    assert nexo.unknown_members(nexo.decode(written)) == ()


def test_unknown_members_can_be_asked_for_and_are_not_printed() -> None:
    message: Any = nexo.decode(DIALECT_JSON)
    foreign = message.body.foreign
    assert foreign.get("ExtensionData") == '{"RRN":"12","n":1.50,"l":[null]}'
    assert foreign.get("Other") is None
    assert repr(foreign) == "Foreign(ExtensionData)"


def test_the_sender_s_values_are_not_judged_when_its_message_is_converted() -> None:
    message = nexo.decode(DIALECT_JSON)
    assert nexo.decode(nexo.encode(message, XML)).body_name == "PaymentResponse"
    mine = nexo.Message(header=message.header, body=message.body)
    with pytest.raises(ProtocolError, match=r"TimeStamp: invalid value"):
        nexo.encode(mine, XML)


def test_present_but_blank_members_stay_present() -> None:
    data = xml_message("Logout", "Request", "<LogoutRequest/>").replace(b'"till-3"', b'""')
    message = nexo.decode(data)
    assert message.header.sale_id == ""
    assert b'SaleID=""' in nexo.encode(changed_poi(message), XML)


def changed_poi(message: nexo.Message) -> nexo.Message:
    header = msgspec.structs.replace(message.header, poi_id="other")
    return msgspec.structs.replace(message, header=header)


@pytest.mark.parametrize("number", ["38.00", "0.10", "0.00", "12345678901234567.89", "56", "1E+2"])
def test_numbers_cross_the_encodings_with_every_digit(number: str) -> None:
    data = vectors.payment_request_json(f'"Currency": "SEK", "RequestedAmount": {number}')
    message: Any = nexo.decode(data)
    crossed: Any = nexo.decode(nexo.encode(message, XML))
    before = message.body.payment_transaction.amounts_req.requested_amount
    after = crossed.body.payment_transaction.amounts_req.requested_amount
    assert format(after, "f") == format(before, "f")
