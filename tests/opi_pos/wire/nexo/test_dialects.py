"""What vendors send that is not quite the specification; each vector is written from the facts."""

from __future__ import annotations

import codecs
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from tests.opi_pos.wire.nexo import vectors
from tests.opi_pos.wire.nexo.vectors import json_message, xml_message

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON
IDS = '"TransactionID": "1", "TimeStamp": "2026-03-01T09:30:00Z"'
SALE_AND_POI = (
    f'"SaleData": {{"SaleTransactionID": {{{IDS}}}}}, "POIData": {{"POITransactionID": {{{IDS}}}}}'
)


def body(data: bytes) -> Any:
    return nexo.decode(data).body


def card(members: str) -> nexo.CardData:
    text = f"""{{"Response": {{"Result": "Success"}}, {SALE_AND_POI},
     "PaymentInstrumentData": {{"PaymentInstrumentType": "Card", "CardData": {{{members}}}}}}}"""
    found = body(json_message("CardAcquisition", "Response", text))
    card_data = found.payment_instrument_data.card_data
    assert isinstance(card_data, nexo.CardData)
    return card_data


def test_masked_pan_in_adyens_capitals() -> None:
    assert card('"MaskedPan": "541333 **** 9999"').masked_pan == "541333 **** 9999"


def test_a_doubled_member_in_other_capitals_does_not_hide_the_right_one() -> None:
    header = json_message("Logout", "Request", "{}").replace(
        b'"POIID": "front"', b'"poiid": "other", "POIID": "front"'
    )
    assert nexo.decode(header).header.poi_id == "front"


def test_a_bare_text_for_a_list_and_a_list_with_spaces() -> None:
    assert card('"EntryMode": "ICC"').entry_mode == ("ICC",)
    assert card('"EntryMode": "ICC MagStripe"').entry_mode == ("ICC", "MagStripe")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ('[["RFID", "Keyed"], ["ICC"]]', (("RFID", "Keyed"), ("ICC",))),
        ('["RFID", "Keyed"]', (("RFID",), ("Keyed",))),
        ('"RFID"', (("RFID",),)),
    ],
)
def test_force_entry_mode_as_arrays_of_arrays_a_flat_array_or_a_text(
    sent: str, read: tuple[tuple[str, ...], ...]
) -> None:
    text = f'{{"ForceEntryMode": {sent}}}'
    assert body(json_message("CardReaderInit", "Request", text, "Device")).force_entry_mode == read


def test_a_single_object_for_an_array() -> None:
    request = body(
        json_message(
            "Display",
            "Request",
            """{"DisplayOutput": {"Device": "CashierDisplay", "InfoQuality": "Status",
             "OutputContent": {"OutputFormat": "Text", "OutputText": {"Text": "Welcome"}}}}""",
            "Device",
        )
    )
    (output,) = request.display_output
    assert output.info_qualify == "Status"
    assert output.output_content.output_text == (nexo.OutputText(text="Welcome"),)


def test_bare_texts_for_output_text() -> None:
    request = body(
        json_message(
            "Display",
            "Request",
            """{"DisplayOutput": [{"Device": "CashierDisplay", "InfoQualify": "Status",
             "OutputContent": {"OutputFormat": "Text", "OutputText": ["Welcome", "back"]}}]}""",
            "Device",
        )
    )
    texts = request.display_output[0].output_content.output_text
    assert [text.text for text in texts] == ["Welcome", "back"]


@pytest.mark.parametrize(
    ("sent", "read"),
    [('"38.00"', "38.00"), ("38", "38"), ("3.8E1", "38"), ('" 38.50 "', "38.50"), ("0.10", "0.10")],
)
def test_amounts_as_texts_or_numbers_keep_their_digits(sent: str, read: str) -> None:
    data = vectors.payment_request_json(f'"Currency": "SEK", "RequestedAmount": {sent}')
    amount = body(data).payment_transaction.amounts_req.requested_amount
    assert format(amount, "f") == read


