"""A notification: Paygate tells of a payment, apart from what the terminal told the till.

Code and Status decide together; the Description never does. One that Paygate could not deliver is
sent once more, 2 s later, and then no more: whoever needs to know asks.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from opi_pos.model.card import MaskedRepr
from opi_pos.model.errors import ProtocolError
from opi_pos.model.money import Amount
from opi_pos.wire.computop import table
from opi_pos.wire.computop.amounts import amounts, identity, masked_pan, words
from opi_pos.wire.computop.form import inner_text, read_form, write_form
from opi_pos.wire.computop.mac import NOTIFICATION_MAC, is_signed, sign
from opi_pos.wire.computop.sealing import Keys, seal

GOOD_CODE: Final = "00000000"
SALE, REVERSAL, CREDIT = "01", "02", "03"
"""MessageType: what was done."""

_DONE: Final = frozenset({"OK", "AUTHORIZED"})
"""Captured, or authorised."""
_FAILURES: Final = frozenset({"2", "4"})
"""First digits of codes that are final errors; 6 is on its way, 7 tells of 3-D Secure."""


class Said(enum.StrEnum):
    """What Code and Status say together."""

    DONE = "done"
    FAILED = "failed"
    UNCLEAR = "unclear"
    """On its way, unknown, or the two disagree."""


class MacError(ProtocolError):
    """It is not signed as the formula wants; nothing in it can be believed."""

    def __init__(self, formula: str) -> None:
        super().__init__("MAC", f"does not match the formula {formula}")


class Notification(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """One action of one payment, signed by Paygate. No field holds a card number."""

    merchant_id: str
    pay_id: str
    """Of the payment."""
    xid: str
    """Of this action: the same notification sent twice has the same."""
    trans_id: str
    ref_nr: str
    """The reference that the till sent to the terminal; TransID where it sent none."""
    status: str
    code: str
    said: Said
    message_type: str
    terminal_id: str
    amount: Amount | None
    """In the merchant's currency."""
    card_amount: Amount | None = None
    """In the card's own currency, where it was converted."""
    rate: str = ""
    masked_pan: str = ""
    brand: str = ""
    description: str = ""
    scheme_reference: str = ""
    warnings: tuple[str, ...] = ()
    """What does not keep to Computop's table, by name."""


def read_notification(body: bytes, keys: Keys, *, formula: str = NOTIFICATION_MAC) -> Notification:
    """Read, decrypt, check. Raises `ProtocolError`; `MacError` when the signature is wrong."""
    members = read_form(body, keys)
    if not is_signed(members, formula, keys.mac):
        raise MacError(formula)
    for name in ("XID", "Status", "Code"):
        if not members.get(name, "").strip():
            raise ProtocolError(name, "missing")
    found = amounts(members)
    warnings = table.warnings(members, table.NOTIFICATION)
    dropped = tuple(f"{name}: dropped" for name in sorted(table.SENSITIVE & members.keys()))
    return Notification(
        merchant_id=identity(members, "MID"),
        pay_id=identity(members, "PayID"),
        xid=identity(members, "XID"),
        trans_id=identity(members, "TransID"),
        ref_nr=identity(members, "RefNr") or identity(members, "TransID"),
        status=words(members, "Status"),
        code=words(members, "Code"),
        said=said(members["Status"], members["Code"]),
        message_type=words(members, "MessageType"),
        terminal_id=identity(members, "POSTerminalID"),
        amount=found.merchant,
        card_amount=found.card,
        rate=found.rate,
        masked_pan=masked_pan(members),
        brand=words(members, "CCBrand"),
        description=words(members, "Description", 1024),
        scheme_reference=words(members, "schemeReferenceID"),
        warnings=warnings + dropped,
    )


def said(status: str, code: str) -> Said:
    """What the two say; `UNCLEAR` where they disagree."""
    is_done, is_good = status.strip().upper() in _DONE, code.strip() == GOOD_CODE
    if is_done and is_good:
        return Said.DONE
    if status.strip().upper() == "FAILED" and code.strip()[:1] in _FAILURES:
        return Said.FAILED
    return Said.UNCLEAR


def write_notification(
    members: Mapping[str, str], keys: Keys, *, encrypted: bool = False, vector: bytes = b""
) -> bytes:
    """As Paygate posts it, MAC added where there is none; for simulators."""
    signed = {"MAC": sign(members, NOTIFICATION_MAC, keys.mac), **members}
    if not encrypted:
        return write_form(signed)
    length, data = seal(inner_text(signed), keys, vector)
    return write_form({"Len": length, "Data": data})
