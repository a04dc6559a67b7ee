"""What the till orders, as nexo messages. Pure: ids and times come with the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from opi_pos.model.errors import CapabilityError, UsageError
from opi_pos.model.ids import ServiceID
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
    Original,
    PrintOnTerminal,
    ReadCard,
    SaleItem,
    ShowCustomer,
    StopExchange,
    Totals,
)
from opi_pos.model.results import Operation
from opi_pos.wire import nexo

REVERSALS: Final = frozenset({Operation.REVERSAL, Operation.RELEASE})
"""What nexo undoes by a ReversalRequest; the rest are PaymentRequests."""

_PAYMENT_TYPES: Final = {
    Operation.PAYMENT: nexo.PaymentType.NORMAL,
    Operation.REFUND: nexo.PaymentType.REFUND,
    Operation.RESERVATION: nexo.PaymentType.ONE_TIME_RESERVATION,
    Operation.COMPLETION: nexo.PaymentType.COMPLETION,
}
_REASONS: Final = {
    "merchant": nexo.ReversalReason.MERCHANT_CANCEL,
    "customer": nexo.ReversalReason.CUST_CANCEL,
    "malfunction": nexo.ReversalReason.MALFUNCTION,
    # Swedbank's guide: MerchantCancel is for what an operator decides.
    "signature_declined": nexo.ReversalReason.MERCHANT_CANCEL,
}
_INPUTS: Final = {
    "confirm": nexo.InputCommand.GET_CONFIRMATION,
    "digits": nexo.InputCommand.DIGIT_STRING,
    "text": nexo.InputCommand.TEXT_STRING,
    "menu": nexo.InputCommand.GET_MENU_ENTRY,
}
_WITH_LENGTH: Final = frozenset({"digits", "text"})
"""MinLength and MaxLength belong to these alone (nexo.md section 1.6)."""

_WITH_DEVICE_ID: Final = frozenset({"Display", "Input", "Print"})
"""Categories of class Device that a till begins and may abort."""

ABORT_REASON: Final = "MerchantAbort"
"""Free text in the specification; Adyen wants this word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """What a login tells of this till, and the dialect it speaks."""

    software: nexo.SaleSoftware
    profile: nexo.Profile
    language: str = "en"


def body_of(command: Command, till: Till, now: datetime) -> nexo.Element:
    """The body of the message that carries out `command.order`.

    Raises `CapabilityError` for what nexo cannot say, `UsageError` for what is missing.
    """
    match command.order:
        case MoneyOrder() as order if order.operation in REVERSALS:
            return _reversal(order, command)
        case MoneyOrder() as order:
            return _payment(order, command)
        case Login() as order:
            return _login(order, till, now)
        case Logout() as order:
            allowed = order.maintenance_allowed or till.profile.maintenance_allowed_default
            return nexo.LogoutRequest(maintenance_allowed=allowed)
        case AskStatus() as order:
            return _status(order, command)
        case _:
            return _service(command)


def _service(command: Command) -> nexo.Element:
    match command.order:
        case Diagnose() as order:
            return nexo.DiagnosisRequest(host_diagnosis_flag=order.host)
        case Totals():
            return nexo.GetTotalsRequest()
        case CloseDay():
            return nexo.ReconciliationRequest(
                reconciliation_type=nexo.ReconciliationType.SALE_RECONCILIATION
            )
        case ReadCard() as order:
            return _card_acquisition(order)
        case Converse() as order:
            return _own_body(order.message)
        case _:
            return _to_customer(command)


def _to_customer(command: Command) -> nexo.Element:
    match command.order:
        case ShowCustomer() as order:
            return nexo.DisplayRequest(display_output=(_output(order.lines),))
        case AskCustomer() as order:
            return _input(order)
        case PrintOnTerminal() as order:
            return _print(order)
        case _:
            raise CapabilityError("services", f"nexo cannot {type(command.order).__name__}")


