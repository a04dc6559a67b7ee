"""Which movements of money a terminal may make: originals, reservations, what is left to undo."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.nexo.answers import Condition, PaymentAnswer, Response
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.profile import PoiProfile, ReversalRule
from opi_pos.poi.nexo.requests import Kind, Payment, Reversal

MOVEMENTS: Final = {
    Kind.NORMAL: Movement.CHARGE,
    Kind.CASH_ADVANCE: Movement.CHARGE,
    Kind.REFUND: Movement.REFUND,
    Kind.ONE_TIME_RESERVATION: Movement.RESERVATION,
    Kind.FIRST_RESERVATION: Movement.RESERVATION,
    Kind.UPDATE_RESERVATION: Movement.RESERVATION,
    Kind.COMPLETION: Movement.COMPLETION,
}
LARGEST_HOLD_MINOR: Final = 100_000
"""What a reservation without an amount holds."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that is allowed and not yet made."""

    movement: Movement
    amount: Amount
    original: Entry | None = None


def plan_payment(request: Payment, books: Books) -> Plan | Response:
    """What a payment would move, or why it may not."""
    if request.kind not in MOVEMENTS:
        text = f"PaymentType {request.kind} is not available"
        return Response(condition=Condition.UNAVAILABLE_SERVICE, text=text)
    movement = MOVEMENTS[Kind(request.kind)]
    amount = request.amount
    if amount is None:
        if request.kind != Kind.ONE_TIME_RESERVATION:
            return _malformed("Mandatory data absent: RequestedAmount")
        amount = Amount(minor=LARGEST_HOLD_MINOR, currency=request.currency)
    if amount.minor == 0:
        return _malformed("Invalid value: RequestedAmount must be greater than zero")
    plan = Plan(movement=movement, amount=amount, original=books.find(request.original))
    return _check_original(request, plan, books) or plan


def _check_original(request: Payment, plan: Plan, books: Books) -> Response | None:
    needed = request.kind in (Kind.UPDATE_RESERVATION, Kind.COMPLETION)
    if not needed and not request.original:
        return None
    if plan.original is None:
        return Response(condition=Condition.NOT_FOUND, text="Original transaction not found")
    left = _left(plan.original, books)
    if needed and plan.original.movement is not Movement.RESERVATION:
        return Response(condition=Condition.NOT_ALLOWED, text="Invalid reservation")
    if needed and not left:
        return Response(condition=Condition.NOT_ALLOWED, text="Completed transaction")
    spends = plan.movement in (Movement.REFUND, Movement.COMPLETION)
    return _check_left(plan, left) if spends else None


def plan_reversal(
    request: Reversal, books: Books, memory: Memory, profile: PoiProfile
) -> Plan | Response:
    """What a reversal would undo, or why it may not."""
    newest = memory.newest()
    last = newest.answer if newest is not None else None
    wanted = request.original or (last.transaction if isinstance(last, PaymentAnswer) else None)
    entry = books.find(wanted.id) if wanted is not None else None
    if wanted is None or entry is None or entry.time != wanted.time:
        return Response(condition=Condition.NOT_FOUND, text="Original transaction not found")
    if profile.reversal is ReversalRule.LAST_ONLY and not _is_last(wanted, last):
        text = "Only the last transaction can be reversed"
        return Response(condition=Condition.NOT_ALLOWED, text=text)
    left = _left(entry, books)
    if not left:
        return Response(condition=Condition.NOT_ALLOWED, text="Completed transaction")
    try:
        amount = _reversed_amount(request, entry, left)
    except (UsageError, InvalidOperation):
        return _malformed("Invalid value: ReversedAmount")
    plan = Plan(movement=Movement.REVERSAL, amount=amount, original=entry)
    return _check_left(plan, left) or plan


def _is_last(wanted: TransactionID, last: object) -> bool:
    return isinstance(last, PaymentAnswer) and last.response.success and last.transaction == wanted


def _reversed_amount(request: Reversal, entry: Entry, left: int) -> Amount:
    if not request.amount:
        return entry.amount.with_minor(left)
    return Amount.from_decimal(Decimal(request.amount), entry.amount.currency)


def _left(entry: Entry, books: Books) -> int:
    """Minor units of an entry that were not undone, paid back or completed."""
    gone = sum(
        other.amount.minor
        for other in books.entries
        if other.original == entry.transaction_id
        and other.movement in (Movement.REVERSAL, Movement.REFUND)
        and books.undone(other.transaction_id) == 0
    )
    completed = any(
        other.original == entry.transaction_id
        and other.movement is Movement.COMPLETION
        and books.undone(other.transaction_id) == 0
        for other in books.entries
    )
    return 0 if completed else max(0, entry.amount.minor - gone)


def _check_left(plan: Plan, left: int) -> Response | None:
    assert plan.original is not None
    if plan.amount.currency != plan.original.amount.currency:
        return Response(condition=Condition.NOT_ALLOWED, text="Another currency than the original")
    if plan.amount.minor == 0:
        return _malformed("Invalid value: the amount must be greater than zero")
    if plan.amount.minor > left:
        return Response(condition=Condition.REFUSAL, text="More than is left of the original")
    return None


def _malformed(text: str) -> Response:
    return Response(condition=Condition.MESSAGE_FORMAT, text=text)
