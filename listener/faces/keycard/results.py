"""What is told of an outcome: Success, a text, a receipt number, and receipt lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from opi_pos.model.news import Answer, Verdict
from opi_pos.model.receipts import Receipt, render
from opi_pos.model.reports import DiagnosisReport, TotalsReport
from opi_pos.model.results import Outcome, Result
from opi_pos.wire import keycard

_RECEIPT_NUMBER: Final = re.compile(r"(\d{1,10})|(\d{4})-\d{6}", re.ASCII)
"""Alone, or before the trace number, as ZVT terminals have it."""
_TEXTS: Final = {
    Outcome.APPROVED: "Approved",
    Outcome.PARTIALLY_APPROVED: "Partially approved",
    Outcome.DECLINED: "Declined",
    Outcome.ABORTED: "Aborted",
    Outcome.NOT_STARTED: "Not started",
}


def intermediate(command: str, text: str) -> keycard.Callback:
    """What the terminal shows."""
    return keycard.Callback(
        command=command, success=True, intermediate=True, value=keycard.encoded(text)
    )


def end(
    command: str, *, success: bool, text: str = "", receipts: Iterable[Receipt] = ()
) -> keycard.Callback:
    """An end message that tells of no money."""
    return keycard.Callback(
        command=command,
        success=success,
        intermediate=False,
        value=keycard.encoded(text),
        receipt=tuple(keycard.encoded(line) for line in receipt_lines(receipts)),
    )


def money_end(command: str, result: Result, printed: Iterable[Receipt]) -> keycard.Callback:
    """The end message of a payment or reversal. Success is the full amount and nothing less: the
    message has no field for an amount.
    """
    text = _TEXTS[result.outcome]
    if result.outcome is Outcome.PARTIALLY_APPROVED and result.authorized is not None:
        text = f"{text}: {result.authorized} {result.authorized.currency}"
    elif result.message:
        text = result.message
    told = end(
        command, success=result.approved, text=text, receipts=result.receipts or tuple(printed)
    )
    return keycard.Callback(
        command=told.command,
        success=told.success,
        intermediate=False,
        value=told.value,
        receipt_number=receipt_number(result),
        receipt=told.receipt,
    )


def receipt_number(result: Result) -> int:
    """The terminal's number of the receipt, where its name of the transaction has one."""
    named = result.terminal_transaction.id if result.terminal_transaction is not None else ""
    number = _RECEIPT_NUMBER.fullmatch(named)
    if number is None or result.outcome is Outcome.NOT_STARTED:
        return keycard.NO_RECEIPT
    return int(number[1] or number[2])


def receipt_lines(receipts: Iterable[Receipt]) -> list[str]:
    """All copies, one after the other, an empty line in between."""
    lines: list[str] = []
    for receipt in receipts:
        if lines:
            lines.append("")
        lines += render(receipt).splitlines()
    return lines


def diagnosis_end(command: str, answer: Answer) -> keycard.Callback:
    """How the terminal is."""
    report = answer.payload
    condition = report.condition.value if isinstance(report, DiagnosisReport) else answer.message
    success = answer.verdict is Verdict.APPROVED
    return end(command, success=success, text=condition, receipts=answer.receipts)


def closing_end(command: str, answer: Answer) -> keycard.Callback:
    """The end of the day; without lines of the terminal's own, its totals."""
    success = answer.verdict is Verdict.APPROVED
    told = end(command, success=success, text=answer.message, receipts=answer.receipts)
    if told.receipt or not isinstance(answer.payload, TotalsReport):
        return told
    lines = tuple(keycard.encoded(line) for line in _totals(answer.payload))
    return keycard.Callback(
        command=command, success=success, intermediate=False, value=told.value, receipt=lines
    )


def _totals(report: TotalsReport) -> Iterable[str]:
    for group in report.groups:
        yield group.brand or group.acquirer or "Total"
        for line in group.lines:
            amount = f"{line.amount} {line.amount.currency}" if line.amount is not None else "?"
            yield f"{line.count} {line.kind} {amount}"
