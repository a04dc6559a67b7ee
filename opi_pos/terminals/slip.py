"""The two receipts of a system that sends no text: named fields, in the order in which they are
printed. `opi_pos.model.receipts.render` makes lines of them.
"""

from __future__ import annotations

import msgspec

from opi_pos.model.card import Card
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Copy, Receipt


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What such a system tells of an approved transaction; what is empty is not printed."""

    title: str
    """Purchase, Refund, …"""
    outcome: str
    total: Amount
    time: str = ""
    terminal_id: str = ""
    card: Card | None = None
    verification: str = ""
    """How the cardholder was verified, in the system's words."""
    application_id: str = ""
    approval_code: str = ""
    retrieval_reference: str = ""
    trace: str = ""
    reference: str = ""
    """The shop's own."""
    tip: Amount | None = None
    surcharge: Amount | None = None
    signature_required: bool = False


def receipts_of(slip: Slip) -> tuple[Receipt, Receipt]:
    """The shop's copy, which is signed if anybody must, and the cardholder's."""
    fields = _fields(slip)
    return (
        Receipt(
            copy=Copy.CASHIER,
            fields=fields,
            signature_required=slip.signature_required,
            must_print=slip.signature_required,
        ),
        Receipt(copy=Copy.CUSTOMER, fields={**fields, **_last_digits(slip.card)}, must_print=True),
    )


def _fields(slip: Slip) -> dict[str, str]:
    card = slip.card or Card()
    fields = {
        slip.title: slip.outcome,
        "Amount": _money(slip.total),
        "incl. tip": _money(slip.tip),
        "incl. surcharge": _money(slip.surcharge),
        "Date": slip.time,
        "Terminal": slip.terminal_id,
        "Card": card.brand,
        "Number": card.masked_pan,
        "Read": card.entry_mode,
        "Verified by": slip.verification,
        "AID": slip.application_id,
        "Auth code": slip.approval_code,
        "RRN": slip.retrieval_reference,
        "Trace": slip.trace,
        "Reference": slip.reference,
    }
    return {name: value for name, value in fields.items() if value}


def _money(amount: Amount | None) -> str:
    return "" if amount is None else f"{amount} {amount.currency}"


def _last_digits(card: Card | None) -> dict[str, str]:
    """Of the number only the last four stand on the cardholder's copy."""
    if card is None or not card.masked_pan:
        return {}
    shown = card.masked_pan
    return {"Number": "*" * (len(shown) - 4) + shown[-4:]}
