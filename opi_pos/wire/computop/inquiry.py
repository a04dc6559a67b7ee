"""The status inquiry by RefNr. Its own status (was it answered) and the payment's are two things.

The MAC of an inquiry by RefNr alone leaves all parts but the merchant empty [inferred].
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from opi_pos.model.card import MaskedRepr
from opi_pos.model.errors import ProtocolError
from opi_pos.model.money import Amount
from opi_pos.wire.computop import table
from opi_pos.wire.computop.amounts import amount, identity, masked_pan, words
from opi_pos.wire.computop.form import inner_text, read_form, write_form
from opi_pos.wire.computop.mac import REQUEST_MAC, is_signed, sign
from opi_pos.wire.computop.notification import GOOD_CODE, MacError
from opi_pos.wire.computop.sealing import Keys, seal

_REFERENCE = re.compile(r"[^\s&=%+*]{1,30}")
"""What can stand between `&` and `=` without an escape."""


class Inquiry(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """Paygate's answer. Amounts are minor units, None where not said."""

    answered: bool
    """Whether the inquiry itself succeeded. When not, nothing is known of the payment."""
    code: str
    description: str = ""
    pay_id: str = ""
    xid: str = ""
    last_status: str = ""
    """Of the payment: AUTHORIZED, FAILED, CAPTURE_REQUEST, CREDIT_REQUEST, OK."""
    authorized_minor: int | None = None
    captured_minor: int | None = None
    credited_minor: int | None = None
    base: Amount | None = None
    """In the merchant's currency, where it was converted: then the others are the card's."""
    masked_pan: str = ""
    brand: str = ""
    warnings: tuple[str, ...] = ()


def write_inquiry(merchant_id: str, ref_nr: str, keys: Keys, vector: bytes = b"") -> bytes:
    """The form to post to `inquire.aspx`. Raises `ProtocolError` when it cannot carry `ref_nr`."""
    if _REFERENCE.fullmatch(ref_nr) is None:
        raise ProtocolError("RefNr", "must be 1 to 30 characters, none of & = % + * and spaces")
    plain = {"MerchantID": merchant_id, "RefNr": ref_nr}
    mac = sign({"MerchantID": merchant_id}, REQUEST_MAC, keys.mac)
    length, data = seal(inner_text({**plain, "MAC": mac}), keys, vector)
    return write_form({"MerchantID": merchant_id, "Len": length, "Data": data})


def read_inquiry(body: bytes, keys: Keys) -> Inquiry:
    """The answer, encrypted or, of an early error, in plain pairs."""
    members = read_form(body, keys)
    if "Status" not in members:
        raise ProtocolError("Status", "missing")
    code = words(members, "Code")
    answered = members["Status"].strip().upper() == "OK" and code == GOOD_CODE
    return Inquiry(
        answered=answered,
        code=code,
        description=words(members, "Description", 1024),
        pay_id=identity(members, "PayID"),
        xid=identity(members, "XID"),
        last_status=words(members, "LastStatus").upper() if answered else "",
        authorized_minor=_minor(members, "AmountAuth"),
        captured_minor=_minor(members, "AmountCap"),
        credited_minor=_minor(members, "AmountCred"),
        base=amount(members.get("baseAmount"), members.get("baseCurrency")),
        masked_pan=masked_pan(members),
        brand=words(members, "CCBrand"),
        warnings=table.warnings(members, table.INQUIRY) if answered else (),
    )


def read_inquiry_request(body: bytes, keys: Keys) -> tuple[str, str]:
    """Merchant and RefNr; for simulators. Raises `MacError` when it is not signed."""
    members = read_form(body, keys)
    merchant, ref_nr = members.get("MerchantID", ""), members.get("RefNr", "")
    signed = {"MerchantID": merchant, "MAC": members.get("MAC", "")}
    if not is_signed(signed, REQUEST_MAC, keys.mac):
        raise MacError(REQUEST_MAC)
    return merchant, ref_nr


def write_inquiry_answer(members: Mapping[str, str], keys: Keys, vector: bytes = b"") -> bytes:
    """For simulators."""
    length, data = seal(inner_text(members), keys, vector)
    return write_form({"Len": length, "Data": data})


def _minor(members: Mapping[str, str], name: str) -> int | None:
    digits = members.get(name, "").strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:
        return None
    return int(digits)