def test_booleans_and_whole_numbers_as_texts() -> None:
    request = body(
        json_message(
            "Input",
            "Request",
            """{"InputData": {"Device": "CashierInput", "InfoQualify": "Input",
             "InputCommand": "GetConfirmation", "MaxInputTime": "30", "BeepKeyFlag": "TRUE",
             "MenuBackFlag": "0"}}""",
            "Device",
        )
    )
    assert request.input_data.max_input_time == 30
    assert request.input_data.beep_key_flag is True
    assert request.input_data.menu_back_flag is False


def test_digits_sent_as_numbers_become_text() -> None:
    response = body(
        json_message(
            "Input",
            "Response",
            """{"InputResult": {"Device": "CustomerInput", "InfoQualify": "Input",
             "Response": {"Result": "Success"},
             "Input": {"InputCommand": "DigitString", "DigitInput": 46840510}}}""",
            "Device",
        )
    )
    assert response.input_result.input.digit_input == "46840510"


def test_several_menu_entries_do_not_look_like_one() -> None:
    data = json_message(
        "Input",
        "Response",
        """{"InputResult": {"Device": "CustomerInput", "InfoQualify": "Input",
         "Response": {"Result": "Success"},
         "Input": {"InputCommand": "GetMenuEntry", "MenuEntryNumber": [1, 3]}}}""",
        "Device",
    )
    entered = body(data).input_result.input
    assert entered.menu_entry_number is None
    assert entered.foreign.get("MenuEntryNumber") == "[1,3]"


def test_explicit_null_is_absent() -> None:
    data = json_message("Logout", "Response", '{"Response": {"Result": "Success"}}')
    null = data.replace(b'"Success"', b'"Success", "ErrorCondition": null')
    assert nexo.decode(null) == nexo.decode(data)


def test_enumerations_in_capitals_compare_as_usual() -> None:
    data = json_message(
        "Payment",
        "Response",
        f'{{"Response": {{"Result": "FAILURE", "ErrorCondition": "CANCEL"}}, {SALE_AND_POI}}}',
    )
    response = body(data).response
    assert response.result == nexo.Result.FAILURE
    assert response.error_condition == nexo.ErrorCondition.CANCEL
    assert nexo.encode(nexo.decode(data), JSON, strict=False) == data


@pytest.mark.parametrize("encoding", [XML, JSON])
def test_an_unknown_enumeration_value_survives(encoding: nexo.Encoding) -> None:
    data = {
        XML: xml_message(
            "Logout",
            "Response",
            "<LogoutResponse><Response Result='Failure' ErrorCondition='Communication timeout'/>"
            "</LogoutResponse>",
        ),
        JSON: json_message(
            "Logout",
            "Response",
            '{"Response": {"Result": "Failure", "ErrorCondition": "Communication timeout"}}',
        ),
    }[encoding]
    message = nexo.decode(data)
    assert isinstance(message.body, nexo.LogoutResponse)
    assert message.body.response.error_condition == "Communication timeout"
    other = JSON if encoding is XML else XML
    assert nexo.decode(nexo.encode(message, other)) == message


REPEATED = """{"Response": {"Result": "Success"}, "RepeatedMessageResponse": {%s}}"""
INNER_HEADER = """"MessageHeader": {"MessageClass": "Service", "MessageCategory": "Reversal",
 "MessageType": "Response", "ServiceID": "6", "SaleID": "till-3", "POIID": "front"}"""
INNER = '"ReversalResponse": {"Response": {"Result": "Success"}, "ReversedAmount": 5.0}'


def test_a_repeated_response_with_the_vendors_level_around_it() -> None:
    wrapped = json_message(
        "TransactionStatus",
        "Response",
        REPEATED % f'{INNER_HEADER}, "RepeatedResponseMessageBody": {{{INNER}}}',
    )
    plain = json_message("TransactionStatus", "Response", REPEATED % f"{INNER_HEADER}, {INNER}")
    message = nexo.decode(wrapped)
    assert message == nexo.decode(plain)
    assert b"RepeatedResponseMessageBody" not in nexo.encode(message, JSON)
    again = nexo.encode(message, JSON, repeated_response_wrapped=True)
    assert b'"RepeatedResponseMessageBody":{"ReversalResponse":' in again
    assert nexo.decode(again) == message


