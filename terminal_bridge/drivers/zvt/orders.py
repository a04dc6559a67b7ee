"""From the till's orders to commands. Pure."""

from __future__ import annotations

from typing import Any, Final

from opi_pos.model.errors import CapabilityError, UsageError
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from terminal_bridge.drivers.zvt.context import Terminal
from terminal_bridge.drivers.zvt.numbers import from_transaction
from terminal_bridge.drivers.zvt.profile import Booking, Signature
from terminal_bridge.zvt.messages import money
from terminal_bridge.zvt.messages.base import Message

PARTIAL_ALLOWED: Final = 1
GOODS_S: Final = 30
"""BMP 01 where the till holds the payment while the cashier decides."""


def message_of(  # noqa: PLR0911 - one line per operation
    order: MoneyOrder, terminal: Terminal, sync_id: bytes | None
) -> Message:
    """The command of a money order; raises `UsageError` for what ZVT cannot say.

    `sync_id`: of the last status information, empty for none; None where it is not understood.
    """
    _check_currency(order, terminal)
    match order.operation:
        case Operation.PAYMENT:
            return _payment(order, terminal, sync_id)
        case Operation.REFUND:
            return money.Refund(password=terminal.password, **_sum(order), sync_id=sync_id)
        case Operation.REVERSAL:
            return money.Reversal(
                password=terminal.password,
                receipt_no=_receipt(order),
                **_original_sum(order),
                sync_id=sync_id,
            )
        case Operation.RESERVATION:
            return money.Reservation(**_sum(order), **_timed(terminal), sync_id=sync_id)
        case Operation.COMPLETION:
            return _booking(order, terminal)
        case Operation.RELEASE:
            return money.ReservationReversal(receipt_no=_receipt(order), **_original_sum(order))
        case Operation.TIP_ADJUSTMENT:
            return money.BookTip(receipt_no=_receipt(order), **_sum(order))


def _check_currency(order: MoneyOrder, terminal: Terminal) -> None:
    allowed = terminal.profile.currencies
    currency = _amount_of(order).currency if order.amount is not None else ""
    if currency and allowed and currency not in allowed:
        raise CapabilityError("currency", f"this terminal takes {', '.join(allowed)} only")


def _amount_of(order: MoneyOrder) -> Amount:
    if order.amount is None:
        raise UsageError("amount: this order needs one")
    return order.amount


def _sum(order: MoneyOrder) -> dict[str, Any]:
    amount = _amount_of(order)
    return {"amount": amount.minor, "currency": amount.currency}


def _original_sum(order: MoneyOrder) -> dict[str, Any]:
    """Amount and currency of what is undone, where the till knows them."""
    original = order.original.amount if order.original is not None else None
    amount = order.amount or original
    return {} if amount is None else {"amount": amount.minor, "currency": amount.currency}


def _payment(order: MoneyOrder, terminal: Terminal, sync_id: bytes | None) -> money.Authorisation:
    amount = _amount_of(order)
    tip = order.tip.minor if order.tip is not None else None
    return money.Authorisation(
        amount=amount.minor + (tip or 0),
        currency=amount.currency,
        payment_type=_payment_type(terminal),
        tip=tip,
        cashback=order.cashback.minor if order.cashback is not None else None,
        partial_approval=PARTIAL_ALLOWED if order.allow_partial else None,
        sync_id=sync_id,
        **_timed(terminal),
    )


def _payment_type(terminal: Terminal) -> int | None:
    """BMP 19. Only a payment that was marked takes a tip by 06 0C."""
    kind = terminal.profile.payment_type
    if not terminal.options.tippable:
        return kind
    return (money.TERMINAL_DECIDES if kind is None else kind) | money.TIPPABLE


def _timed(terminal: Terminal) -> dict[str, Any]:
    """How long and how often the terminal waits for the answer to 04 0F."""
    if terminal.signature is Signature.HOLD:
        goods_s = terminal.profile.goods_s or GOODS_S
        return {"timeout_s": goods_s, "max_status_infos": terminal.profile.holds}
    return {"timeout_s": terminal.profile.goods_s} if terminal.profile.goods_s else {}


def _booking(order: MoneyOrder, terminal: Terminal) -> Message:
    if terminal.profile.booking is Booking.TOTAL:
        return money.BookTotal(**_reference(order), **_sum(order))
    reserved = order.original.amount if order.original is not None else None
    if reserved is None:
        raise UsageError("original: the amount that was reserved is not known")
    used = _amount_of(order)
    if used.minor > reserved.minor:
        raise UsageError("amount: more than was reserved")
    return money.PartialReversal(
        **_reference(order), amount=reserved.minor - used.minor, currency=used.currency
    )


def _reference(order: MoneyOrder) -> dict[str, Any]:
    """A receipt number is enough on the terminal that made the reservation; trace and approval
    code find it on any.
    """
    original = order.original
    if original is None:
        raise UsageError("original: this order needs the transaction that it is about")
    numbers = from_transaction(original.transaction)
    if numbers.receipt:
        return {"receipt_no": numbers.receipt}
    if numbers.trace and original.approval_code:
        return {"trace_no": numbers.trace[-6:], "approval_code": original.approval_code}
    raise UsageError("original: has no receipt number of the terminal's")


def _receipt(order: MoneyOrder) -> str:
    reference = _reference(order)
    if "receipt_no" not in reference:
        raise UsageError("original: has no receipt number of the terminal's")
    receipt: str = reference["receipt_no"]
    return receipt
