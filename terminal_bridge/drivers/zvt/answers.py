"""What the end of a command says about an order: 06 0F, 06 1E or 84 xx, with its 04 0F. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from opi_pos.model.card import Card, mask_pan
from opi_pos.model.errors import UsageError
from opi_pos.model.ids import ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Receipt
from terminal_bridge.drivers.zvt.numbers import numbers_of, transaction_id
from terminal_bridge.zvt.messages import answers as wire
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables import errors, terminal_status
from terminal_bridge.zvt.tables.card_types import card_type_text

ENTRY_MODES: Final = {0: "magnetic_stripe", 1: "chip", 2: "contactless"}

_FOREIGN: Final = 3
"""Tag 1F1D: the amount in the card's currency."""
_AMOUNT: Final = "BMP 04"
WRONG_PASSWORD: Final = 0x37
"""84 37: card complete's answer to a wrong password; behind 04 0F it is the host's code 55."""

LOCKS: Final = frozenset(terminal_status.TERMINAL_STATUS) - {terminal_status.READY, 0x9C, 0x64}
"""Codes of 06 1E that say why the terminal begins nothing now."""

_REFUSALS: Final[dict[int, Refusal]] = {
    errors.PLEASE_WAIT: Refusal.BUSY,
    errors.BUSY: Refusal.BUSY,
    errors.NOT_REGISTERED: Refusal.LOGGED_OUT,
    errors.FUNCTION_NOT_POSSIBLE: Refusal.UNAVAILABLE,
    errors.PROTOCOL_ERROR: Refusal.MALFORMED,
    errors.WRONG_CURRENCY: Refusal.MALFORMED,
    errors.DIAGNOSIS_REQUIRED: Refusal.NOT_ALLOWED,
    errors.END_OF_DAY_PENDING: Refusal.NOT_ALLOWED,
    terminal_status.INITIALISATION_REQUIRED: Refusal.NOT_ALLOWED,
}

Explain = Callable[[int], str]
"""A code in the till's language."""


def explain_in(language: str) -> Explain:
    """Texts of result codes."""
    return lambda code: errors.error_text(code)(language)


def refused(refusal: wire.Refusal, explain: Explain) -> Answer:
    """84 xx: it did not begin, whatever the code."""
    code = refusal.reason
    kind = _REFUSALS.get(code, Refusal.UNAVAILABLE)
    message = refusal.vendor_text or explain(code)
    if code == WRONG_PASSWORD:
        kind, message = Refusal.MALFORMED, "The terminal does not accept the password."
    elif code == errors.WRONG_CURRENCY and refusal.terminal_currency:
        message = f"Wrong currency: the terminal has {refusal.terminal_currency}."
    return Answer(verdict=Verdict.REFUSED, refusal=kind, condition=f"{code:02X}", message=message)


def aborted(
    end: AbortByTerminal,
    status: StatusInformation | None,
    explain: Explain,
    *,
    at_work: bool = False,
) -> Answer:
    """06 1E. The terminal has taken nothing, or has taken it back. `at_work`: it had begun, so
    this is no refusal to begin, whatever the code.
    """
    code = end.result_code if end.result_code is not None else errors.SYSTEM_ERROR
    message = _told(end.vendor_text, status) or explain(code)
    if status is not None and status.result_code == code == errors.OK:
        # The end says the opposite of the result, without a reason: the terminal has to be asked.
        text = "The terminal approved it, and then ended it as if it had not."
        return Answer(verdict=Verdict.UNCLEAR, message=text)
    if status is not None and status.result_code in {None, errors.OK}:
        text = f"The terminal took the transaction back: {message}"
        return Answer(verdict=Verdict.DECLINED, condition=f"{code:02X}", message=text)
    if status is None and not at_work and (code in _REFUSALS or code in LOCKS):
        kind = _REFUSALS.get(code, Refusal.UNAVAILABLE)
        return Answer(
            verdict=Verdict.REFUSED, refusal=kind, condition=f"{code:02X}", message=message
        )
    verdict = Verdict.ABORTED if code == errors.ABORTED else Verdict.DECLINED
    return Answer(verdict=verdict, condition=f"{code:02X}", message=message)


def _told(vendor_text: str | None, status: StatusInformation | None) -> str:
    """The host's own words, where there are any."""
    texts = [vendor_text or ""]
    if status is not None:
        texts += [status.vendor_text or "", status.additional_text or "", *status.texts]
    return next((" ".join(text.split()) for text in texts if text.strip()), "")


