"""A till's order as the API has it. What the API has no word for is refused before it is sent."""

from __future__ import annotations

from typing import Final

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.currencies import NUMBERS
from opi_pos.model.errors import CapabilityError, UsageError
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.wire import viva

KINDS: Final = {
    Operation.PAYMENT: viva.OrderKind.SALE,
    Operation.RESERVATION: viva.OrderKind.SALE,
    Operation.REFUND: viva.OrderKind.REFUND,
    Operation.COMPLETION: viva.OrderKind.COMPLETION,
}


def order_of(
    order: MoneyOrder, capabilities: Capabilities, session_id: str, register: str
) -> viva.Order:
    """The order to send, but for the terminal. Raises `CapabilityError` or `UsageError`."""
    _refuse_what_it_lacks(order, capabilities)
    if order.amount is None:
        raise UsageError("amount: missing")
    number = NUMBERS.get(order.amount.currency)
    if number is None:
        raise UsageError(f"currency: {order.amount.currency} has no number in ISO 4217")
    tip = order.tip.minor if order.tip is not None else 0
    return viva.Order(
        session_id=session_id,
        parent_session_id=_parent(order),
        terminal_id="",
        cash_register_id=register,
        amount=order.amount.minor + tip,
        currency_code=number,
        merchant_reference=order.reference,
        preauth=order.operation is Operation.RESERVATION,
        tip_amount=tip,
    )


def _refuse_what_it_lacks(order: MoneyOrder, capabilities: Capabilities) -> None:
    if order.operation not in capabilities.operations:
        raise CapabilityError(order.operation.value, "Viva's API cannot do that")
    tipped = order.tip is not None and order.operation is not Operation.PAYMENT
    wanted = {
        "tip": tipped or (order.tip is not None and not capabilities.tip),
        "cashback": order.cashback is not None,
        "partial_approval": order.allow_partial,
    }
    for name, is_wanted in wanted.items():
        if is_wanted:
            raise CapabilityError(name, "Viva's API cannot do that")


def _parent(order: MoneyOrder) -> str:
    """The session that a refund or a capture is about: `TransactionID.id` of its result."""
    if KINDS[order.operation] is viva.OrderKind.SALE:
        return ""
    original = order.original.transaction if order.original is not None else None
    if original is None or not original.id:
        raise CapabilityError(
            order.operation.value, "Viva pays back and captures only what the till names"
        )
    return original.id
