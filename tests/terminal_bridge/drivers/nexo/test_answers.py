"""PaymentResponse and ReversalResponse: the class decides, the condition only explains."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.receipts import Copy
from opi_pos.model.results import Operation, TransactionID
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.answers import money_answer
from tests.terminal_bridge.drivers.nexo.wire import (
    SALE_TIME,
    amounts,
    failed,
    header,
    paid,
    payment,
    response,
    reversed_,
)


def sek(minor: int) -> Amount:
    return Amount(minor=minor, currency="SEK")


def read(body: Any, order: MoneyOrder | None = None, **ids: str | None) -> Answer:
    """The body as it comes from the wire, so that what stands here is what a terminal can say."""
    message = nexo.Message(header=header(body, **ids), body=body)
    received = nexo.decode(nexo.encode(message, nexo.Encoding.XML, strict=False))
    assert isinstance(received.body, nexo.PaymentResponse | nexo.ReversalResponse)
    return money_answer(received.header, received.body, order or payment())


CONDITIONS = [
    ("Aborted", Verdict.ABORTED, None),
    ("Cancel", Verdict.ABORTED, None),
    ("Busy", Verdict.REFUSED, Refusal.BUSY),
    ("LoggedOut", Verdict.REFUSED, Refusal.LOGGED_OUT),
    ("NotAllowed", Verdict.REFUSED, Refusal.NOT_ALLOWED),
    ("MessageFormat", Verdict.REFUSED, Refusal.MALFORMED),
    ("InProgress", Verdict.UNCLEAR, None),
    ("DeviceOut", Verdict.DECLINED, None),
    ("InsertedCard", Verdict.DECLINED, None),
    ("NotFound", Verdict.DECLINED, None),
    ("PaymentRestriction", Verdict.DECLINED, None),
    ("Refusal", Verdict.DECLINED, None),
    ("UnavailableDevice", Verdict.DECLINED, None),
    ("UnavailableService", Verdict.DECLINED, None),
    ("InvalidCard", Verdict.DECLINED, None),
    ("UnreachableHost", Verdict.DECLINED, None),
    ("WrongPIN", Verdict.DECLINED, None),
    ("Communication timeout", Verdict.DECLINED, None),
    ("acme:Strange", Verdict.DECLINED, None),
    (None, Verdict.DECLINED, None),
]


def test_every_condition_of_the_language_has_a_row() -> None:
    assert set(nexo.ErrorCondition) <= {name for name, _, _ in CONDITIONS}


@pytest.mark.parametrize(("condition", "verdict", "refusal"), CONDITIONS)
def test_a_failure_is_never_an_approval(
    condition: str | None, verdict: Verdict, refusal: Refusal | None
) -> None:
    answer = read(failed(condition, "why not"))
    assert (answer.verdict, answer.refusal) == (verdict, refusal)
    assert (answer.condition, answer.message) == (condition or "", "why not")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Repeated Message: ServiceID 41", Verdict.UNCLEAR),
        ("Message already received", Verdict.UNCLEAR),
        ("duplicate service id", Verdict.UNCLEAR),
        ("Mandatory data absent: Currency", Verdict.REFUSED),
        (None, Verdict.REFUSED),
    ],
)
def test_a_repeated_message_may_have_begun(text: str | None, verdict: Verdict) -> None:
    assert read(failed("MessageFormat", text)).verdict is verdict


@pytest.mark.parametrize("result", ["Approved", "acme:Maybe", ""])
def test_a_class_that_nobody_knows_is_unclear(result: str) -> None:
    assert read(paid(response(result))).verdict is Verdict.UNCLEAR


def test_a_condition_beside_success_is_ignored() -> None:
    answer = read(paid(response("Success", "Busy")))
    assert (answer.verdict, answer.refusal, answer.condition) == (Verdict.APPROVED, None, "")


def test_an_approval_tells_all_that_a_result_needs() -> None:
    answer = read(paid())
    assert answer.verdict is Verdict.APPROVED
    assert answer.authorized == sek(3800)
    assert (answer.service_id, answer.sale_id, answer.poi_id) == ("41", "till-3", "A-POIID")
    assert (answer.reference, answer.sale_time) == ("order-2", SALE_TIME)
    assert answer.terminal_transaction == TransactionID(
        id="8778880185", time="2026-03-01T08:30:20.498Z"
    )
    assert answer.approval_code == "611506"
    assert answer.card is not None
    assert (answer.card.masked_pan, answer.card.brand) == ("516815******9659", "Mastercard Debit")
    assert (answer.card.entry_mode, answer.card.token) == ("Contactless", "6FD955")
    assert answer.signature_required is False


def test_what_comes_on_top_is_told_apart() -> None:
    told = amounts("45.00", total_fees_amount="2", tip_amount="5.00", cash_back_amount="10.0")
    answer = read(paid(told=told))
    assert (answer.authorized, answer.surcharge) == (sek(4500), sek(200))
    assert (answer.tip, answer.cashback) == (sek(500), sek(1000))


def test_a_rebate_is_told() -> None:
    answer = read(paid(told=amounts("30", total_rebates_amount="8")))
    assert (answer.authorized, answer.rebate) == (sek(3000), sek(800))


def test_a_tip_that_was_asked_for_is_taken_when_the_answer_keeps_silent() -> None:
    answer = read(paid(told=amounts("43.00")), payment(tip=sek(500)))
    assert (answer.authorized, answer.tip) == (sek(4300), sek(500))


def test_a_tip_that_the_answer_names_wins() -> None:
    answer = read(paid(told=amounts("44", tip_amount="6")), payment(tip=sek(500)))
    assert answer.tip == sek(600)


@pytest.mark.parametrize("authorized", ["38.001", "0.005", "1E-7"])
def test_an_amount_with_too_many_decimals_is_unclear(authorized: str) -> None:
    assert read(paid(told=amounts(authorized))).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize("authorized", ["-38.00", "99999999999999"])
def test_an_amount_that_no_sale_can_have_is_unclear(authorized: str) -> None:
    assert read(paid(told=amounts(authorized))).verdict is Verdict.UNCLEAR


@pytest.mark.parametrize("authorized", ["38", "38.0", "38.000", "3.8E1"])
def test_the_same_amount_is_written_in_many_ways(authorized: str) -> None:
    assert read(paid(told=amounts(authorized))).authorized == sek(3800)


def test_a_strange_amount_does_not_make_a_refusal_unclear() -> None:
    body = paid(response("Failure", "Refusal"), amounts("0.001"))
    assert read(body).verdict is Verdict.DECLINED


@pytest.mark.parametrize("currency", ["EUR", "XYZ", "eur"])
def test_another_currency_is_told_and_its_amount_is_not(currency: str) -> None:
    answer = read(paid(told=amounts("38.00", currency)))
    assert (answer.verdict, answer.authorized) == (Verdict.APPROVED, None)
    assert answer.foreign_currency == currency.upper()


@pytest.mark.parametrize("currency", [None, "SEK", "sek"])
def test_no_currency_means_the_sales(currency: str | None) -> None:
    assert read(paid(told=amounts("38.00", currency))).authorized == sek(3800)


def test_an_approval_without_amounts_is_one() -> None:
    answer = read(paid(payment_result=None))
    assert (answer.verdict, answer.authorized) == (Verdict.APPROVED, None)


def test_a_partial_approval_names_what_was_taken() -> None:
    answer = read(paid(response("Partial", "Refusal"), amounts("20.00")))
    assert (answer.verdict, answer.authorized) == (Verdict.APPROVED, sek(2000))


def test_a_partial_approval_without_an_amount_is_unclear() -> None:
    assert read(paid(response("Partial"), payment_result=None)).verdict is Verdict.UNCLEAR


def test_a_partial_approval_in_another_currency_keeps_its_currency() -> None:
    answer = read(paid(response("Partial"), amounts("20.00", "EUR")))
    assert (answer.verdict, answer.foreign_currency) == (Verdict.APPROVED, "EUR")


def test_amounts_that_cannot_be_read_at_all_are_unclear() -> None:
    document = {
        "SaleToPOIResponse": {
            "MessageHeader": {
                "MessageClass": "Service",
                "MessageCategory": "Payment",
                "MessageType": "Response",
                "ServiceID": "41",
                "SaleID": "till-3",
                "POIID": "A-POIID",
            },
            "PaymentResponse": {
                "Response": {"Result": "Success"},
                "PaymentResult": {"AmountsResp": "thirty-eight"},
            },
        }
    }
    message = nexo.decode(json.dumps(document).encode())
    assert isinstance(message.body, nexo.PaymentResponse)
    answer = money_answer(message.header, message.body, payment())
    assert answer.verdict is Verdict.UNCLEAR
    assert (answer.reference, answer.sale_time, answer.terminal_transaction) == (None, None, None)


def test_what_a_header_leaves_out_is_not_claimed() -> None:
    answer = read(paid(), service_id=None, sale_id="", poi_id="")
    assert (answer.service_id, answer.sale_id, answer.poi_id) == (None, None, None)


def test_an_answer_keeps_the_identity_that_it_claims() -> None:
    answer = read(paid(reference="order-1"), service_id="40")
    assert (answer.service_id, answer.reference) == ("40", "order-1")


def test_a_card_number_in_clear_is_masked() -> None:
    result = nexo.PaymentResult(
        payment_instrument_data=nexo.PaymentInstrumentData(
            payment_instrument_type="Card",
            card_data=nexo.CardData(masked_pan="5168150000009659"),
        )
    )
    answer = read(paid(payment_result=result))
    assert answer.card is not None
    assert answer.card.masked_pan == "516815******9659"


def receipt(copy: str, text: str, *, signed: bool | None = None) -> nexo.PaymentReceipt:
    return nexo.PaymentReceipt(
        document_qualifier=copy,
        required_signature_flag=signed,
        output_content=nexo.OutputContent(
            output_format="Text", output_text=(nexo.OutputText(text=text),)
        ),
    )


def test_receipts_come_with_the_answer() -> None:
    copies = (receipt("CashierReceipt", "38.00 SEK"), receipt("CustomerReceipt", "Thank you"))
    answer = read(paid(payment_receipt=copies))
    assert [(one.copy, one.lines) for one in answer.receipts] == [
        (Copy.CASHIER, ("38.00 SEK",)),
        (Copy.CUSTOMER, ("Thank you",)),
    ]


def test_a_receipt_to_sign_asks_for_a_signature() -> None:
    answer = read(paid(payment_receipt=(receipt("CashierReceipt", "38", signed=True),)))
    assert answer.signature_required is True


def test_the_signature_block_of_swedbanks_receipt_asks_for_a_signature() -> None:
    document = {"Merchant": {"Mandatory": {"Payment": {"SignatureBlock": True}}}}
    encoded = base64.b64encode(json.dumps(document).encode()).decode()
    assert read(paid(payment_receipt=(receipt("CashierReceipt", encoded),))).signature_required


def test_a_paper_signature_asks_for_a_signature() -> None:
    result = nexo.PaymentResult(authentication_method=("PaperSignature",), amounts_resp=amounts())
    assert read(paid(payment_result=result)).signature_required is True


def test_a_captured_signature_asks_for_none() -> None:
    result = nexo.PaymentResult(authentication_method=("SignatureCapture",), amounts_resp=amounts())
    assert read(paid(payment_result=result)).signature_required is False


ORIGINAL = Original(reference=Reference("order-1"), service_id=ServiceID("40"), amount=sek(3800))


def reversal(amount: Amount | None = None) -> MoneyOrder:
    return payment(Operation.REVERSAL, amount=amount, original=ORIGINAL)


def test_a_reversal_of_the_whole_is_approved_without_an_amount() -> None:
    answer = read(reversed_(), reversal())
    assert (answer.verdict, answer.authorized) == (Verdict.APPROVED, None)
    assert answer.reference is None
    assert answer.terminal_transaction is not None
    assert answer.terminal_transaction.id == "8778880186"


def test_a_reversed_amount_is_in_the_originals_currency() -> None:
    assert read(reversed_(amount="10.00"), reversal(sek(1000))).authorized == sek(1000)
    assert read(reversed_(amount="38"), reversal()).authorized == sek(3800)


def test_a_reversed_amount_with_too_many_decimals_is_unclear() -> None:
    assert read(reversed_(amount="10.001"), reversal(sek(1000))).verdict is Verdict.UNCLEAR


def test_a_refused_reversal_leaves_the_payment_standing() -> None:
    answer = read(reversed_(response("Failure", "NotFound")), reversal())
    assert answer.verdict is Verdict.DECLINED


def test_amounts_are_decimals_all_the_way() -> None:
    told = amounts()
    assert isinstance(told.authorized_amount, Decimal)
