"""How an outcome is told to a till. Made from the order and its result alone, so the same after a
restart.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.money import Amount
from opi_pos.model.news import Answer as DriverAnswer
from opi_pos.model.news import Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.reports import TotalsReport
from opi_pos.model.results import MONEY_MOVED, Outcome
from opi_pos.model.results import Result as Outcome_
from opi_pos.poi.opi.answers import (
    CardRead,
    MoneyAnswer,
    PlainAnswer,
    Result,
    TotalGroup,
    TotalsAnswer,
)
from opi_pos.poi.opi.totals import CREDIT, DEBIT

PARTIAL: Final = "Less was taken than asked: see TotalAmount."
_RESULTS: Final = {
    Outcome.APPROVED: Result.SUCCESS,
    Outcome.PARTIALLY_APPROVED: Result.SUCCESS,
    Outcome.DECLINED: Result.FAILURE,
    Outcome.ABORTED: Result.ABORTED,
    Outcome.NOT_STARTED: Result.DEVICE_UNAVAILABLE,
}
_REFUSALS: Final = {
    Refusal.BUSY: Result.BUSY,
    Refusal.LOGGED_OUT: Result.DEVICE_UNAVAILABLE,
    Refusal.NOT_ALLOWED: Result.DEVICE_UNAVAILABLE,
    Refusal.MALFORMED: Result.VALIDATION_ERROR,
    Refusal.UNAVAILABLE: Result.NOT_SUPPORTED,
}
_DIRECTIONS: Final = {
    "debit": DEBIT,
    "payment": DEBIT,
    "completion": DEBIT,
    "credit": CREDIT,
    "refund": CREDIT,
}


def money_answer(order: MoneyOrder, result: Outcome_) -> MoneyAnswer:
    """An outcome that is known. `amount` stands only where money moved."""
    assert result.outcome is not Outcome.IN_DOUBT, "a doubt is no answer"
    moved = result.outcome in MONEY_MOVED
    text = PARTIAL if result.outcome is Outcome.PARTIALLY_APPROVED else result.message
    return MoneyAnswer(
        result=_RESULTS[result.outcome],
        text="" if result.outcome is Outcome.APPROVED else text,
        stan=str(order.foreign.get("transaction_id", "")),
        time=order.sale_time,
        asked=order.amount,
        amount=_whole(result) if moved else None,
        tip=result.tip if moved else None,
        card=_card(result),
        approval_code=result.approval_code if moved else "",
        action_code="0" if moved else "",
    )


def _whole(result: Outcome_) -> Amount | None:
    """TotalAmount includes what came on top."""
    return result.authorized or result.requested


def _card(result: Outcome_) -> CardRead | None:
    card = result.card
    if card is None:
        return None
    return CardRead(brand=card.brand, masked_pan=card.masked_pan, entry_mode=card.entry_mode)


def plain_answer(answer: DriverAnswer) -> PlainAnswer:
    """Of a service that moves no money."""
    if answer.verdict is Verdict.APPROVED:
        return PlainAnswer(result=Result.SUCCESS)
    refused = answer.refusal is not None
    result = _REFUSALS[answer.refusal] if answer.refusal is not None else Result.FAILURE
    return PlainAnswer(result=result if refused else Result.FAILURE, text=answer.message)


def totals_answer(report: TotalsReport, time: str) -> TotalsAnswer:
    """Payments and refunds by card circuit; other lines have no word in O.P.I."""
    groups = [
        TotalGroup(
            brand=group.brand or group.acquirer,
            payment_type=_DIRECTIONS[line.kind],
            count=line.count,
            amount=line.amount,
        )
        for group in report.groups
        for line in group.lines
        if line.kind in _DIRECTIONS and line.amount is not None
    ]
    return TotalsAnswer(result=Result.SUCCESS, time=time, groups=tuple(groups))
