"""From what a foreign till asks to an order, with an own key and the original it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from listener.faces.nexo.originals import Originals
from listener.faces.originals import original_of, whole_of
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.results import Operation, TransactionID
from opi_pos.poi.nexo import originals, texts
from opi_pos.poi.nexo.answers import Response
from opi_pos.poi.nexo.requests import Header, Kind, Payment, Request, Reversal, SaleData
from opi_pos.runtime.sale_system import SaleSystem

OPERATIONS: Final = {
    Kind.NORMAL: Operation.PAYMENT,
    Kind.REFUND: Operation.REFUND,
    Kind.ONE_TIME_RESERVATION: Operation.RESERVATION,
    Kind.FIRST_RESERVATION: Operation.RESERVATION,
    Kind.COMPLETION: Operation.COMPLETION,
}
_REASONS: Final = {"CustCancel": "customer", "Malfunction": "malfunction"}


class Extras(msgspec.Struct, frozen=True, kw_only=True):
    """Of a request, beside what the rules need of it."""

    language: str = ""
    allow_partial: bool = False
    """MinimumAmountToDeliver says that less is good enough."""
    reason: str = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One money request of a till."""

    header: Header
    request: Payment | Reversal
    extras: Extras
    key: Reference
    """Minted by the face, used nowhere else; also our POITransactionID."""
    begun: str
    """ISO 8601; the time of our POITransactionID."""


class Asking:
    """Makes orders for one face."""

    def __init__(self, face: str, till: SaleSystem, poi: str) -> None:
        self._face = face
        self._originals = Originals(till, poi)

    async def order(self, asked: Asked, can: Capabilities | None) -> MoneyOrder | Response:
        """The order, or why it cannot be carried out."""
        if isinstance(asked.request, Payment):
            return await self._payment(asked, asked.request, can)
        return await self._reversal(asked, asked.request)

    async def _payment(
        self, asked: Asked, request: Payment, can: Capabilities | None
    ) -> MoneyOrder | Response:
        operation = OPERATIONS.get(Kind(request.kind)) if request.kind in set(Kind) else None
        if operation is None or (can is not None and operation not in can.operations):
            return texts.unavailable(f"PaymentType {request.kind}")
        malformed = originals.malformed_amount(request)
        if malformed is not None:
            return malformed
        if request.amount is None:
            return texts.unavailable(f"{request.kind} without RequestedAmount")
        amount = _without_tip(request.amount, request.tip)
        if amount is None:
            return texts.malformed("Invalid value: TipAmount")
        original = await self._original(request, request.amount)
        if isinstance(original, Response):
            return original
        partial = asked.extras.allow_partial and (can is None or can.partial_approval)
        return self._order(
            asked,
            operation,
            amount=amount,
            tip=request.tip,
            cashback=request.cashback,
            original=original,
            allow_partial=partial,
        )

    async def _original(self, request: Payment, amount: Amount) -> Original | Response | None:
        if not request.original and request.kind not in originals.NEEDS_RESERVATION:
            return None
        row = await self._originals.find(request.original)
        left = await self._originals.left_of(row) if row is not None else None
        if row is None or left is None:
            return originals.NOT_FOUND
        is_reservation = row.order.operation is Operation.RESERVATION
        refused = originals.refusal_of(
            request, is_reservation=is_reservation, amount=amount, left=left
        )
        return refused or original_of(row)

    async def _reversal(self, asked: Asked, request: Reversal) -> MoneyOrder | Response:
        row = await self._originals.find_reversed(request)
        left = await self._originals.left_of(row) if row is not None else None
        if row is None or left is None:
            return originals.NOT_FOUND
        amount = originals.amount_to_reverse(request.amount, left)
        if isinstance(amount, Response):
            return amount
        whole = amount == whole_of(row)
        release = whole and row.order.operation is Operation.RESERVATION
        return self._order(
            asked,
            Operation.RELEASE if release else Operation.REVERSAL,
            amount=None if whole else amount,
            original=original_of(row),
            reason=asked.extras.reason,
        )

    def _order(self, asked: Asked, operation: Operation, **words: Any) -> MoneyOrder:
        request = asked.request
        sale = request.sale
        return MoneyOrder(
            operation=operation,
            reference=asked.key,
            sale_time=asked.begun,
            operator=sale.operator if sale is not None else "",
            language=asked.extras.language,
            foreign=foreign_of(self._face, asked),
            **words,
        )


def foreign_of(face: str, asked: Asked) -> dict[str, Any]:
    """What the journal keeps so that this request can be answered after a restart. Names are those
    that the journal takes for ids, so that it masks none of them.
    """
    header, request = asked.header, asked.request
    kept: dict[str, Any] = {
        "face": face,
        "nexo": header.category,
        "service_id": header.service_id,
        "sale_id": header.sale_id,
        "poi_id": header.poi_id,
    }
    if request.sale is not None:
        kept["sale"] = msgspec.to_builtins(request.sale)
    if isinstance(request, Payment):
        kept |= {"kind": request.kind, "currency": request.currency}
    elif request.original is not None:
        kept["original"] = msgspec.to_builtins(request.original)
    return kept


def header_of(order: MoneyOrder) -> Header:
    """The header of the request that an order stands for."""
    kept = order.foreign
    return Header(
        category=kept["nexo"],
        service_id=kept["service_id"],
        sale_id=kept["sale_id"],
        poi_id=kept["poi_id"],
    )


def sale_of(order: MoneyOrder) -> SaleData:
    """What its answer echoes of the request."""
    kept = order.foreign.get("sale")
    if kept is None:
        return SaleData(transaction=TransactionID(id=order.reference, time=order.sale_time))
    return msgspec.convert(kept, SaleData)


def identity_of(order: MoneyOrder) -> tuple[str, ...]:
    """What is the same when a message comes twice, over sessions and restarts too."""
    return _identity(header_of(order), sale_of(order))


def identity_of_request(header: Header, request: Request) -> tuple[str, ...] | None:
    """The same of a request; None for what has none."""
    sale = request.sale if isinstance(request, Payment | Reversal) else None
    return _identity(header, sale) if sale is not None else None


def _identity(header: Header, sale: SaleData) -> tuple[str, ...]:
    transaction = sale.transaction
    ids = (header.category, header.sale_id, header.poi_id, header.service_id)
    return (*ids, transaction.id, transaction.time)


def extras_of(body: Any) -> Extras:
    """The rest of a PaymentRequest or ReversalRequest."""
    reason = _REASONS.get(getattr(body, "reversal_reason", None) or "", "merchant")
    transaction = getattr(body, "payment_transaction", None)
    if transaction is None:
        return Extras(reason=reason)
    conditions = transaction.transaction_conditions
    least = transaction.amounts_req.minimum_amount_to_deliver
    return Extras(
        language=(conditions.customer_language if conditions else None) or "",
        allow_partial=least is not None,
    )


def _without_tip(amount: Amount, tip: Amount | None) -> Amount | None:
    """The order's amount has no tip in it; nexo's has [inferred]. None: the tip is all of it."""
    if tip is None:
        return amount
    rest = amount.minor - tip.minor
    return amount.with_minor(rest) if rest > 0 else None
