"""From a terminal's answer to a result: whose answer is it, and what does it mean for the money?

Rules 3 and 4: only proof decides, the class of the answer decides, the code only explains. What
is not understood is in doubt, never declined.
"""

from __future__ import annotations

import enum
from datetime import datetime

from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import (
    MONEY_MOVED,
    MONEY_STAYED,
    Operation,
    Outcome,
    Proof,
    Result,
)

_WITHOUT_SALE_DATA = frozenset({Operation.REVERSAL, Operation.RELEASE})
"""Their answers need not echo the SaleTransactionID (nexo ReversalResponse has no SaleData)."""


class Identity(enum.Enum):
    """Whether an answer belongs to an exchange."""

    OURS = "ours"
    FOREIGN = "foreign"


def _same_time(one: str, other: str) -> bool:
    """Terminals rewrite time stamps (`+00:00` for `Z`): the instant counts, not the text."""
    if one == other:
        return True
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except (ValueError, TypeError):
        return False


def identify(
    answer: Answer, order: MoneyOrder, service_id: ServiceID, sale_id: SaleID, poi_id: POIID
) -> Identity:
    """Rule 8 and 10: an answer is believed only for the exchange that it names.

    What it does not name cannot contradict; `proves` says whether it names enough.
    """
    contradicts = (
        answer.service_id not in {None, service_id}
        or answer.sale_id not in {None, sale_id}
        or answer.poi_id not in {None, poi_id}
        or answer.reference not in {None, order.reference}
        or (answer.sale_time is not None and not _same_time(answer.sale_time, order.sale_time))
    )
    return Identity.FOREIGN if contradicts else Identity.OURS


def proves(answer: Answer, order: MoneyOrder) -> bool:
    """Whether a *repeated* answer names enough to be believed: ServiceID, and the id and the time
    of the SaleTransactionID where its kind has one and says that money moved.
    """
    if answer.by_evidence:
        return True
    if answer.service_id is None:
        return False
    if order.operation in _WITHOUT_SALE_DATA or answer.verdict is not Verdict.APPROVED:
        return True
    return answer.reference is not None and answer.sale_time is not None


def _outcome_of_approval(answer: Answer, order: MoneyOrder) -> Outcome:
    if answer.foreign_currency:
        return Outcome.IN_DOUBT
    asked = _asked(order)
    if answer.authorized is None or asked is None:
        return Outcome.APPROVED
    if answer.authorized.currency != asked.currency:
        return Outcome.IN_DOUBT
    taken = answer.authorized.minor + (answer.rebate.minor if answer.rebate else 0)
    if taken == 0:
        return Outcome.IN_DOUBT
    return Outcome.APPROVED if taken >= asked.minor else Outcome.PARTIALLY_APPROVED


def _asked(order: MoneyOrder) -> Amount | None:
    """A reversal without an amount is one of the whole."""
    if order.amount is None and order.operation is Operation.REVERSAL and order.original:
        return order.original.amount
    return order.amount


_OUTCOMES = {
    Verdict.DECLINED: Outcome.DECLINED,
    Verdict.ABORTED: Outcome.ABORTED,
    Verdict.REFUSED: Outcome.NOT_STARTED,
    Verdict.UNCLEAR: Outcome.IN_DOUBT,
}


def outcome_of(answer: Answer, order: MoneyOrder) -> Outcome:
    """What an answer that is ours means for the money."""
    if answer.verdict is Verdict.APPROVED:
        return _outcome_of_approval(answer, order)
    return _OUTCOMES[answer.verdict]


def result_of(answer: Answer, order: MoneyOrder, service_id: ServiceID, proof: Proof) -> Result:
    """The result that an answer of ours proves."""
    outcome = outcome_of(answer, order)
    moved = outcome in {Outcome.APPROVED, Outcome.PARTIALLY_APPROVED}
    authorized = (answer.authorized or order.amount) if moved else answer.authorized
    return Result(
        outcome=outcome,
        proof=proof,
        operation=order.operation,
        reference=order.reference,
        service_id=service_id,
        confidence=answer.confidence,
        requested=order.amount,
        authorized=authorized,
        tip=answer.tip,
        surcharge=answer.surcharge,
        cashback=answer.cashback,
        terminal_transaction=answer.terminal_transaction,
        approval_code=answer.approval_code,
        card=answer.card,
        signature_required=moved and answer.signature_required,
        receipts=answer.receipts,
        condition=answer.condition,
        message=answer.message or _explain(answer),
    )


def _explain(answer: Answer) -> str:
    if answer.foreign_currency:
        return f"The terminal answered in {answer.foreign_currency}, not in the sale's currency."
    return answer.condition


def plain_result(
    order: MoneyOrder,
    service_id: ServiceID,
    *,
    outcome: Outcome,
    proof: Proof,
    message: str,
    condition: str = "",
) -> Result:
    """A result that no answer of the terminal tells in full."""
    return Result(
        outcome=outcome,
        proof=proof,
        operation=order.operation,
        reference=order.reference,
        service_id=service_id,
        requested=order.amount,
        message=message,
        condition=condition,
    )


def disagrees(result: Result | None, late: Outcome) -> bool:
    """Whether a late answer says another thing about the money than the result that was told."""
    if late is Outcome.IN_DOUBT or (result is None and late in MONEY_STAYED):
        return False
    if result is None or result.outcome is late:
        return result is None
    if result.reversal_reference and late in MONEY_MOVED:
        return False  # the payment was approved, then undone by the reversal
    return not (result.outcome in MONEY_STAYED and late in MONEY_STAYED)


def more_than_asked(result: Result) -> Amount | None:
    """The part of an approval that nobody asked for and the answer does not explain, if any."""
    if result.authorized is None or result.requested is None:
        return None
    explained = sum(part.minor for part in (result.tip, result.surcharge) if part is not None)
    excess = result.authorized.minor - result.requested.minor - explained
    return result.authorized.with_minor(excess) if excess > 0 else None


REFUSAL_TEXTS = {
    Refusal.BUSY: "The terminal was busy; the payment did not begin.",
    Refusal.LOGGED_OUT: "The terminal has no session with this till; the payment did not begin.",
    Refusal.NOT_ALLOWED: "The terminal does not allow this now; the payment did not begin.",
    Refusal.MALFORMED: "The terminal could not read the request; the payment did not begin.",
    Refusal.UNAVAILABLE: "The terminal cannot do this; the payment did not begin.",
}
