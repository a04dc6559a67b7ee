"""Notifications to change at will."""

from __future__ import annotations

from collections.abc import Mapping

from opi_pos.model.secret import Secret
from opi_pos.wire.computop import Keys, write_notification

KEYS = Keys(mac=Secret("key of the shop"), encryption=Secret("another password"))
MEMBERS = {
    "MID": "shop",
    "PayID": "0" * 31 + "1",
    "XID": "0" * 31 + "2",
    "TransID": "ccv-1",
    "RefNr": "order-1",
    "Status": "OK",
    "Description": "success",
    "Code": "00000000",
    "POSTerminalID": "t1",
    "MessageType": "01",
    "DMACKSN": "F",
    "DMAC": "0123456789ABCDEF",
    "MaskedPan": "541333XXXXXX0036",
    "Amount": "1250",
    "Currency": "EUR",
}


def notification(changed: Mapping[str, str | None] | None = None, **more: str | None) -> bytes:
    """The usual one with members changed, or left out where None."""
    return write_notification(_members({**(changed or {}), **more}), KEYS)


def encrypted_notification(**changed: str | None) -> bytes:
    """The same behind Len and Data."""
    return write_notification(_members(changed), KEYS, encrypted=True)


def _members(changed: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**MEMBERS, **changed}
    return {name: value for name, value in merged.items() if value is not None}