def abort_of(command: Command, category: str, target: ServiceID) -> nexo.AbortRequest:
    """The wish that the exchange with `target` stops."""
    device = command.device_id or target if category in _WITH_DEVICE_ID else None
    sent_as = command.order.sale_id if isinstance(command.order, StopExchange) else None
    return nexo.AbortRequest(
        message_reference=nexo.MessageReference(
            message_category=category,
            service_id=target,
            device_id=device,
            sale_id=sent_as or command.sale_id,
            poi_id=command.poi_id,
        ),
        abort_reason=ABORT_REASON,
    )


def category_of(operation: Operation) -> str:
    """The MessageCategory of an operation."""
    return nexo.MessageCategory.REVERSAL if operation in REVERSALS else nexo.MessageCategory.PAYMENT


def is_device(header: nexo.MessageHeader) -> bool:
    """Whether a message carries a DeviceID of its own."""
    return header.message_class == nexo.MessageClass.DEVICE


# --- money ---


def _payment(order: MoneyOrder, command: Command) -> nexo.PaymentRequest:
    payment_type = _PAYMENT_TYPES.get(order.operation)
    if payment_type is None:
        raise CapabilityError(order.operation.value, f"nexo cannot {order.operation.value}")
    return nexo.PaymentRequest(
        sale_data=nexo.SaleData(
            operator_id=order.operator or None,
            sale_transaction_id=nexo.TransactionIdentification(
                transaction_id=order.reference, time_stamp=order.sale_time
            ),
        ),
        payment_transaction=nexo.PaymentTransaction(
            amounts_req=_amounts(order),
            original_poi_transaction=(
                _original(order.original, command) if order.original is not None else None
            ),
            transaction_conditions=_conditions(order),
            sale_item=tuple(_item(item, place) for place, item in enumerate(order.items)),
        ),
        payment_data=nexo.PaymentData(payment_type=payment_type),
    )


def _amounts(order: MoneyOrder) -> nexo.AmountsReq:
    if order.amount is None:
        raise UsageError(f"amount: a {order.operation.value} needs one")
    asked = order.amount
    if order.tip is not None:
        # DataMesh documents that RequestedAmount includes the tip; taken for all [inferred].
        asked = asked.with_minor(asked.minor + order.tip.minor)
    smallest = asked.with_minor(1).to_decimal() if order.allow_partial else None
    return nexo.AmountsReq(
        currency=asked.currency,
        requested_amount=asked.to_decimal(),
        cash_back_amount=_decimal(order.cashback),
        tip_amount=_decimal(order.tip),
        minimum_amount_to_deliver=smallest,
    )


def _decimal(amount: Amount | None) -> Decimal | None:
    return amount.to_decimal() if amount is not None else None


def _conditions(order: MoneyOrder) -> nexo.TransactionConditions | None:
    if not order.language:
        return None
    return nexo.TransactionConditions(customer_language=order.language)


def _item(item: SaleItem, place: int) -> nexo.SaleItem:
    return nexo.SaleItem(
        item_id=place,
        product_code=item.product_code,
        item_amount=item.amount.to_decimal(),
        quantity=Decimal(item.quantity),
        product_label=item.label or None,
    )


def _original(original: Original, command: Command) -> nexo.OriginalPOITransaction:
    """Id and time are copied as the terminal wrote them."""
    if original.transaction is None:
        raise UsageError(
            f"original {original.reference}: the terminal named no transaction for it;"
            " undo it at the terminal, or refund without the original"
        )
    return nexo.OriginalPOITransaction(
        sale_id=command.sale_id,
        poi_id=original.poi_id or command.poi_id,
        poi_transaction_id=nexo.TransactionIdentification(
            transaction_id=original.transaction.id, time_stamp=original.transaction.time
        ),
        approval_code=original.approval_code or None,
    )


def _reversal(order: MoneyOrder, command: Command) -> nexo.ReversalRequest:
    if order.original is None:
        raise UsageError(f"original: a {order.operation.value} needs one")
    whole = order.amount is None or order.amount == order.original.amount
    return nexo.ReversalRequest(
        reversal_reason=_REASONS.get(order.reason, nexo.ReversalReason.MERCHANT_CANCEL),
        # Absent: the whole authorised amount.
        reversed_amount=None if whole else _decimal(order.amount),
        original_poi_transaction=_original(order.original, command),
    )