def completed(end: Completion, status: StatusInformation | None, explain: Explain) -> Answer:
    """06 0F. What it means for the money stands in the 04 0F before it."""
    if status is None:
        text = "The terminal completed without telling a result."
        return Answer(verdict=Verdict.UNCLEAR, message=text)
    code = status.result_code or errors.OK
    if code != errors.OK:
        message = _told(None, status) or explain(code)
        return Answer(verdict=Verdict.DECLINED, condition=f"{code:02X}", message=message)
    if any(problem.path == _AMOUNT for problem in status.problems):
        return Answer(verdict=Verdict.UNCLEAR, message="The amount cannot be read.")
    if end.result_code not in {None, errors.OK}:
        # It speaks of the command as a whole (card complete: update, reboot), not of the money.
        message = explain(end.result_code or errors.OK)
        return Answer(verdict=Verdict.APPROVED, condition=f"{end.result_code:02X}", message=message)
    return Answer(verdict=Verdict.APPROVED)


# --- the details of 04 0F -----------------------------------------------------------------------


def details(
    status: StatusInformation, order: MoneyOrder, receipts: tuple[Receipt, ...], now: datetime
) -> dict[str, Any]:
    """The members of an `Answer` that a status information fills."""
    return {
        "terminal_transaction": transaction_id(numbers_of(status), now),
        "approval_code": (status.approval_code or "").strip(),
        "card": card_of(status),
        "receipts": receipts,
        "signature_required": signature_wanted(status, receipts),
        **({"message": text} if (text := conversion_text(status)) else {}),
        **_amounts(status, order),
    }


def signature_wanted(status: StatusInformation, receipts: tuple[Receipt, ...] = ()) -> bool:
    """By the verification that the terminal names, or because a receipt has a line to sign on."""
    if status.result_code not in {None, errors.OK}:
        return False
    return status.wants_signature or any(receipt.signature_required for receipt in receipts)


def conversion_text(status: StatusInformation) -> str:
    """What the card is charged in its own currency (DCC); the sale's amount stays what it is."""
    for part in status.conversion:
        if part.kind == _FOREIGN and part.amount is not None and part.currency:
            amount = _amount(part.amount, part.currency)
            return f"The card is charged {amount} {part.currency}." if amount is not None else ""
    return ""


def _amounts(status: StatusInformation, order: MoneyOrder) -> dict[str, Any]:
    """Amounts are in the sale's currency; another one is told, never converted."""
    currency = _currency_of(order)
    if not currency or status.amount is None:
        return {}
    if (told := status.currency or currency) != currency:
        return {"foreign_currency": told}
    read: dict[str, Any] = {"authorized": _amount(status.amount, currency)}
    if status.tip is not None:
        read["tip"] = _amount(status.tip, currency)
    elif order.tip is not None:
        # Terminals that ignore the tag charge the sum all the same.
        read["tip"] = order.tip
    if status.cashback is not None:
        read["cashback"] = _amount(status.cashback, currency)
    return read


def _currency_of(order: MoneyOrder) -> str:
    amount = order.amount
    if amount is None and order.original is not None:
        amount = order.original.amount
    return amount.currency if amount is not None else ""


def _amount(minor: int, currency: str) -> Amount | None:
    try:
        return Amount(minor=minor, currency=currency)
    except UsageError:
        return None


def card_of(status: StatusInformation) -> Card | None:
    """The card, masked; None when the status information names none."""
    known = card_type_text(status.card_id) if status.card_id is not None else None
    brand = status.product_name or status.card_name or (known.en if known is not None else "")
    entry = ENTRY_MODES.get(-1 if status.card_technology is None else status.card_technology, "")
    number = status.masked_pan or _number_on_track(status)
    if not (brand or entry or number):
        return None
    return Card(masked_pan=number, brand=brand.strip(), entry_mode=entry)


def _number_on_track(status: StatusInformation) -> str:
    """What may be known of track 2: the masked number before its separator."""
    track = status.track2.reveal() if status.track2 is not None else ""
    return mask_pan(track.partition("D")[0].replace("E", "*"))


def evident(service_id: ServiceID, verdict: Verdict, message: str, **members: Any) -> Answer:
    """An answer that was found by comparing, not told (rule 8)."""
    return Answer(
        verdict=verdict, service_id=service_id, message=message, by_evidence=True, **members
    )
