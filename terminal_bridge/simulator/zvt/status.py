"""What the terminal tells of a transaction: 04 0F, and the codes of what went wrong."""

from __future__ import annotations

import enum
from typing import Final

from opi_pos.poi.cardholder import End
from opi_pos.poi.scenario import CARDS, Entry, Verification
from terminal_bridge.simulator.zvt.fields import bmp, pack
from terminal_bridge.simulator.zvt.message import STATUS_INFORMATION, Message
from terminal_bridge.simulator.zvt.profile import PtProfile
from terminal_bridge.simulator.zvt.store import Dcc, Kind, Transaction
from terminal_bridge.zvt.currencies import number_of
from terminal_bridge.zvt.tables import errors
from terminal_bridge.zvt.tlv import Tlv

NO_CONNECTION: Final = 0xA3
WRONG_PIN: Final = 0x37
"""Host code 55."""
DECLINED: Final = 0x05

CODES: Final = {
    End.DECLINED: DECLINED,
    End.ABORTED: errors.ABORTED,
    End.CANCELLED: errors.ABORTED,
    End.NO_CARD: errors.ABORTED,
    End.INVALID_CARD: errors.CARD_UNKNOWN,
    End.WRONG_PIN: WRONG_PIN,
    End.UNREACHABLE: NO_CONNECTION,
    End.SIGNATURE_REFUSED: errors.ABORTED,
    End.FAILED: errors.SYSTEM_ERROR,
}
"""How each end of a play is told [inferred where the error table leaves a choice]."""

CARD_TYPES: Final = {"Visa": 10, "Mastercard": 6, "Maestro": 46}
_TECHNOLOGIES: Final = {Entry.MAGSTRIPE: 0, Entry.CHIP: 1, Entry.CONTACTLESS: 2}
_METHODS: Final = {Verification.NONE: 0, Verification.SIGNATURE: 1, Verification.PIN: 2}
_PIN_PAYMENT: Final = 0x70
_ONLINE: Final = 0x60
_NAME_END: Final = b"\0"
_RECEIPTS_WANTED: Final = bytes.fromhex("21000000")
"""Tag 45: the merchant's copy always, the customer's when approved."""
_TIPPABLE: Final = b"\x01"


class Tags(enum.Enum):
    """How much TLV a till gets."""

    NONE = "none"
    FEW = "few"
    """Flat, and what cannot be told otherwise alone."""
    FLAT = "flat"
    NESTED = "nested"


def status_information(
    transaction: Transaction, profile: PtProfile, *, tags: Tags, currency: bool
) -> Message:
    """04 0F of a transaction that reached the host."""
    t = transaction
    parts = [
        bmp(0x27, bytes((t.result,))),
        bmp(0x04, pack(t.amount.minor, 6)),
        bmp(0x0B, pack(t.trace, 3)),
        bmp(0x0C, pack(t.stamp[8:], 3)),
        bmp(0x0D, pack(t.stamp[4:8], 2)),
    ]
    if t.original_trace:
        parts.append(bmp(0x37, pack(t.original_trace, 3)))
    if t.card:
        parts += card_fields(t.card)
    if (type_byte := _type_byte(t)) is not None:
        parts.append(bmp(0x19, bytes((type_byte,))))
    parts += [bmp(0x29, pack(profile.terminal_id, 4)), bmp(0x2A, _merchant(profile))]
    if t.approval_code:
        parts.append(bmp(0x3B, t.approval_code.encode("ascii").ljust(8, b"\0")))
    if currency:
        parts.append(bmp(0x49, pack(number_of(t.amount.currency), 2)))
    parts += [bmp(0x87, pack(t.receipt, 2)), bmp(0x88, pack(t.turnover, 3))]
    objects = None if tags is Tags.NONE else tuple(_objects(t, profile, tags))
    return Message(STATUS_INFORMATION, b"".join(parts), objects)


