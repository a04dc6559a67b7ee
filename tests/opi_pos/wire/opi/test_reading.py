"""What real peers send beside the schema is understood."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import opi
from tests.opi_pos.wire.opi.samples import PAYMENT_REQUEST, PAYMENT_RESPONSE, SLIP

HEAD = 'RequestType="CardPayment" WorkstationID="1" RequestID="7"'


def response(inside: str, head: str = f'{HEAD} OverallResult="Success"') -> Any:
    return opi.decode(f"<CardServiceResponse {head}>{inside}</CardServiceResponse>".encode())


def test_a_payment_is_read_into_typed_fields() -> None:
    request = opi.decode(PAYMENT_REQUEST)
    assert isinstance(request, opi.CardServiceRequest)
    assert (request.workstation_id, request.request_id) == ("till 3", "0101")
    assert request.pos_data is not None
    assert request.pos_data.clerk_id == "007"
    assert request.pos_data.request_token is True
    assert request.total_amount is not None
    assert request.total_amount.text == Decimal("25.00")


def test_children_in_odd_order_without_namespace_in_latin_1() -> None:
    reading = opi.read(PAYMENT_RESPONSE)
    message = reading.message
    assert isinstance(message, opi.CardServiceResponse)
    assert (reading.charset, reading.note) == ("iso-8859-1", "")
    assert message.terminal == opi.Terminal(stan="000101", terminal_id="68000001")
    assert message.tender is not None
    assert message.tender.total_amount is not None
    assert message.tender.authorisation is not None
    assert message.tender.total_amount.text == Decimal(27)
    assert message.tender.total_amount.gratuity_amount == Decimal(2)
    assert message.tender.authorisation.card_pan == Secret("672667######3214")
    assert message.private_data[0].text == "Grüße"
    assert message.private_data[1].error_code == "1002700"
    assert opi.unknown_members(message) == (
        "CardServiceResponse.{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation",
        "CardServiceResponse.Tender.Authorisation.Colour",
        "CardServiceResponse.PrivateData.Vendor",
    )


OTHER_NAMES = {
    "none": ("", ""),
    "with a slash": ("", ' xmlns="http://www.nrf-arts.org/IXRetail/namespace/"'),
    "another one": ("", ' xmlns="urn:something"'),
    "a prefix": ("opi:", ' xmlns:opi="http://www.nrf-arts.org/IXRetail/namespace"'),
    "an old prefix": ("ns2:", ' xmlns:ns2="http://www.ifsf.org/"'),
}


@pytest.mark.parametrize(("prefix", "declared"), OTHER_NAMES.values(), ids=OTHER_NAMES)
def test_any_namespace_is_read_by_local_names(prefix: str, declared: str) -> None:
    data = (
        f"<{prefix}ServiceRequest{declared} {HEAD}><{prefix}POSdata>"
        f"<{prefix}POSTimeStamp>now</{prefix}POSTimeStamp></{prefix}POSdata>"
        f"</{prefix}ServiceRequest>"
    )
    message = opi.decode(data.encode())
    assert isinstance(message, opi.ServiceRequest)
    assert message.pos_data == opi.POSdata(pos_time_stamp="now")
    assert message.others is None


@pytest.mark.parametrize("name", ["POSdata", "PosData", "POSData", "posdata"])
def test_capitals_of_names_do_not_matter(name: str) -> None:
    data = (
        f"<servicerequest {HEAD}><{name}><POSTimeStamp>x</POSTimeStamp></{name}></servicerequest>"
    )
    message = opi.decode(data.encode())
    assert isinstance(message, opi.ServiceRequest)
    assert message.pos_data == opi.POSdata(pos_time_stamp="x")


def test_attributes_may_come_as_elements_and_plain_elements_as_attributes() -> None:
    message = response("<Terminal><TerminalID>25</TerminalID><STAN>007</STAN></Terminal>")
    assert message.terminal == opi.Terminal(terminal_id="25", stan="007")
    device = opi.decode(
        b'<DeviceResponse RequestType="Input" RequestID="1" OverallResult="Success">'
        b'<Input InResult="Success"><InputValue InBool="1"/></Input></DeviceResponse>'
    )
    assert isinstance(device, opi.DeviceResponse)
    assert device.input is not None
    assert device.input.input_value == opi.InputValue(in_boolean=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("1", True), (" YES ", True), ("false", False), ("0", False), ("no", False)],
)
def test_booleans(text: str, value: bool) -> None:
    data = f'<DeviceRequest {HEAD}><Output Immediate="{text}"/></DeviceRequest>'
    message = opi.decode(data.encode())
    assert isinstance(message, opi.DeviceRequest)
    assert message.output[0].immediate is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("39.50", "39.50"),
        ("39.5", "39.50"),
        (" 9.000000 ", "9"),
        ("0", "0"),
        ("-1.00", "-1"),
        ("12,50", "12.5"),
        ("5.", "5"),
    ],
)
def test_amounts(text: str, value: str) -> None:
    message = response(f"<Tender><TotalAmount>{text}</TotalAmount></Tender>")
    assert message.tender.total_amount.text == Decimal(value)


@pytest.mark.parametrize(
    "text", ["ten", "1e5", "NaN", "1,000", "1.000,00", "1 000", "١٢", "9" * 50, "0x10", "--1"]
)
def test_an_amount_is_never_guessed(text: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        response(f'<Tender><TotalAmount Currency="EUR">{text}</TotalAmount></Tender>')
    assert caught.value.path == "CardServiceResponse.Tender.TotalAmount"
    with pytest.raises(ProtocolError, match="GratuityAmount"):
        response(f'<Tender><TotalAmount GratuityAmount="{text}">1.00</TotalAmount></Tender>')


def test_an_amount_without_text_is_absent() -> None:
    message = response('<Tender><TotalAmount GratuityAmount=""> </TotalAmount></Tender>')
    assert message.tender.total_amount.text is None
    assert message.tender.total_amount.gratuity_amount is None


def test_other_values_that_cannot_be_read_are_kept() -> None:
    message = opi.decode(
        f'<DeviceRequest {HEAD}><Output TimeOut="soon" Immediate="?"/></DeviceRequest>'.encode()
    )
    assert isinstance(message, opi.DeviceRequest)
    (output,) = message.output
    assert (output.time_out, output.immediate) == (None, None)
    assert output.others is not None
    assert output.others.get("TimeOut") == "soon"
    assert opi.decode(opi.encode(message, strict=False)) == message


def test_a_doubled_member_is_kept_and_the_first_one_counts() -> None:
    message = response('<Terminal TerminalID="1"/><Terminal TerminalID="2"/>')
    assert message.terminal.terminal_id == "1"
    assert [child.get("TerminalID") for child in message.others.children] == ["2"]


def test_a_plain_error_text() -> None:
    message = response("<ErrorDetail>no paper</ErrorDetail>")
    assert message.error_detail.text == "no paper"


def test_a_journal_record_is_kept_as_it_stands() -> None:
    message = opi.decode(
        f'<DeviceRequest {HEAD}><Output OutDeviceTarget="E-Journal"><E-Journal><CardInfo>'
        f"<CardCircuit>ECMC</CardCircuit></CardInfo></E-Journal></Output></DeviceRequest>".encode()
    )
    assert isinstance(message, opi.DeviceRequest)
    journal = message.output[0].e_journal
    assert journal is not None
    assert journal.get("CardCircuit") == "ECMC"


BESTÄTIGEN = '<?xml version="1.0" encoding="{}"?>\n<DeviceRequest {}><Output><TextLine>Bestätigen {}</TextLine></Output></DeviceRequest>'  # noqa: E501, PLC2401


@pytest.mark.parametrize(
    ("declared", "sent", "charset", "told"),
    [
        ("UTF-8", "utf-8", "utf-8", False),
        ("UTF-8", "latin-1", "iso-8859-1", True),
        ("ISO-8859-1", "latin-1", "iso-8859-1", False),
        ("ISO-8859-1", "utf-8", "utf-8", True),
        ("windows-1252", "cp1252", "iso-8859-1", False),
        ("UTF-8", "cp1252", "iso-8859-1", True),
        ("UTF-8", "utf-8-sig", "utf-8", False),
        ("UTF-16", "utf-16", "utf-8", False),
    ],
)
def test_the_characters_are_told_by_the_bytes(
    declared: str, sent: str, charset: str, told: bool
) -> None:
    extra = "" if sent == "latin-1" else "€"
    reading = opi.read(BESTÄTIGEN.format(declared, HEAD, extra).encode(sent))
    assert isinstance(reading.message, opi.DeviceRequest)
    assert reading.message.output[0].lines == (f"Bestätigen {extra}",)
    assert reading.charset == charset
    assert bool(reading.note) is told


def test_blanks_and_zeros_around_a_message_do_no_harm() -> None:
    assert opi.decode(b"\r\n " + SLIP + b"\r\n\0") == opi.decode(SLIP)


def test_what_latin_1_lacks_is_written_as_a_reference() -> None:
    message = opi.decode(SLIP)
    written = opi.encode(message, charset="iso-8859-1")
    assert written.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert "HÄNDLER".encode("latin-1") in written
    assert b"&#8364;" in written
    assert opi.decode(written) == message


def test_writing_is_in_the_namespace_in_order_and_without_a_prefix() -> None:
    message = opi.decode(PAYMENT_REQUEST)
    assert opi.encode(message) == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<CardServiceRequest xmlns="http://www.nrf-arts.org/IXRetail/namespace"'
        b' RequestType="CardPayment" ApplicationSender="TILL" WorkstationID="till 3" POPID="001"'
        b' RequestID="0101" ReferenceNumber="4711"><POSdata LanguageCode="de" RequestToken="true">'
        b"<POSTimeStamp>2026-11-22T10:00:00+01:00</POSTimeStamp><ClerkID>007</ClerkID></POSdata>"
        b'<TotalAmount Currency="EUR">25.00</TotalAmount></CardServiceRequest>'
    )


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (
            opi.CardServiceRequest(request_type="CardPayment", workstation_id="1", request_id="1"),
            "CardServiceRequest.POSdata",
        ),
        (
            opi.ServiceRequest(
                request_type="Login", workstation_id="1", request_id="1", pos_data=opi.POSdata()
            ),
            "ServiceRequest.POSdata.POSTimeStamp",
        ),
        (
            opi.DeviceRequest(
                request_type="Output", workstation_id="1", request_id="1", output=(opi.Output(),)
            ),
            "DeviceRequest.Output.OutDeviceTarget",
        ),
    ],
)
def test_strict_writing_names_what_is_missing(message: opi.Message, path: str) -> None:
    with pytest.raises(ProtocolError, match="missing") as caught:
        opi.encode(message)
    assert caught.value.path == path


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+99")])
def test_no_amount_without_end_is_written(amount: Decimal) -> None:
    message = opi.CardServiceRequest(
        request_type="CardPayment",
        workstation_id="1",
        request_id="1",
        total_amount=opi.TotalAmount(text=amount),
    )
    with pytest.raises(ProtocolError):
        opi.encode(message, strict=False)
