"""Rules about the transaction that a refund, completion or reversal names: the same for a terminal
that has books of its own and for a face that has a journal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import Condition, Response
from opi_pos.poi.nexo.requests import Kind, Payment

NOT_FOUND: Final = Response(condition=Condition.NOT_FOUND, text="Original transaction not found")
CARD_NOT_READ: Final = Response(condition=Condition.NOT_FOUND, text="Card acquisition not found")
INVALID_RESERVATION: Final = Response(condition=Condition.NOT_ALLOWED, text="Invalid reservation")
COMPLETED: Final = Response(condition=Condition.NOT_ALLOWED, text="Completed transaction")
ONLY_THE_LAST: Final = Response(
    condition=Condition.NOT_ALLOWED, text="Only the last transaction can be reversed"
)
NEEDS_RESERVATION: Final = (Kind.UPDATE_RESERVATION, Kind.COMPLETION)
SPENDS_ORIGINAL: Final = (Kind.REFUND, Kind.COMPLETION)


def malformed_amount(request: Payment) -> Response | None:
    """Why RequestedAmount cannot be. It may be absent only where the maximum is not known yet."""
    if request.amount is None:
        if request.kind == Kind.ONE_TIME_RESERVATION:
            return None
        return texts.malformed("Mandatory data absent: RequestedAmount")
    if request.amount.minor == 0:
        return texts.malformed("Invalid value: RequestedAmount must be greater than zero")
    return None


def refusal_of(
    request: Payment, *, is_reservation: bool, amount: Amount, left: Amount
) -> Response | None:
    """Why a payment may not be about this original, of which `left` is neither undone nor paid
    back nor completed.
    """
    if request.kind in NEEDS_RESERVATION:
        if not is_reservation:
            return INVALID_RESERVATION
        if left.minor == 0:
            return COMPLETED
    return refusal_of_part(amount, left) if request.kind in SPENDS_ORIGINAL else None


def refusal_of_part(amount: Amount, left: Amount) -> Response | None:
    """Why this much cannot be taken from what is left."""
    if amount.currency != left.currency:
        return Response(condition=Condition.NOT_ALLOWED, text="Another currency than the original")
    if amount.minor == 0:
        return texts.malformed("Invalid value: the amount must be greater than zero")
    if amount.minor > left.minor:
        return Response(condition=Condition.REFUSAL, text="More than is left of the original")
    return None


def amount_to_reverse(text: str, left: Amount) -> Amount | Response:
    """ReversedAmount, or all that is left."""
    if left.minor == 0:
        return COMPLETED
    if not text:
        return left
    try:
        amount = Amount.from_decimal(Decimal(text), left.currency)
    except (UsageError, InvalidOperation):
        return texts.malformed("Invalid value: ReversedAmount")
    return refusal_of_part(amount, left) or amount


def is_same(wanted: TransactionID, own: TransactionID) -> bool:
    """Whether a till means our transaction. Tills take time stamps apart and write them anew, so
    the moment counts, not the spelling.
    """
    if wanted.id != own.id:
        return False
    return wanted.time == own.time or _moment(wanted.time) == (_moment(own.time) or own.time)


def _moment(time: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
