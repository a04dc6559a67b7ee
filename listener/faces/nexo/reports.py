"""What the terminal behind reports of itself, as a nexo terminal tells it: totals and diagnosis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from opi_pos.model.news import Answer as DriverAnswer
from opi_pos.model.news import Refusal, Verdict
from opi_pos.model.reports import Condition as TerminalCondition
from opi_pos.model.reports import DiagnosisReport, TotalsReport
from opi_pos.model.reports import TotalGroup as ReportedGroup
from opi_pos.poi.nexo.answers import SUCCESS, TotalGroup, TotalLine, TotalsAnswer
from opi_pos.wire import nexo

_TRANSACTION_TYPES: Final = {kind.value.lower(): kind.value for kind in nexo.TransactionType}


def totals_of(report: TotalsReport | None, kind: str) -> TotalsAnswer:
    """GetTotalsResponse or (with `kind`) ReconciliationResponse."""
    if report is None:
        return TotalsAnswer(response=SUCCESS, period=0, kind=kind)
    period = int(report.period) if report.period.isdecimal() else 0
    groups = tuple(group for reported in report.groups for group in _by_currency(reported))
    return TotalsAnswer(response=SUCCESS, period=period, groups=groups, kind=kind)


def _by_currency(reported: ReportedGroup) -> Iterable[TotalGroup]:
    lines: dict[str, list[TotalLine]] = {}
    for line in reported.lines:
        name = _TRANSACTION_TYPES.get(line.kind.replace("_", "").lower())
        if line.amount is not None and name is not None:
            told = TotalLine(transaction_type=name, count=line.count, amount=line.amount)
            lines.setdefault(line.amount.currency, []).append(told)
    for currency, told_lines in lines.items():
        yield TotalGroup(brand=reported.brand, currency=currency, lines=tuple(told_lines))


_GLOBAL: Final = {
    TerminalCondition.OK: "OK",
    TerminalCondition.BUSY: "Busy",
    TerminalCondition.MAINTENANCE: "Maintenance",
    TerminalCondition.UNREACHABLE: "Unreachable",
    TerminalCondition.UNKNOWN: "OK",
}


def global_status(answer: DriverAnswer) -> str:
    """GlobalStatus, from what the terminal behind says about itself."""
    if answer.verdict is not Verdict.APPROVED:
        return "Busy" if answer.refusal is Refusal.BUSY else "Unreachable"
    report = answer.payload
    return _GLOBAL[report.condition] if isinstance(report, DiagnosisReport) else "OK"


def hosts_reachable(answer: DriverAnswer) -> bool:
    """Whether every host that it names is reached."""
    report = answer.payload
    if answer.verdict is not Verdict.APPROVED:
        return False
    if not isinstance(report, DiagnosisReport):
        return True
    return report.communication_ok is not False and all(host.reachable for host in report.hosts)


def printer_ok(answer: DriverAnswer) -> bool:
    """Whether its printer works, as far as it tells."""
    report = answer.payload
    told = report.printer if isinstance(report, DiagnosisReport) else ""
    return told in {"", "ok", "paper_low"}