def test_the_flat_form_without_the_outermost_object() -> None:
    flat = b"""{"MessageHeader": {"MessageClass": "SERVICE", "MessageCategory": "LOGOUT",
     "MessageType": "REQUEST", "ServiceID": "7", "SaleID": "till-3", "POIID": "front"},
     "LogoutRequest": {"MaintenanceAllowed": true}}"""
    message = nexo.decode(flat)
    assert message == nexo.decode(json_message("Logout", "Request", '{"MaintenanceAllowed": true}'))
    alone = nexo.decode(b'{"LogoutRequest": {"MaintenanceAllowed": true}}')
    assert alone.body == message.body
    assert (alone.header.message_category, alone.header.poi_id) == ("Logout", "")
    with pytest.raises(ProtocolError, match=r"MessageHeader.SaleID: missing"):
        nexo.encode(alone, XML)


def test_attributes_sent_as_elements() -> None:
    amadis = xml_message(
        "Event",
        "Notification",
        """<EventNotification><TimeStamp>2026-03-01T09:30:00Z</TimeStamp>
        <EventToNotify>SaleAdmin</EventToNotify>
        <MaintenanceRequiredFlag>true</MaintenanceRequiredFlag></EventNotification>""",
        "Event",
    )
    event = body(amadis)
    assert event.event_to_notify == nexo.EventToNotify.SALE_ADMIN
    assert event.maintenance_required_flag is True


def test_the_older_protocol_with_its_name_of_the_till() -> None:
    epas = b"""<SaleToPOIResponse><MessageHeader ProtocolVersion="1.0" MessageClass="Service"
     MessageCategory="Payment" MessageType="Response" ServiceID="1" WorkstationID="till-3"
     POIID="front"/><PaymentResponse><Response Result="Success"/><POIData><POITransactionID
     TransactionID="5" TimeStamp="2026-03-01T09:30:00.5"/></POIData><PaymentResult><AmountsResp
     AuthorizedAmount="59.00"/></PaymentResult></PaymentResponse></SaleToPOIResponse>"""
    message = nexo.decode(epas)
    assert message.header.sale_id == "till-3"
    assert isinstance(message.body, nexo.PaymentResponse)
    assert message.body.payment_result is not None
    assert message.body.payment_result.amounts_resp is not None
    assert message.body.payment_result.amounts_resp.authorized_amount == Decimal("59.00")
    assert message.body.sale_data.sale_transaction_id.transaction_id == ""
    with pytest.raises(ProtocolError, match=r"^PaymentResponse.SaleData: missing"):
        nexo.encode(message, JSON)


def test_names_of_3_0_are_read_whatever_the_version_says() -> None:
    data = xml_message(
        "Login",
        "Request",
        """<LoginRequest OperatorLanguage="sv"><DateTime>2026-03-01T09:30:00Z</DateTime>
        <SaleSoftware ManufacturerID="acme" ApplicationName="till" SoftwareVersion="1"
         CertificationCode="x"/></LoginRequest>""",
    )
    assert body(data).sale_software.provider_identification == "acme"


def test_a_barcode_as_text_content_of_3_0() -> None:
    data = xml_message(
        "Print",
        "Request",
        """<PrintRequest><PrintOutput DocumentQualifier="Document" ResponseMode="PrintEnd">
        <OutputContent OutputFormat="BarCode"><OutputBarcode BarcodeType="EAN8">96385074
        </OutputBarcode></OutputContent></PrintOutput></PrintRequest>""",
        "Device",
    )
    barcode = body(data).print_output.output_content.output_barcode
    assert barcode.barcode_value.strip() == "96385074"


def test_lists_with_newlines_and_elements_in_any_order() -> None:
    data = xml_message(
        "Login",
        "Request",
        """<LoginRequest OperatorLanguage="sv">
        <SaleTerminalData><SaleCapabilities>
          CashierStatus
          PrinterReceipt
        </SaleCapabilities></SaleTerminalData>
        <SaleSoftware ProviderIdentification="acme" ApplicationName="till" SoftwareVersion="1"/>
        <DateTime>2026-03-01T09:30:00Z</DateTime></LoginRequest>""",
    )
    assert body(data).sale_terminal_data.sale_capabilities == ("CashierStatus", "PrinterReceipt")


