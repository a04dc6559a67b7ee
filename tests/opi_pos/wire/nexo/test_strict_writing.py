"""What we originate fits the schema, or an error names the member that does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import nexo

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON
AMOUNTS = "PaymentRequest.PaymentTransaction.AmountsReq"


def message(body: nexo.Element, **header: Any) -> nexo.Message:
    head = nexo.header_for(body, sale_id="till-3", poi_id="front", service_id="7")
    return nexo.Message(header=msgspec.structs.replace(head, **header), body=body)


def payment(**amounts: Any) -> nexo.PaymentRequest:
    values: dict[str, Any] = {"currency": "SEK", "requested_amount": Decimal("38.00")} | amounts
    return nexo.PaymentRequest(
        sale_data=nexo.SaleData(
            sale_transaction_id=nexo.TransactionIdentification(
                transaction_id="order-4711", time_stamp="2026-03-01T09:30:00+01:00"
            )
        ),
        payment_transaction=nexo.PaymentTransaction(amounts_req=nexo.AmountsReq(**values)),
    )


def display(**output: Any) -> nexo.DisplayRequest:
    values: dict[str, Any] = {
        "device": "CashierDisplay",
        "info_qualify": "Status",
        "output_content": nexo.OutputContent(output_format="Text"),
    } | output
    return nexo.DisplayRequest(display_output=(nexo.DisplayOutput(**values),))


def reader(**values: Any) -> nexo.PINRequest:
    return nexo.PINRequest(pin_request_type="PINEnter", **values)


def card(**values: Any) -> nexo.CardReaderInitResponse:
    return nexo.CardReaderInitResponse(response=nexo.Response(result="Success"), **values)


TRACK = nexo.TrackData(track_value=Secret("4111"))

WRONG: list[tuple[nexo.Element, str, str]] = [
    (payment(currency=None), f"{AMOUNTS}.Currency", "missing"),
    (payment(currency="kr"), f"{AMOUNTS}.Currency", "invalid value"),
    (payment(requested_amount=38), f"{AMOUNTS}.RequestedAmount", "a Decimal expected"),
    (payment(requested_amount=38.0), f"{AMOUNTS}.RequestedAmount", "Decimal"),
    (payment(requested_amount=Decimal("NaN")), f"{AMOUNTS}.RequestedAmount", "finite"),
    (payment(requested_amount=Decimal(-1)), f"{AMOUNTS}.RequestedAmount", "out of range"),
    (payment(tip_amount=Decimal("1E+999")), f"{AMOUNTS}.TipAmount", "too many digits"),
    (payment(tip_amount=Decimal(100000000)), f"{AMOUNTS}.TipAmount", "out of range"),
    (nexo.DisplayRequest(), "DisplayRequest.DisplayOutput", "missing"),
    (nexo.DisplayRequest(display_output=payment()), "DisplayRequest.DisplayOutput", "a list"),  # type: ignore[arg-type]
    (
        display(device="Wall"),
        "DisplayRequest.DisplayOutput[0].Device",
        "not in the enumeration",
    ),
    (
        display(minimum_display_time=1000),
        "DisplayRequest.DisplayOutput[0].MinimumDisplayTime",
        "out of range",
    ),
    (
        display(response_required_flag="true"),
        "DisplayRequest.DisplayOutput[0].ResponseRequiredFlag",
        "true or false expected",
    ),
    (
        display(output_signature="***"),
        "DisplayRequest.DisplayOutput[0].OutputSignature",
        "base64 expected",
    ),
    (display(output_content=None), "DisplayRequest.DisplayOutput[0].OutputContent", "missing"),
    (
        display(output_content=TRACK),
        "DisplayRequest.DisplayOutput[0].OutputContent",
        "another struct expected",
    ),
    (card(track_data=(TRACK,) * 5), "CardReaderInitResponse.TrackData", "at most 4"),
    (
        card(entry_mode=("ICC", "Guess")),
        "CardReaderInitResponse.EntryMode",
        "not in the enumeration",
    ),
    (card(entry_mode="ICC"), "CardReaderInitResponse.EntryMode", "a list expected"),
    (
        nexo.CardReaderInitResponse(
            response=nexo.Response(result="Success"),
            track_data=(nexo.TrackData(track_value="4111"),),  # type: ignore[arg-type]
        ),
        "CardReaderInitResponse.TrackData[0].TrackValue",
        "a Secret expected",
    ),
    (reader(max_waiting_time=True), "PINRequest.MaxWaitingTime", "whole number"),
    (reader(pin_enc_algorithm="3a"), "PINRequest.PINEncAlgorithm", "digits expected"),
    (reader(max_waiting_time=10**18), "PINRequest.MaxWaitingTime", "too many digits"),
    (
        nexo.AbortRequest(
            message_reference=nexo.MessageReference(service_id="12345678901"), abort_reason=""
        ),
        "AbortRequest.MessageReference.ServiceID",
        "1 to 10 characters",
    ),
    (
        nexo.EventNotification(time_stamp="2026-03-01T09:30:00", event_to_notify="Reject"),
        "EventNotification.TimeStamp",
        "with offset",
    ),
    (
        nexo.BatchRequest(
            transaction_to_perform=(
                nexo.TransactionToPerform(
                    payment_request=payment(),
                    reversal_request=nexo.ReversalRequest(
                        reversal_reason="CustCancel",
                        original_poi_transaction=nexo.OriginalPOITransaction(),
                    ),
                ),
            )
        ),
        "BatchRequest.TransactionToPerform[0].ReversalRequest",
        "bad combination",
    ),
    (
        nexo.TransactionStatusResponse(
            response=nexo.Response(result="Success"),
            repeated_message_response=nexo.RepeatedMessageResponse(
                message_header=nexo.header_for(nexo.PaymentResponse, sale_id="1", poi_id="2")
            ),
        ),
        "TransactionStatusResponse.RepeatedMessageResponse",
        "one of LoyaltyResponse",
    ),
]


@pytest.mark.parametrize(
    ("body", "path", "problem"), WRONG, ids=[f"{path} {problem}" for _, path, problem in WRONG]
)
def test_what_breaks_the_schema_is_refused_with_its_path(
    body: nexo.Element, path: str, problem: str
) -> None:
    for encoding in (XML, JSON):
        with pytest.raises(ProtocolError) as caught:
            nexo.encode(message(body), encoding)
        assert caught.value.path == path
        assert problem in caught.value.problem


def test_the_error_reads_as_one_sentence() -> None:
    with pytest.raises(ProtocolError) as caught:
        nexo.encode(message(payment(currency=None)), XML)
    assert str(caught.value) == f"{AMOUNTS}.Currency: missing"


def test_the_header_is_checked_as_well() -> None:
    with pytest.raises(ProtocolError, match=r"MessageHeader.ServiceID: invalid value"):
        nexo.encode(message(payment(), service_id=""), XML)
    with pytest.raises(ProtocolError, match=r"MessageHeader.MessageCategory: bad combination"):
        nexo.encode(message(payment(), message_category="Login"), XML)


def test_an_enumeration_may_be_extended_by_its_pattern() -> None:
    written = nexo.encode(message(display(info_qualify="acme:Blink")), XML)
    assert b'InfoQualify="acme:Blink"' in written


def test_nothing_is_checked_when_writing_is_not_strict_but_amounts_stay_finite() -> None:
    assert b"Wall" in nexo.encode(message(display(device="Wall")), XML, strict=False)
    for encoding in (XML, JSON):
        with pytest.raises(ProtocolError):
            nexo.encode(message(payment(tip_amount=Decimal("NaN"))), encoding, strict=False)


SOFTWARE = nexo.SaleSoftware(
    provider_identification="acme", application_name="till", software_version="1"
)
LOGIN = nexo.LoginRequest(
    operator_language="sv", date_time="2026-03-01T09:30:00Z", sale_software=SOFTWARE
)


def test_3_0_has_other_names() -> None:
    certified = msgspec.structs.replace(SOFTWARE, certification_code="x")
    login = message(msgspec.structs.replace(LOGIN, sale_software=certified))
    for encoding in (XML, JSON):
        old = nexo.encode(login, encoding, version=nexo.V3_0)
        assert b"ManufacturerID" in old
        assert b"ProviderIdentification" not in old
        assert b"ManufacturerID" not in nexo.encode(login, encoding)
        assert nexo.decode(old) == login


def test_3_0_demands_more() -> None:
    with pytest.raises(ProtocolError, match=r"SaleSoftware.CertificationCode: missing"):
        nexo.encode(message(LOGIN), XML, version=nexo.V3_0)
    assert nexo.encode(message(LOGIN), XML)


def test_3_0_lacks_what_3_1_brought() -> None:
    reversal = nexo.ReversalRequest(
        reversal_reason="MerchantCancel",
        original_poi_transaction=nexo.OriginalPOITransaction(last_transaction_flag=True),
    )
    with pytest.raises(ProtocolError, match=r"LastTransactionFlag: unexpected in version 3.0"):
        nexo.encode(message(reversal), JSON, version=nexo.V3_0)
    report = nexo.TransactionReportRequest(search_criterias=nexo.SearchCriterias())
    with pytest.raises(ProtocolError, match=r"TransactionReportRequest: unexpected in version"):
        nexo.encode(message(report), JSON, version=nexo.V3_0)


def test_3_1_lacks_what_it_dropped() -> None:
    reversal = nexo.ReversalRequest(
        reversal_reason="MerchantCancel",
        sale_reference_id="r",
        original_poi_transaction=nexo.OriginalPOITransaction(),
    )
    with pytest.raises(ProtocolError, match=r"SaleReferenceID: unexpected in version 3.1"):
        nexo.encode(message(reversal), XML)
    assert nexo.encode(message(reversal), XML, version=nexo.V3_0)


def test_a_barcode_is_text_in_3_0_xml() -> None:
    content = nexo.OutputContent(
        output_format="BarCode", output_barcode=nexo.OutputBarcode(barcode_value="96385074")
    )
    shown = message(display(output_content=content))
    assert b"<OutputBarcode>96385074</" in nexo.encode(shown, XML, version=nexo.V3_0)
    assert b"<BarcodeValue>96385074</" in nexo.encode(shown, XML)
    assert b'"BarcodeValue":"96385074"' in nexo.encode(shown, JSON, version=nexo.V3_0)
