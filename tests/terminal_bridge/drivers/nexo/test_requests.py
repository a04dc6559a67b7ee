"""Orders as nexo messages: what stands on the wire for each of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.model.errors import CapabilityError, ProtocolError, UsageError
from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import (
    AskCustomer,
    AskStatus,
    CloseDay,
    Command,
    Converse,
    Diagnose,
    Integration,
    Login,
    Logout,
    MoneyOrder,
    Order,
    Original,
    PrintOnTerminal,
    ReadCard,
    SaleItem,
    ShowCustomer,
    StopExchange,
    Totals,
)
from opi_pos.model.results import Operation, TransactionID
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.requests import Till, abort_of, body_of, category_of

NOW = datetime(2026, 3, 1, 9, 30, 5, 250_000, tzinfo=timezone(timedelta(hours=1)))
TILL = Till(
    software=nexo.SaleSoftware(
        provider_identification="Shop Ltd", application_name="Till", software_version="7.2"
    ),
    profile=nexo.profile("plain-json"),
    language="sv",
)
SALE_TIME = "2026-03-01T09:30:00+01:00"
ORIGINAL = Original(
    reference=Reference("order-1"),
    service_id=ServiceID("40"),
    transaction=TransactionID(id="8778880185", time="2023-08-24T15:04:00.498Z"),
    amount=Amount(minor=3800, currency="SEK"),
    approval_code="611506",
    poi_id=POIID("A-POIID"),
)


def command(order: Order) -> Command:
    return Command(
        order=order,
        service_id=ServiceID("41"),
        sale_id=SaleID("till-3"),
        poi_id=POIID("A-POIID"),
    )


def money(operation: Operation = Operation.PAYMENT, **members: Any) -> MoneyOrder:
    members.setdefault("amount", Amount(minor=3800, currency="SEK"))
    return MoneyOrder(
        operation=operation, reference=Reference("order-2"), sale_time=SALE_TIME, **members
    )


def body(order: Order) -> Any:
    """The body as a terminal reads it: written strictly, then decoded."""
    made = body_of(command(order), TILL, NOW)
    header = nexo.header_for(made, sale_id="till-3", poi_id="A-POIID", service_id="41")
    if header.message_class == "Device":
        header = nexo.header_for(
            made, sale_id="till-3", poi_id="A-POIID", service_id="41", device_id="41"
        )
    written = nexo.encode(nexo.Message(header=header, body=made), nexo.Encoding.XML)
    return nexo.decode(written).body


@pytest.mark.parametrize(
    ("operation", "payment_type"),
    [
        (Operation.PAYMENT, "Normal"),
        (Operation.REFUND, "Refund"),
        (Operation.RESERVATION, "OneTimeReservation"),
        (Operation.COMPLETION, "Completion"),
    ],
)
def test_an_operation_is_a_payment_type(operation: Operation, payment_type: str) -> None:
    assert body(money(operation)).payment_data.payment_type == payment_type


def test_a_payment_carries_reference_and_sale_time_as_its_transaction_id() -> None:
    sale = body(money()).sale_data.sale_transaction_id
    assert (sale.transaction_id, sale.time_stamp) == ("order-2", SALE_TIME)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Amount(minor=3800, currency="SEK"), "38.00"),
        (Amount(minor=5, currency="EUR"), "0.05"),
        (Amount(minor=1200, currency="JPY"), "1200"),
        (Amount(minor=1250, currency="KWD"), "1.250"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(amount: Amount, text: str) -> None:
    asked = body(money(amount=amount)).payment_transaction.amounts_req
    assert (asked.currency, str(asked.requested_amount)) == (amount.currency, text)


def test_a_tip_comes_on_top_of_the_amount_and_cashback_is_part_of_it() -> None:
    asked = body(
        money(tip=Amount(minor=200, currency="SEK"), cashback=Amount(minor=1000, currency="SEK"))
    ).payment_transaction.amounts_req
    assert (asked.requested_amount, asked.tip_amount, asked.cash_back_amount) == (
        Decimal("40.00"),
        Decimal("2.00"),
        Decimal("10.00"),
    )


def test_without_tip_and_cashback_their_members_are_absent() -> None:
    asked = body(money()).payment_transaction.amounts_req
    assert (asked.tip_amount, asked.cash_back_amount, asked.minimum_amount_to_deliver) == (
        None,
        None,
        None,
    )


def test_a_partial_approval_is_allowed_by_the_smallest_amount_to_deliver() -> None:
    asked = body(money(allow_partial=True)).payment_transaction.amounts_req
    assert str(asked.minimum_amount_to_deliver) == "0.01"


def test_operator_language_and_items_are_told() -> None:
    item = SaleItem(
        product_code="4711",
        amount=Amount(minor=1900, currency="SEK"),
        quantity="2",
        label="Coffee",
    )
    made = body(money(operator="anna", language="fi", items=(item, item)))
    transaction = made.payment_transaction
    assert made.sale_data.operator_id == "anna"
    assert transaction.transaction_conditions.customer_language == "fi"
    assert [(one.item_id, one.product_code) for one in transaction.sale_item] == [
        (0, "4711"),
        (1, "4711"),
    ]
    assert transaction.sale_item[0].quantity == Decimal(2)
    assert transaction.sale_item[0].product_label == "Coffee"


def test_a_product_code_that_nexo_cannot_write_names_its_place() -> None:
    item = SaleItem(product_code="ABC", amount=Amount(minor=1900, currency="SEK"))
    with pytest.raises(ProtocolError, match=r"SaleItem\[0\]\.ProductCode"):
        body(money(items=(item,)))


def test_a_linked_refund_names_the_original_as_the_terminal_wrote_it() -> None:
    original = body(
        money(Operation.REFUND, original=ORIGINAL)
    ).payment_transaction.original_poi_transaction
    named = original.poi_transaction_id
    assert (named.transaction_id, named.time_stamp) == ("8778880185", "2023-08-24T15:04:00.498Z")
    assert (original.poi_id, original.approval_code) == ("A-POIID", "611506")


def test_an_unlinked_refund_names_none() -> None:
    made = body(money(Operation.REFUND))
    assert made.payment_transaction.original_poi_transaction is None


def test_a_reversal_of_the_whole_names_no_amount() -> None:
    made = body(money(Operation.REVERSAL, amount=None, original=ORIGINAL))
    named = made.original_poi_transaction.poi_transaction_id
    assert made.reversed_amount is None
    assert (named.transaction_id, named.time_stamp) == ("8778880185", "2023-08-24T15:04:00.498Z")


def test_a_reversal_of_the_very_amount_is_one_of_the_whole() -> None:
    made = body(money(Operation.REVERSAL, amount=ORIGINAL.amount, original=ORIGINAL))
    assert made.reversed_amount is None


def test_a_reversal_of_a_part_names_the_part() -> None:
    part = Amount(minor=1000, currency="SEK")
    made = body(money(Operation.REVERSAL, amount=part, original=ORIGINAL))
    assert str(made.reversed_amount) == "10.00"


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("merchant", "MerchantCancel"),
        ("customer", "CustCancel"),
        ("malfunction", "Malfunction"),
        ("signature_declined", "MerchantCancel"),
        ("something else", "MerchantCancel"),
    ],
)
def test_a_reversal_gives_its_reason(reason: str, word: str) -> None:
    made = body(money(Operation.REVERSAL, original=ORIGINAL, reason=reason))
    assert made.reversal_reason == word


def test_a_release_is_a_reversal_of_the_reservation() -> None:
    made = body(money(Operation.RELEASE, amount=None, original=ORIGINAL))
    assert type(made).__name__ == "ReversalRequest"
    assert category_of(Operation.RELEASE) == "Reversal"


def test_a_reversal_without_a_transaction_of_the_terminals_is_refused_here() -> None:
    unnamed = Original(reference=Reference("order-1"), service_id=ServiceID("40"))
    with pytest.raises(UsageError, match="order-1"):
        body(money(Operation.REVERSAL, original=unnamed))


def test_a_reversal_without_an_original_is_refused_here() -> None:
    with pytest.raises(UsageError, match="original"):
        body(money(Operation.REVERSAL))


def test_a_payment_without_an_amount_is_refused_here() -> None:
    with pytest.raises(UsageError, match="amount"):
        body(money(amount=None))


def test_nexo_has_no_tip_adjustment() -> None:
    with pytest.raises(CapabilityError, match="tip_adjustment"):
        body(money(Operation.TIP_ADJUSTMENT))


def test_a_light_login_has_a_printer_and_nothing_else() -> None:
    made = body(Login(integration=Integration.LIGHT))
    assert made.sale_terminal_data.sale_capabilities == ("PrinterReceipt",)


def test_a_full_login_has_displays_and_input() -> None:
    made = body(Login(integration=Integration.FULL, operator="anna", language="no"))
    assert made.sale_terminal_data.sale_capabilities == (
        "CashierStatus",
        "CashierError",
        "CashierDisplay",
        "POIReplication",
        "CustomerAssistance",
        "CashierInput",
        "PrinterReceipt",
    )
    assert (made.operator_id, made.operator_language) == ("anna", "no")


def test_a_login_tells_the_time_with_its_offset_and_who_the_till_is() -> None:
    made = body(Login(integration=Integration.LIGHT))
    assert made.date_time == "2026-03-01T09:30:05+01:00"
    assert made.operator_language == "sv"
    assert made.sale_software.application_name == "Till"
    assert made.sale_terminal_data.terminal_environment == "Attended"


@pytest.mark.parametrize("allowed", [True, False])
def test_a_logout_says_whether_maintenance_may_begin(allowed: bool) -> None:
    assert body(Logout(maintenance_allowed=allowed)).maintenance_allowed is allowed


@pytest.mark.parametrize(
    ("operation", "category"),
    [(Operation.PAYMENT, "Payment"), (Operation.REVERSAL, "Reversal")],
)
def test_a_status_names_the_message_that_it_asks_about(operation: Operation, category: str) -> None:
    asked = AskStatus(service_id=ServiceID("40"), order=money(operation, original=ORIGINAL))
    named = body(asked).message_reference
    assert (named.message_category, named.service_id, named.sale_id, named.poi_id) == (
        category,
        "40",
        "till-3",
        "A-POIID",
    )
    assert body(asked).receipt_reprint_flag is None


def test_a_reprint_asks_for_both_receipts() -> None:
    asked = body(AskStatus(service_id=ServiceID("40"), order=money(), reprint=True))
    assert asked.receipt_reprint_flag is True
    assert asked.document_qualifier == ("CashierReceipt", "CustomerReceipt")


def test_an_abort_names_its_target() -> None:
    made = abort_of(command(StopExchange(target=ServiceID("40"))), "Payment", ServiceID("40"))
    named = made.message_reference
    assert (named.message_category, named.service_id, named.device_id) == ("Payment", "40", None)
    assert (named.sale_id, named.poi_id) == ("till-3", "A-POIID")


def test_what_another_till_sent_is_named_as_it_was_sent() -> None:
    theirs = SaleID("till-7")
    asked = body(AskStatus(service_id=ServiceID("40"), order=money(), sale_id=theirs))
    assert asked.message_reference.sale_id == theirs
    stop = StopExchange(target=ServiceID("40"), sale_id=theirs)
    assert abort_of(command(stop), "Payment", ServiceID("40")).message_reference.sale_id == theirs


def test_an_abort_of_a_customer_dialogue_names_its_device_id() -> None:
    made = abort_of(command(StopExchange(target=ServiceID("40"))), "Input", ServiceID("40"))
    assert made.message_reference.device_id == "40"


@pytest.mark.parametrize("host", [True, False])
def test_a_diagnosis_asks_for_the_host(host: bool) -> None:
    assert body(Diagnose(host=host)).host_diagnosis_flag is host


def test_totals_and_close_of_day_are_two_messages() -> None:
    assert type(body(Totals())).__name__ == "GetTotalsRequest"
    assert body(CloseDay()).reconciliation_type == "SaleReconciliation"


def test_reading_a_card_with_an_amount_allows_contactless() -> None:
    order = ReadCard(
        reference=Reference("order-2"),
        sale_time=SALE_TIME,
        amount=Amount(minor=3800, currency="SEK"),
    )
    asked = body(order).card_acquisition_transaction
    assert (str(asked.total_amount), asked.payment_type) == ("38.00", "Normal")


def test_lines_are_shown_to_the_customer() -> None:
    output = body(ShowCustomer(lines=("Welcome", "to the shop"))).display_output[0]
    assert (output.device, output.info_qualify) == ("CustomerDisplay", "Display")
    assert [text.text for text in output.output_content.output_text] == ["Welcome", "to the shop"]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("confirm", "GetConfirmation"),
        ("digits", "DigitString"),
        ("text", "TextString"),
        ("menu", "GetMenuEntry"),
    ],
)
def test_a_question_to_the_customer_is_an_input_command(kind: str, word: str) -> None:
    order = AskCustomer(kind=kind, lines=("Member?",), choices=("Yes", "No"), min_length=1)
    made = body(order)
    sized = kind in {"digits", "text"}
    assert made.input_data.input_command == word
    assert made.input_data.max_input_time == 60
    assert made.input_data.min_length == (1 if sized else None)
    assert made.display_output.response_required_flag is None
    assert len(made.display_output.menu_entry) == 2


def test_an_unknown_kind_of_question_is_refused_here() -> None:
    with pytest.raises(UsageError, match="kind"):
        body(AskCustomer(kind="iris", lines=()))


def test_lines_are_printed_on_the_terminal() -> None:
    output = body(PrintOnTerminal(lines=("Thank you",))).print_output
    assert (output.document_qualifier, output.response_mode) == ("SaleReceipt", "PrintEnd")


def test_any_nexo_body_can_be_carried() -> None:
    made = body(Converse(message=nexo.AdminRequest(service_identification="OM02")))
    assert made.service_identification == "OM02"


def test_what_is_no_nexo_message_is_refused_here() -> None:
    with pytest.raises(UsageError, match="message"):
        body(Converse(message={"PaymentRequest": {}}))