def test_a_schema_location_and_a_namespace_are_passed_over() -> None:
    data = vectors.payment_request_xml().replace(
        b"<SaleToPOIRequest>",
        b'<SaleToPOIRequest xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:noNamespaceSchemaLocation="x.xsd">',
    )
    assert nexo.decode(data) == nexo.decode(vectors.payment_request_xml())
    named = vectors.payment_request_xml().replace(
        b"<SaleToPOIRequest>", b'<SaleToPOIRequest xmlns="urn:acme">'
    )
    assert nexo.decode(named) == nexo.decode(vectors.payment_request_xml())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_byte_order_marks_of_senders_on_windows(encoding: str) -> None:
    for text in (vectors.payment_request_xml(), vectors.payment_request_json()):
        assert nexo.decode(text.decode().encode(encoding)) == nexo.decode(text)


def test_a_declaration_of_utf_16_over_utf_8_bytes() -> None:
    data = b'<?xml version="1.0" encoding="utf-16"?>' + vectors.payment_request_xml()
    assert nexo.decode(data) == nexo.decode(vectors.payment_request_xml())
    assert codecs.BOM_UTF16_LE not in data


def test_latin_1_is_read_by_its_declaration() -> None:
    data = b"<?xml version='1.0' encoding='ISO-8859-1'?>" + xml_message(
        "Logout",
        "Response",
        "<LogoutResponse><Response Result='Failure'><AdditionalResponse>Köp</AdditionalResponse>"
        "</Response></LogoutResponse>",
    ).decode().encode("latin-1")
    assert body(data).response.additional_response == "Köp"


@pytest.mark.parametrize(
    ("member", "kept"),
    [('"TipAmount": "none"', "TipAmount"), ('"TipAmount": {"a": 1}', "TipAmount")],
)
def test_what_cannot_be_read_in_an_optional_member_costs_nothing_else(
    member: str, kept: str
) -> None:
    data = vectors.payment_request_json(f'"Currency": "SEK", "RequestedAmount": 38.00, {member}')
    amounts = body(data).payment_transaction.amounts_req
    assert amounts.requested_amount == Decimal("38.00")
    assert amounts.tip_amount is None
    assert amounts.foreign.names() == (kept,)


@pytest.mark.parametrize(
    "number", ["thirty", "1 000", "1_000", "38,00", "NaN", "Infinity", "٣٨", ""]
)
def test_a_required_amount_that_is_no_number_is_an_error_with_its_path(number: str) -> None:
    data = vectors.PAYMENT_RESPONSE_XML.replace(
        b'AuthorizedAmount="38.00"', f'AuthorizedAmount="{number}"'.encode()
    )
    with pytest.raises(ProtocolError) as caught:
        nexo.decode(data)
    assert caught.value.path == "PaymentResponse.PaymentResult.AmountsResp.AuthorizedAmount"
    assert not number or number not in str(caught.value)


def test_a_required_amount_that_is_missing_is_never_made_up() -> None:
    data = vectors.PAYMENT_RESPONSE_JSON.replace(b'"AuthorizedAmount": 38.00, ', b"")
    with pytest.raises(ProtocolError, match=r"AmountsResp.AuthorizedAmount: missing"):
        nexo.decode(data)


def test_a_vendors_own_trailer_is_kept_aside() -> None:
    data = json_message("Logout", "Request", "{}")[:-2] + b', "SecurityTrailer": {"Nonce": "x"}}}'
    message = nexo.decode(data)
    assert message.security_trailer is None
    assert message.foreign is not None
    assert message.foreign.names() == ("SecurityTrailer",)
    assert nexo.encode(message, XML) == nexo.encode(
        nexo.decode(json_message("Logout", "Request", "{}")), XML
    )


def test_an_encrypted_message_says_what_it_needs() -> None:
    data = json_message("Payment", "Request", "{}").replace(
        b'"PaymentRequest": {}', b'"NexoBlob": ""'
    )
    with pytest.raises(ProtocolError, match="NexoCrypto"):
        nexo.decode(data)


def test_single_quotes_comments_and_instructions_in_xml() -> None:
    data = b"<?xml version='1.0'?><!-- a --><?b c?>" + vectors.payment_request_xml().replace(
        b"<SaleData>", b"<!-- a -->\n<SaleData><?b c?>"
    )
    assert nexo.decode(data) == nexo.decode(vectors.payment_request_xml())
