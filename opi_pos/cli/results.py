"""A result as programs and people see it. The keys and exit codes are a contract (design: §9)."""

from __future__ import annotations

from typing import Any, Final

from opi_pos.cli.screen import Screen
from opi_pos.model.card import Card
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt, render
from opi_pos.model.results import Outcome, Result

EXIT: Final = {
    Outcome.APPROVED: 0,
    Outcome.PARTIALLY_APPROVED: 4,
    Outcome.DECLINED: 1,
    Outcome.ABORTED: 1,
    Outcome.NOT_STARTED: 1,
    Outcome.IN_DOUBT: 3,
}
_STYLES: Final = {
    Outcome.APPROVED: "bold green",
    Outcome.PARTIALLY_APPROVED: "bold yellow",
    Outcome.IN_DOUBT: "bold yellow",
}
_REFUSED_STYLE: Final = "bold red"


def result_object(result: Result) -> dict[str, Any]:
    """The JSON object of `--json`; what is absent is null, never missing."""
    transaction = result.terminal_transaction
    return {
        "outcome": result.outcome.value,
        "proof": result.proof.value,
        "confidence": result.confidence.value,
        "approved": result.approved,
        "replayed": result.replayed,
        "reference": result.reference,
        "service_id": result.service_id or None,
        "requested": amount_text(result.requested),
        "authorized": amount_text(result.authorized),
        "currency": _currency(result),
        "terminal_transaction_id": transaction.id if transaction else None,
        "approval_code": result.approval_code or None,
        "card": _card_object(result.card),
        "signature_required": result.signature_required,
        "receipts": [receipt_object(receipt) for receipt in result.receipts],
        "message": result.message or None,
        "operation": result.operation.value,
        "tip": amount_text(result.tip),
        "surcharge": amount_text(result.surcharge),
        "cashback": amount_text(result.cashback),
        "terminal_transaction_time": transaction.time if transaction else None,
        "signature_accepted": result.signature_accepted,
        "signature_refused": result.signature_refused,
        "reversal_reference": result.reversal_reference or None,
        "condition": result.condition or None,
        "ended_at": result.ended_at,
    }


def amount_text(amount: Amount | None) -> str | None:
    """Decimal text, such as `38.00`."""
    return None if amount is None else str(amount)


def _currency(result: Result) -> str | None:
    amount = result.requested or result.authorized
    return amount.currency if amount is not None else None


def _card_object(card: Card | None) -> dict[str, str | None] | None:
    if card is None:
        return None
    return {
        "masked_pan": card.masked_pan or None,
        "brand": card.brand or None,
        "entry_mode": card.entry_mode or None,
    }


def receipt_object(receipt: Receipt) -> dict[str, Any]:
    """One copy of a receipt."""
    return {
        "copy": receipt.copy.value,
        "lines": list(receipt.lines),
        "fields": receipt.fields,
        "signature_required": receipt.signature_required,
        "must_print": receipt.must_print,
    }


def show_result(screen: Screen, result: Result) -> int:
    """Print it for whoever reads, and return the exit code."""
    screen.object(result_object(result))
    style = _STYLES.get(result.outcome, _REFUSED_STYLE)
    screen.line(_headline(result), style)
    for name, value in _details(result):
        screen.line(f"  {name:<14} {value}")
    for receipt in result.receipts:
        show_receipt(screen, receipt)
    return EXIT[result.outcome]


def _headline(result: Result) -> str:
    amount = result.authorized or result.requested
    words = [result.outcome.value.replace("_", " ").upper()]
    if amount is not None:
        words.append(f"{amount} {amount.currency}")
    if result.replayed:
        words.append("(recorded earlier)")
    return " ".join(words)


def _details(result: Result) -> list[tuple[str, str]]:
    card = result.card
    transaction = result.terminal_transaction
    rows = [
        ("message", result.message),
        ("reference", result.reference),
        ("proof", result.proof.value),
        ("requested", amount_text(result.requested) if result.authorized else ""),
        *((name, amount_text(getattr(result, name))) for name in ("tip", "surcharge", "cashback")),
        ("card", f"{card.brand} {card.masked_pan}".strip() if card else ""),
        ("approval code", result.approval_code),
        ("terminal's id", transaction.id if transaction else ""),
        ("signature", _signature(result)),
        ("reversed by", result.reversal_reference),
    ]
    return [(name, value) for name, value in rows if value]


def _signature(result: Result) -> str:
    if result.signature_refused:
        return "refused"
    if result.signature_accepted:
        return "accepted"
    return "required; nobody confirmed it" if result.signature_required else ""


def show_receipt(screen: Screen, receipt: Receipt) -> None:
    """A receipt as paper would show it."""
    screen.line()
    must = ", must be printed" if receipt.must_print else ""
    screen.line(f"  --- receipt ({receipt.copy.value}{must}) ---")
    for line in render(receipt).splitlines():
        screen.line(f"  {line}")
