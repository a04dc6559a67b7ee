"""Receipts that the till builds from a status information (PA00P015 13.08 ch. 3.1: what must stand
on one). Pure.
"""

from __future__ import annotations

import textwrap
from typing import Final

from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import Operation
from terminal_bridge.drivers.zvt.answers import card_of, signature_wanted
from terminal_bridge.zvt.lines import TextLine
from terminal_bridge.zvt.messages.status import StatusInformation
from terminal_bridge.zvt.tables import errors
from terminal_bridge.zvt.tables.text import Text

_TITLES: Final = {
    Operation.PAYMENT: Text("Payment", "Zahlung"),
    Operation.REFUND: Text("Refund", "Gutschrift"),
    Operation.REVERSAL: Text("Reversal", "Storno"),
    Operation.RESERVATION: Text("Reservation", "Reservierung"),
    Operation.COMPLETION: Text("Booking of a reservation", "Buchung einer Reservierung"),
    Operation.RELEASE: Text("Reservation released", "Storno einer Reservierung"),
    Operation.TIP_ADJUSTMENT: Text("Tip", "Trinkgeld"),
}
_COPIES: Final = {
    Copy.CASHIER: Text("Merchant copy", "Händlerbeleg"),
    Copy.CUSTOMER: Text("Customer copy", "Kundenbeleg"),
}
_CONVERSION: Final = {
    1: Text("Amount", "Betrag"),
    2: Text("Exchange rate", "Umrechnungskurs"),
    3: Text("Amount in card currency", "Betrag in Kartenwährung"),
    4: Text("Commission", "Entgelt"),
    5: Text("Balance", "Guthaben"),
}
_RATE: Final = 2
_ON_APPROVAL: Final = "1"
_ALWAYS: Final = "2"


def slips(
    status: StatusInformation, order: MoneyOrder, *, width: int = 40, language: str = "en"
) -> tuple[Receipt, ...]:
    """The copies that the terminal wants (tag 45), or that are usual: the customer's, and the
    merchant's where somebody must sign. An approved reservation has none.
    """
    approved = status.result_code in {None, errors.OK}
    if approved and order.operation is Operation.RESERVATION:
        return ()
    return tuple(
        _slip(copy, status, order, width, language) for copy in _copies(status, approved=approved)
    )


def _copies(status: StatusInformation, *, approved: bool) -> tuple[Copy, ...]:
    wishes = status.receipt_parameter or ""
    signed = signature_wanted(status)
    if len(wishes) < 2:
        return (Copy.CASHIER, Copy.CUSTOMER)
    wanted = {_ALWAYS, _ON_APPROVAL} if approved else {_ALWAYS}
    copies = [Copy.CASHIER] if wishes[0] in wanted or signed else []
    if wishes[1] in wanted:
        copies.append(Copy.CUSTOMER)
    return tuple(copies)


def _slip(
    copy: Copy, status: StatusInformation, order: MoneyOrder, width: int, language: str
) -> Receipt:
    fields = _fields(status, order, language)
    lines = [line for text in status.receipt_header for line in _laid_out(text, width)]
    lines += [_COPIES[copy](language).center(width).rstrip(), ""]
    for name, value in fields.items():
        lines += _pair(name, value, width)
    lines += _emv_data(copy, status, width)
    signed = copy is Copy.CASHIER and signature_wanted(status)
    if signed:
        lines += ["", "", _text("Signature", "Unterschrift", language) + " " + "_" * 20]
    lines += [line for text in status.receipt_advertising for line in _laid_out(text, width)]
    return Receipt(
        copy=copy, lines=tuple(lines), fields=fields, signature_required=signed, must_print=signed
    )


def _text(english: str, german: str, language: str) -> str:
    return Text(english, german)(language)


