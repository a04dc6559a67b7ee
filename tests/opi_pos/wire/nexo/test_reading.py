"""What a message by the specification becomes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from tests.opi_pos.wire.nexo import vectors

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON


def expected_payment_response() -> nexo.Message:
    return nexo.Message(
        header=nexo.MessageHeader(
            message_class="Service",
            message_category="Payment",
            message_type="Response",
            service_id="4711",
            sale_id="till-3",
            poi_id="front",
        ),
        body=nexo.PaymentResponse(
            response=nexo.Response(result=nexo.Result.SUCCESS),
            sale_data=nexo.SaleData(
                sale_transaction_id=nexo.TransactionIdentification(
                    transaction_id="order-4711", time_stamp="2026-03-01T09:30:00.0000001+01:00"
                )
            ),
            poi_data=nexo.POIData(
                poi_transaction_id=nexo.TransactionIdentification(
                    transaction_id="877001", time_stamp="2026-03-01T08:30:21.498Z"
                )
            ),
            payment_result=nexo.PaymentResult(
                payment_type=nexo.PaymentType.NORMAL,
                online_flag=True,
                authentication_method=("OfflinePIN", "PaperSignature"),
                payment_instrument_data=nexo.PaymentInstrumentData(
                    payment_instrument_type="Card",
                    card_data=nexo.CardData(
                        payment_brand="01,Visa",
                        masked_pan="411111******1111",
                        entry_mode=("ICC",),
                        payment_token=nexo.PaymentToken(
                            token_requested_type="Customer", token_value="6FD955"
                        ),
                    ),
                ),
                amounts_resp=nexo.AmountsResp(
                    currency="SEK",
                    authorized_amount=Decimal("38.00"),
                    tip_amount=Decimal("0.10"),
                ),
                payment_acquirer_data=nexo.PaymentAcquirerData(
                    merchant_id="10020001", acquirer_poi_id="877888", approval_code="004711"
                ),
            ),
            payment_receipt=(
                nexo.PaymentReceipt(
                    document_qualifier="CashierReceipt",
                    required_signature_flag=True,
                    output_content=nexo.OutputContent(
                        output_format="Text",
                        output_text=(nexo.OutputText(text=vectors.RECEIPT),),
                    ),
                ),
                nexo.PaymentReceipt(
                    document_qualifier="CustomerReceipt",
                    output_content=nexo.OutputContent(
                        output_format="Text",
                        output_text=(
                            nexo.OutputText(
                                alignment="Centred", start_row=2, text="  Corner Shop & Son "
                            ),
                            nexo.OutputText(text="TOTAL 38,00"),
                        ),
                    ),
                ),
            ),
        ),
    )


@pytest.mark.parametrize("data", [vectors.PAYMENT_RESPONSE_XML, vectors.PAYMENT_RESPONSE_JSON])
def test_a_payment_response_becomes_the_same_structs_from_either_encoding(data: bytes) -> None:
    message = nexo.decode(data)
    assert message == expected_payment_response()
    result = message.body.payment_result  # type: ignore[attr-defined]
    assert str(result.amounts_resp.tip_amount) == "0.10"


def test_json_is_written_as_the_specification_says() -> None:
    written = nexo.encode(expected_payment_response(), JSON)
    assert json.loads(written, parse_float=str) == json.loads(
        vectors.PAYMENT_RESPONSE_JSON, parse_float=str
    )


def test_xml_is_written_in_schema_order() -> None:
    xml = nexo.encode(expected_payment_response(), XML).decode()
    names = ["<Response ", "<SaleData>", "<POIData>", "<PaymentResult ", "<PaymentReceipt "]
    assert [xml.index(name) for name in names] == sorted(xml.index(name) for name in names)
    assert '<AmountsResp Currency="SEK" AuthorizedAmount="38.00" TipAmount="0.10"/>' in xml
    assert 'AuthenticationMethod="OfflinePIN PaperSignature"' in xml
    assert ">  Corner Shop &amp; Son </OutputText>" in xml


def test_the_encoding_is_told_by_the_first_character() -> None:
    assert nexo.decode(b"\xef\xbb\xbf \n" + vectors.payment_request_json()) == nexo.decode(
        vectors.payment_request_xml()
    )


@pytest.mark.parametrize("data", [b"", b"ok", b"[accepted]", b"\0", b"\xff\xfe", b"null", b"{}"])
def test_other_bytes_are_no_message(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        nexo.decode(data)


def test_a_wrong_encoding_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        nexo.decode(vectors.payment_request_json(), XML)
    with pytest.raises(ProtocolError):
        nexo.decode(vectors.payment_request_xml(), JSON)


def test_a_reply_has_the_ids_of_its_request() -> None:
    request = nexo.decode(vectors.payment_request_xml()).header
    reply = nexo.reply_header(request)
    assert reply == nexo.MessageHeader(
        message_class="Service",
        message_category="Payment",
        message_type="Response",
        service_id="4711",
        sale_id="till-3",
        poi_id="front",
    )


def test_only_the_replies_that_begin_or_probe_a_session_name_the_version() -> None:
    for kind, version in ((nexo.LoginRequest, "3.1"), (nexo.LogoutRequest, None)):
        header = nexo.header_for(kind, sale_id="1", poi_id="2", protocol_version="3.1")
        assert nexo.reply_header(header).protocol_version == version


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (nexo.EventNotification, ("Event", "Event", "Notification")),
        (nexo.InputUpdate, ("Device", "InputUpdate", "Request")),
        (nexo.CardReaderAPDUResponse, ("Device", "CardReaderAPDU", "Response")),
        (nexo.AbortRequest, ("Service", "Abort", "Request")),
        (nexo.TransmitRequest, ("Device", "Transmit", "Request")),
    ],
)
def test_class_category_and_type_follow_from_the_body(
    kind: type[nexo.Element], words: tuple[str, str, str]
) -> None:
    header = nexo.header_for(kind, sale_id="till-3", poi_id="front")
    assert (header.message_class, header.message_category, header.message_type) == words


@pytest.mark.parametrize("encoding", [XML, JSON])
def test_the_header_of_a_message_with_a_broken_body_can_be_read(encoding: nexo.Encoding) -> None:
    broken = {
        XML: vectors.payment_request_xml('Currency="SEK" RequestedAmount="38,00"'),
        JSON: vectors.payment_request_json('"Currency": {}, "RequestedAmount": 38'),
    }[encoding]
    header = nexo.read_header(broken)
    assert header is not None
    assert (header.service_id, header.poi_id) == ("4711", "front")


@pytest.mark.parametrize("data", [b"", b"<a/>", b"{", b'{"SaleToPOIRequest": {}}', b"<a"])
def test_where_there_is_no_header_none_is_read(data: bytes) -> None:
    assert nexo.read_header(data) is None
