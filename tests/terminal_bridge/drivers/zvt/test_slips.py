"""Receipts that the till builds from 04 0F: every field that the standard demands, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Copy
from opi_pos.model.results import Operation
from terminal_bridge.drivers.zvt.slips import slips
from terminal_bridge.zvt import Apdu, decode
from terminal_bridge.zvt.lines import TextLine
from terminal_bridge.zvt.messages.status import StatusInformation

ORDER = MoneyOrder(
    operation=Operation.PAYMENT,
    reference=Reference("a"),
    amount=Amount(minor=1234, currency="EUR"),
    sale_time="2026-11-22T12:00:00+01:00",
)
FULL = bytes.fromhex(
    "2700 040000000012340B000041 0C143005 0D1121 0E2812 170001"
    "1970 22F0F8EEEEEEEEEEEE4771 2952500295"
    "2A313030343631373633202020202020 3B3631313830340000 490978 870007 88000041 8A06"
    "8BF1F14D61737465726361726400 A012 3CF0F0F5 4441 4E4B 45"
    "0611 1F100102 1F120102 4307A0000000041010".replace(" ", "")
)


def status(**members: Any) -> StatusInformation:
    return StatusInformation(result_code=0, amount=1234, **members)


def test_every_field_that_must_be_printed_is() -> None:
    read = decode(Apdu(0x040F, FULL))
    assert isinstance(read, StatusInformation)
    merchant, customer = slips(read, ORDER)
    assert (merchant.copy, customer.copy) == (Copy.CASHIER, Copy.CUSTOMER)
    assert merchant.fields == {
        "Transaction": "Payment",
        "Card": "Mastercard",
        "Amount": "12.34 EUR",
        "Terminal-ID": "52500295",
        "Date": "11/21",
        "Time": "14:30:05",
        "Trace no.": "000041",
        "Receipt no.": "0007",
        "Approval code": "611804",
        "Merchant no.": "100461763",
        "Card no.": merchant.fields["Card no."],
        "Card sequence no.": "0001",
        "Expiry": "12/28",
        "AID": "A0000000041010",
        "Host result": "12",
        "Text": "DANKE",
    }
    assert merchant.fields["Card no."].endswith("4771")
    assert all(len(line) <= 40 for line in merchant.lines)
    text = "\n".join(customer.lines)
    assert all(value in text for value in customer.fields.values())


@pytest.mark.parametrize(
    ("wishes", "code", "copies"),
    [
        (None, 0, [Copy.CASHIER, Copy.CUSTOMER]),
        ("00000000", 0, []),
        ("10000000", 0, [Copy.CASHIER]),
        ("01000000", 0, [Copy.CUSTOMER]),
        ("22000000", 5, [Copy.CASHIER, Copy.CUSTOMER]),
        ("11000000", 5, []),
        ("21000000", 5, [Copy.CASHIER]),
    ],
)
def test_the_terminal_says_which_copies_it_wants(
    wishes: str | None, code: int, copies: list[Copy]
) -> None:
    told = StatusInformation(result_code=code, amount=1234, receipt_parameter=wishes)
    assert [slip.copy for slip in slips(told, ORDER)] == copies


def test_what_is_to_be_signed_has_a_merchants_copy_that_must_be_printed() -> None:
    told = status(cardholder_verification=1, receipt_parameter="01000000")
    merchant, customer = slips(told, ORDER)
    assert merchant.signature_required
    assert merchant.must_print
    assert any("____" in line for line in merchant.lines)
    assert not customer.signature_required


def test_a_declined_one_says_why() -> None:
    told = StatusInformation(result_code=0x78, amount=1234)
    [slip, _] = slips(told, ORDER)
    assert slip.fields["Transaction"] == "Payment declined: card expired"


def test_german_is_spoken_where_it_is_wanted() -> None:
    [slip, _] = slips(status(receipt_no="0007", date="1121"), ORDER, language="de")
    assert slip.fields["Vorgang"] == "Zahlung"
    assert (slip.fields["Beleg-Nr."], slip.fields["Datum"]) == ("0007", "21.11.")


@pytest.mark.parametrize("width", [16, 24, 40, 99])
def test_no_line_is_wider_than_the_paper(width: int) -> None:
    told = status(
        terminal_id="52500295",
        additional_text="a long text that does not fit\rand another",
        merchant_emv_data="TVR 0000008000 TSI E800 CID 80 a line of its own",
        receipt_header=(TextLine("a very long header of a shop in a street", 0x40),),
        receipt_advertising=(TextLine("goodbye"),),
    )
    for slip in slips(told, ORDER, width=width):
        assert all(len(line) <= width for line in slip.lines)
        assert "goodbye" in slip.lines


def test_emv_data_is_printed_as_it_is_on_the_copy_that_it_is_for() -> None:
    told = status(merchant_emv_data="AID A0\nTVR 00", customer_emv_data="AID A0")
    merchant, customer = slips(told, ORDER)
    assert {"AID A0", "TVR 00"} <= set(merchant.lines)
    assert "TVR 00" not in customer.lines


def test_an_approved_reservation_has_no_receipt() -> None:
    order = MoneyOrder(
        operation=Operation.RESERVATION,
        reference=Reference("a"),
        amount=Amount(minor=1234, currency="EUR"),
        sale_time="2026-11-22T12:00:00+01:00",
    )
    assert slips(status(), order) == ()
    assert len(slips(StatusInformation(result_code=5), order)) == 2


def test_tip_and_cashback_stand_on_it() -> None:
    [slip, _] = slips(status(tip=200, cashback=1000, currency="CHF"), ORDER)
    assert (slip.fields["Amount"], slip.fields["Tip"], slip.fields["Cashback"]) == (
        "12.34 CHF",
        "2.00 CHF",
        "10.00 CHF",
    )