def _fields(status: StatusInformation, order: MoneyOrder, language: str) -> dict[str, str]:
    """What must be printed, in the order in which it is; absent fields are left out."""
    de = language[:2].lower() == "de"
    card = card_of(status)
    pairs: list[tuple[str, str | None]] = [
        ("Vorgang" if de else "Transaction", _title(status, order, language)),
        ("Karte" if de else "Card", card.brand if card is not None else None),
        ("Betrag" if de else "Amount", _money(status.amount, status, order)),
        ("Trinkgeld" if de else "Tip", _money(status.tip, status, order)),
        ("Barauszahlung" if de else "Cashback", _money(status.cashback, status, order)),
        ("Terminal-ID", status.terminal_id),
        ("Datum" if de else "Date", _date(status, de=de)),
        ("Uhrzeit" if de else "Time", _time(status)),
        ("Trace-Nr." if de else "Trace no.", status.trace),
        ("Beleg-Nr." if de else "Receipt no.", status.receipt_no),
        ("Genehmigungs-Nr." if de else "Approval code", (status.approval_code or "").strip()),
        ("VU-Nr." if de else "Merchant no.", (status.merchant_no or "").strip()),
        ("Karten-Nr." if de else "Card no.", status.masked_pan),
        ("Kartenfolge-Nr." if de else "Card sequence no.", status.card_sequence_no),
        ("Gültig bis" if de else "Expiry", _expiry(status)),
        ("AID", status.application_id.hex().upper() if status.application_id else None),
        ("Autorisierungsergebnis" if de else "Host result", _host_code(status)),
        ("Original-Trace" if de else "Original trace", status.original_trace_no),
    ]
    pairs += _conversion(status, language)
    pairs.append(("Text", " / ".join((status.additional_text or "").split("\r")).strip() or None))
    return {name: value for name, value in pairs if value}


def _title(status: StatusInformation, order: MoneyOrder, language: str) -> str:
    title = _TITLES[order.operation](language)
    code = status.result_code or errors.OK
    if code == errors.OK:
        return title
    refused = _text("declined", "abgelehnt", language)
    return f"{title} {refused}: {errors.error_text(code)(language)}"


def _money(minor: int | None, status: StatusInformation, order: MoneyOrder) -> str | None:
    if minor is None:
        return None
    currency = status.currency or _currency_of(order)
    return _amount(minor, currency)


def _amount(minor: int, currency: str) -> str:
    try:
        return f"{Amount(minor=minor, currency=currency)} {currency}"
    except UsageError:
        return f"{minor} {currency}".strip()


def _currency_of(order: MoneyOrder) -> str:
    if order.amount is not None:
        return order.amount.currency
    original = order.original.amount if order.original is not None else None
    return original.currency if original is not None else ""


def _date(status: StatusInformation, *, de: bool) -> str | None:
    if status.date is None or len(status.date) != 4:
        return None
    month, day = status.date[:2], status.date[2:]
    return f"{day}.{month}." if de else f"{month}/{day}"


def _time(status: StatusInformation) -> str | None:
    if status.time is None or len(status.time) != 6:
        return None
    return f"{status.time[:2]}:{status.time[2:4]}:{status.time[4:]}"


def _expiry(status: StatusInformation) -> str | None:
    return f"{status.expiry[2:]}/{status.expiry[:2]}" if status.expiry else None


def _host_code(status: StatusInformation) -> str | None:
    return None if status.host_code is None else f"{status.host_code:02X}"


def _conversion(status: StatusInformation, language: str) -> list[tuple[str, str | None]]:
    """DCC: the amount that the card is charged, and at which rate."""
    pairs: list[tuple[str, str | None]] = []
    for part in status.conversion:
        name = _CONVERSION.get(part.kind or 0)
        if name is None or part.amount is None:
            continue
        if part.kind == _RATE or part.decimals is not None:
            value = f"{part.amount / 10 ** (part.decimals or 0):.{part.decimals or 0}f}"
            value += f" {part.currency}" if part.currency else ""
        else:
            value = _amount(part.amount, part.currency or "")
        pairs.append((name(language), value))
    return pairs


def _emv_data(copy: Copy, status: StatusInformation, width: int) -> list[str]:
    """Tags 46 and 47 are printed as they are."""
    data = status.merchant_emv_data if copy is Copy.CASHIER else status.customer_emv_data
    lines = (data or "").replace("\r\n", "\n").replace("\r", "\n").splitlines()
    return [part for line in lines for part in (textwrap.wrap(line, width) or [""])]


def _laid_out(line: TextLine, width: int) -> list[str]:
    parts = textwrap.wrap(line.text or "", width) or [""]
    return [part.center(width).rstrip() if line.centred else part for part in parts]


def _pair(name: str, value: str, width: int) -> list[str]:
    gap = width - len(name) - len(value)
    if gap > 0:
        return [f"{name}{' ' * gap}{value}"]
    return [name, *(part.rjust(width) for part in textwrap.wrap(value, width))]