def failed_information(code: int, profile: PtProfile, card: str = "") -> Message:
    """04 0F of a transaction that came to nothing."""
    parts = [bmp(0x27, bytes((code,))), bmp(0x29, pack(profile.terminal_id, 4))]
    if card:
        parts += card_fields(card)
    return Message(STATUS_INFORMATION, b"".join(parts))


def card_fields(brand: str) -> list[bytes]:
    """Masked number, card type and name."""
    return [
        number_field(brand),
        bmp(0x8A, bytes((CARD_TYPES[brand],))),
        bmp(0x8B, brand.encode("ascii") + _NAME_END),
    ]


def number_field(brand: str) -> bytes:
    """The masked number: E for a hidden digit, F to fill up."""
    digits = CARDS[brand].masked_pan.replace("*", "E")
    return bmp(0x22, bytes.fromhex(digits + "F" * (len(digits) % 2)))


def _merchant(profile: PtProfile) -> bytes:
    return profile.merchant_no.encode("ascii").ljust(15)


def _type_byte(transaction: Transaction) -> int | None:
    """Left out for a card without any check: 60 alone would ask for a signature."""
    if not transaction.card or transaction.kind in {Kind.REVERSAL, Kind.RELEASE}:
        return None
    return {Verification.PIN: _PIN_PAYMENT, Verification.SIGNATURE: _ONLINE}.get(
        transaction.verification
    )


def _objects(t: Transaction, profile: PtProfile, tags: Tags) -> list[Tlv]:
    objects = [] if tags is Tags.FEW else [Tlv(0x45, _RECEIPTS_WANTED)]
    if t.card:
        objects += _card_objects(t, tags)
    if t.tip:
        objects.append(Tlv(0x1F36, pack(t.tip, 6)))
    if t.cashback:
        objects.append(Tlv(0x1F25, pack(t.cashback, 6)))
    if t.tippable:
        objects.append(Tlv(0x1F3B, _TIPPABLE))
    if t.dcc is not None:
        objects.append(_dcc_object(t, t.dcc))
    if profile.sync_tag:
        objects.append(Tlv(0x1F1F, pack(t.receipt, 2)))
    return objects


def _card_objects(t: Transaction, tags: Tags) -> list[Tlv]:
    method = Tlv(0x1F10, bytes((_METHODS[t.verification],)))
    technology = Tlv(0x1F12, bytes((_TECHNOLOGIES[t.entry],)))
    application = Tlv(0x43, bytes.fromhex(CARDS[t.card].application))
    if tags is not Tags.NESTED:
        return [method, technology, application]
    label = Tlv(0x42, t.card.upper().encode("ascii"))
    online = Tlv(0x1F11, b"\x01")
    return [Tlv.of(0x2F, [method, online, technology]), Tlv.of(0x60, [application, label])]


def _dcc_object(t: Transaction, dcc: Dcc) -> Tlv:
    base = Tlv.of(
        0x31,
        [
            Tlv(0x1F1D, b"\x01"),
            Tlv(0x1F20, pack(t.amount.minor, 6)),
            Tlv(0x1F21, pack(number_of(t.amount.currency), 2)),
            Tlv(0x1F1E, b"\x02"),
        ],
    )
    rate = Tlv.of(
        0x31, [Tlv(0x1F1D, b"\x02"), Tlv(0x1F20, pack(dcc.rate, 6)), Tlv(0x1F1E, b"\x06")]
    )
    foreign = Tlv.of(
        0x31,
        [
            Tlv(0x1F1D, b"\x03"),
            Tlv(0x1F20, pack(dcc.amount.minor, 6)),
            Tlv(0x1F21, pack(number_of(dcc.amount.currency), 2)),
            Tlv(0x1F1E, b"\x02"),
        ],
    )
    return Tlv.of(0xE2, [base, rate, foreign, Tlv(0x1F1B, pack(dcc.markup, 2))])
