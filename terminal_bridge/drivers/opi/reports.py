"""What answers to orders without money bring back."""

from __future__ import annotations

import msgspec

from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Verdict
from opi_pos.model.orders import CloseDay, Diagnose, Login, Order, Totals
from opi_pos.model.reports import (
    Condition,
    DiagnosisReport,
    TerminalReport,
    TotalGroup,
    TotalLine,
    TotalsReport,
)
from opi_pos.wire import opi
from terminal_bridge.drivers.opi.reading import plain


def answer_of(response: opi.ServiceResponse, order: Order) -> Answer:
    """The answer with its report. Totals of which a part is missing are still told."""
    said = opi.meaning_of(response)
    answer = plain(response, said)
    if said is opi.Meaning.PARTLY_DONE:
        answer = msgspec.structs.replace(answer, verdict=Verdict.APPROVED)
    if answer.verdict is not Verdict.APPROVED:
        return answer
    match order:
        case Totals() | CloseDay():
            closed = isinstance(order, CloseDay) and said is opi.Meaning.DONE
            return msgspec.structs.replace(answer, payload=totals(response, closed=closed))
        case Diagnose():
            return msgspec.structs.replace(answer, payload=_diagnosis())
        case Login():
            return msgspec.structs.replace(answer, payload=_terminal(response))
        case _:
            return answer


def totals(response: opi.ServiceResponse, *, closed: bool) -> TotalsReport:
    """One group for each card circuit and acquirer."""
    lines: dict[tuple[str, str], list[TotalLine]] = {}
    told = response.reconciliation.total_amount if response.reconciliation is not None else ()
    for total in told:
        place = (total.card_circuit or "", total.acquirer or "")
        lines.setdefault(place, []).append(_line(total))
    groups = tuple(
        TotalGroup(lines=tuple(found), brand=brand, acquirer=acquirer)
        for (brand, acquirer), found in lines.items()
    )
    return TotalsReport(groups=groups, closed=closed)


def _line(total: opi.PaymentTotal) -> TotalLine:
    kind = (total.payment_type or "").strip().casefold()
    return TotalLine(kind=kind, count=total.number_payments or 0, amount=_sum(total))


def _sum(total: opi.PaymentTotal) -> Amount | None:
    if total.text is None or not total.currency:
        return None
    try:
        return Amount.from_decimal(total.text, total.currency.strip().upper())
    except UsageError:
        return None


def _diagnosis() -> DiagnosisReport:
    return DiagnosisReport(condition=Condition.OK)


def _terminal(response: opi.ServiceResponse) -> TerminalReport:
    number = response.terminal.terminal_id if response.terminal is not None else None
    version = next((p.software_version for p in response.private_data if p.software_version), "")
    return TerminalReport(
        vendor=response.application_sender or "",
        version=version or "",
        serial_number=number or "",
    )
