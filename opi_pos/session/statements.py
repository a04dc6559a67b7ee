"""What others say of a payment, held against the journal: confirmed, contradicted, or new."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

from opi_pos.model.callbacks import Statement
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.news import Answer, Verdict
from opi_pos.model.results import MONEY_MOVED, MONEY_STAYED, Outcome, Result

_VERDICTS: Final = {
    Outcome.APPROVED: Verdict.APPROVED,
    Outcome.PARTIALLY_APPROVED: Verdict.APPROVED,
    Outcome.DECLINED: Verdict.DECLINED,
    Outcome.ABORTED: Verdict.ABORTED,
    Outcome.NOT_STARTED: Verdict.DECLINED,
    Outcome.IN_DOUBT: Verdict.UNCLEAR,
}


class Stand(enum.StrEnum):
    """How a statement stands to what the journal knows."""

    CONFIRMS = "confirms"
    CONTRADICTS = "contradicts"
    OPEN = "open"
    """The payment has no result yet, or a doubt."""
    REVEALS = "reveals"
    """The journal knows no such payment, and money moved."""
    UNKNOWN = "unknown"


def held_against(statement: Statement, rows: Sequence[Exchange]) -> tuple[Stand, Exchange | None]:
    """Compare with the exchanges of the reference that do the same, oldest first: one attempt may
    have been declined and the next approved.
    """
    rows = [row for row in rows if row.order.operation is statement.operation]
    for row in reversed(rows):
        if row.state in OPEN_STATES:
            return Stand.OPEN, row
    for row in reversed(rows):
        if row.result is not None and _agree(statement, row.result):
            return Stand.CONFIRMS, row
    if rows:
        return Stand.CONTRADICTS, rows[-1]
    return (Stand.REVEALS if statement.outcome in MONEY_MOVED else Stand.UNKNOWN), None


def _agree(statement: Statement, result: Result) -> bool:
    """What is not known contradicts nothing."""
    if statement.outcome is Outcome.IN_DOUBT:
        return True
    if statement.outcome in MONEY_STAYED:
        return result.outcome in MONEY_STAYED
    told, known = statement.authorized, result.authorized
    same = told is None or known is None or told == known
    return result.outcome in MONEY_MOVED and same


def evidence_of(statement: Statement, row: Exchange) -> Answer:
    """A statement that is proved, as the answer to a question about the payment that it names."""
    return Answer(
        verdict=_VERDICTS[statement.outcome],
        service_id=row.service_id,
        reference=row.order.reference,
        sale_time=row.order.sale_time,
        message=statement.message,
        authorized=statement.authorized,
        terminal_transaction=statement.transaction,
        by_evidence=True,
    )


def contradiction(statement: Statement, row: Exchange) -> str:
    """One sentence for the cashier."""
    known, amount = row.result, statement.authorized
    said = statement.outcome.value
    if amount is not None and statement.outcome in MONEY_MOVED:
        said += f" ({amount} {amount.currency})"
    told = known.outcome.value if known is not None else "nothing"
    if known is not None and known.authorized is not None and known.outcome in MONEY_MOVED:
        told += f" ({known.authorized} {known.authorized.currency})"
    return f"A callback says {said} of {row.order.reference!r}; the till had said {told}."
