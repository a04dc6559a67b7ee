"""Which movements of money a terminal may make: originals, reservations, what is left to undo."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.nexo import originals, texts
from opi_pos.poi.nexo.answers import PaymentAnswer, Response
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
        return texts.unavailable(f"PaymentType {request.kind}")
    malformed = originals.malformed_amount(request)
    if malformed is not None:
        return malformed
    plan = Plan(
        movement=MOVEMENTS[Kind(request.kind)],
        amount=request.amount or Amount(minor=LARGEST_HOLD_MINOR, currency=request.currency),
        original=books.find(request.original),
    )
    return _check_original(request, plan, books) or plan


def _check_original(request: Payment, plan: Plan, books: Books) -> Response | None:
    if request.kind not in originals.NEEDS_RESERVATION and not request.original:
        return None
    if plan.original is None:
        return originals.NOT_FOUND
    return originals.refusal_of(
        request,
        is_reservation=plan.original.movement is Movement.RESERVATION,
        amount=plan.amount,
        left=books.left(plan.original),
    )


def plan_reversal(
    request: Reversal, books: Books, memory: Memory, profile: PoiProfile
) -> Plan | Response:
    """What a reversal would undo, or why it may not."""
    newest = memory.newest()
    last = newest.answer if newest is not None else None
    wanted = request.original
    if request.names_last and isinstance(last, PaymentAnswer):
        wanted = last.transaction
    entry = books.find(wanted.id) if wanted is not None else None
    if wanted is None or entry is None or not originals.is_same(wanted, _named(entry)):
        return originals.NOT_FOUND
    if profile.reversal is ReversalRule.LAST_ONLY and not _is_last(wanted, last):
        return originals.ONLY_THE_LAST
    amount = originals.amount_to_reverse(request.amount, books.left(entry))
    if isinstance(amount, Response):
        return amount
    return Plan(movement=Movement.REVERSAL, amount=amount, original=entry)


def _named(entry: Entry) -> TransactionID:
    return TransactionID(id=entry.transaction_id, time=entry.time)


def _is_last(wanted: TransactionID, last: object) -> bool:
    return (
        isinstance(last, PaymentAnswer)
        and last.response.success
        and originals.is_same(wanted, last.transaction)
    )
