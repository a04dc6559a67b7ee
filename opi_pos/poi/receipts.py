"""The two receipts of a simulated card transaction: lines to print, and the same as fields.

Field names are the dotted paths of the JSON receipt that Swedbank Pay's terminals write
(`protocols/nexo.md` section 1.10); amounts there have a decimal comma.
"""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.card import mask_pan
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.scenario import CARDS, Entry, Verification

SHOP: Final = ("Simulated Shop", "Test Street 1", "12345 Testville")
WIDTH: Final = 24


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """What both copies say."""

    title: str
    """PURCHASE, REFUND, REVERSAL, …"""
    outcome: str
    total: Amount
    number: str
    """The terminal's transaction number."""
    time: str
    """ISO 8601 in UTC."""
    reference: str = ""
    """The till's own transaction id."""
    approval_code: str = ""
    card: str = ""
    """A key of `CARDS`; empty when no card was read."""
    entry: Entry = Entry.CHIP
    verification: Verification = Verification.NONE
    tip: Amount | None = None
    surcharge: Amount | None = None
    cashback: Amount | None = None
    signature_required: bool = False
    approved: bool = True
    transaction_type: str = "00"
    """ISO 8583 processing code: 00 purchase, 20 refund, 02 reversal."""


def receipts_of(slip: Slip) -> tuple[Receipt, ...]:
    """Merchant's copy and cardholder's copy."""
    return (merchant_copy(slip), cardholder_copy(slip))


def merchant_copy(slip: Slip) -> Receipt:
    """The copy that the cardholder signs, if anybody must."""
    pan = CARDS[slip.card].masked_pan if slip.card else ""
    return Receipt(
        copy=Copy.CASHIER,
        lines=_lines(slip, pan, "Merchant copy"),
        fields=_fields(slip, pan),
        signature_required=slip.signature_required,
        must_print=slip.signature_required,
    )


def cardholder_copy(slip: Slip) -> Receipt:
    """Only the last four digits stand here."""
    masked = CARDS[slip.card].masked_pan if slip.card else ""
    pan = "*" * (len(masked) - 4) + masked[-4:]
    return Receipt(
        copy=Copy.CUSTOMER,
        lines=_lines(slip, pan, "Cardholder copy"),
        fields=_fields(slip, pan),
        must_print=True,
    )


def _comma(amount: Amount) -> str:
    return str(amount).replace(".", ",")


def _money(title: str, amount: Amount) -> str:
    value = f"{_comma(amount)} {amount.currency}"
    return f"{title}{value:>{max(1, WIDTH - len(title))}}"


def _lines(slip: Slip, pan: str, whose: str) -> tuple[str, ...]:
    lines = [*SHOP, f"{slip.time[:10]} {slip.time[11:16]}", ""]
    if slip.card:
        lines += [slip.card, slip.entry.value, pan, f"AID: {CARDS[slip.card].application}", ""]
    lines.append(f"RRN: {slip.number}")
    if slip.approval_code:
        lines.append(f"Auth code: {slip.approval_code}")
    lines += ["", *_amount_lines(slip), slip.outcome, "", whose]
    return tuple(lines)


def _amount_lines(slip: Slip) -> list[str]:
    extras = (("TIP:", slip.tip), ("SURCHARGE:", slip.surcharge), ("CASHBACK:", slip.cashback))
    shown = [_money(title, amount) for title, amount in extras if amount is not None]
    return [_money(f"{slip.title}:", slip.total), *(f" incl. {line}" for line in shown)]


def _fields(slip: Slip, pan: str) -> dict[str, str]:
    fields = {
        "Mandatory.Acquirer.CardAcceptorNumber": "42000001",
        "Mandatory.Acquirer.TerminalID": slip.number[:6],
        "Mandatory.CardAcceptor.Name": SHOP[0],
        "Mandatory.CardAcceptor.Address1": SHOP[1],
        "Mandatory.CardAcceptor.PostZipCode": SHOP[2].split()[0],
        "Mandatory.CardAcceptor.TownCity": SHOP[2].split()[1],
        "Mandatory.CardDetails.PrimaryAccountNumber": mask_pan(pan),
        "Mandatory.Outcome.ApprovalCode": slip.approval_code,
        "Mandatory.Outcome.AuthorisationResponseCode": "00" if slip.approved else "05",
        "Mandatory.Payment.CardholderVerificationMethod": _METHODS[slip.verification],
        "Mandatory.Payment.Currency": slip.total.currency,
        "Mandatory.Payment.PaymentAmount": _comma(slip.total),
        "Mandatory.Payment.ReceiptNumber": slip.number,
        "Mandatory.Payment.TotalAmount": _comma(slip.total),
        "Mandatory.Payment.TransactionType": slip.transaction_type,
        "Mandatory.TimeStamp.DateOfPayment": slip.time[:10],
        "Mandatory.TimeStamp.TimeOfPayment": slip.time[11:16],
        "Optional.Payment.Reference": slip.reference,
    }
    if slip.card:
        fields["Mandatory.CardDetails.ApplicationIdentifier"] = CARDS[slip.card].application
        fields["Mandatory.CardDetails.CardSchemeName.ApplicationLabel"] = slip.card
    return {name: value for name, value in sorted(fields.items()) if value}


_METHODS: Final = {Verification.NONE: "/", Verification.PIN: "@", Verification.SIGNATURE: "a"}