def _status(order: AskStatus, command: Command) -> nexo.TransactionStatusRequest:
    return nexo.TransactionStatusRequest(
        receipt_reprint_flag=order.reprint or None,
        message_reference=nexo.MessageReference(
            message_category=category_of(order.order.operation),
            service_id=order.service_id,
            sale_id=order.sale_id or command.sale_id,
            poi_id=command.poi_id,
        ),
        document_qualifier=("CashierReceipt", "CustomerReceipt") if order.reprint else (),
    )


# --- without money ---


def _login(order: Login, till: Till, now: datetime) -> nexo.LoginRequest:
    """A till that declares PrinterReceipt only is asked nothing (nexo.md section 1.10)."""
    profile = till.profile
    full = order.integration is Integration.FULL
    return nexo.LoginRequest(
        operator_language=order.language or till.language,
        operator_id=order.operator or None,
        date_time=now.isoformat(timespec="seconds"),
        sale_software=till.software,
        sale_terminal_data=nexo.SaleTerminalData(
            terminal_environment=profile.terminal_environment,
            sale_capabilities=profile.full_capabilities if full else profile.light_capabilities,
            sale_profile=nexo.SaleProfile(
                generic_profile=profile.generic_profile, service_profiles=profile.service_profiles
            ),
        ),
    )


def _card_acquisition(order: ReadCard) -> nexo.CardAcquisitionRequest:
    return nexo.CardAcquisitionRequest(
        sale_data=nexo.SaleData(
            sale_transaction_id=nexo.TransactionIdentification(
                transaction_id=order.reference, time_stamp=order.sale_time
            )
        ),
        card_acquisition_transaction=nexo.CardAcquisitionTransaction(
            total_amount=_decimal(order.amount),
            # Contactless reading needs both (nexo.md section 1.6).
            payment_type=nexo.PaymentType.NORMAL if order.amount is not None else None,
        ),
    )


def _texts(lines: tuple[str, ...]) -> nexo.OutputContent:
    return nexo.OutputContent(
        output_format=nexo.OutputFormat.TEXT,
        output_text=tuple(nexo.OutputText(text=line) for line in lines),
    )


def _output(lines: tuple[str, ...], choices: tuple[str, ...] = ()) -> nexo.DisplayOutput:
    return nexo.DisplayOutput(
        device=nexo.Device.CUSTOMER_DISPLAY,
        info_qualify=nexo.InfoQualify.DISPLAY,
        output_content=_texts(lines),
        menu_entry=tuple(
            nexo.MenuEntry(
                output_format=nexo.OutputFormat.TEXT, output_text=(nexo.OutputText(text=choice),)
            )
            for choice in choices
        ),
    )


def _input(order: AskCustomer) -> nexo.InputRequest:
    command = _INPUTS.get(order.kind)
    if command is None:
        raise UsageError(f"kind: must be one of {', '.join(_INPUTS)}, not {order.kind!r}")
    sized = order.kind in _WITH_LENGTH
    return nexo.InputRequest(
        display_output=_output(order.lines, order.choices),
        input_data=nexo.InputData(
            device=nexo.Device.CUSTOMER_INPUT,
            info_qualify=nexo.InfoQualify.INPUT,
            input_command=command,
            max_input_time=order.max_s,
            min_length=order.min_length if sized else None,
            max_length=order.max_length if sized else None,
        ),
    )


def _print(order: PrintOnTerminal) -> nexo.PrintRequest:
    return nexo.PrintRequest(
        print_output=nexo.PrintOutput(
            document_qualifier=nexo.DocumentQualifier.SALE_RECEIPT,
            response_mode=nexo.ResponseMode.PRINT_END,
            output_content=_texts(order.lines),
        )
    )


def _own_body(message: Any) -> nexo.Element:
    body = message.body if isinstance(message, nexo.Message) else message
    if not isinstance(body, nexo.Element):
        raise UsageError("message: must be a nexo message or its body (opi_pos.wire.nexo)")
    return body
