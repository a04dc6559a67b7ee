"""Own messages by hand, as the tables spell them."""

from __future__ import annotations

from terminal_bridge.zvt import Apdu

PAYMENT_FIELDS = (
    "27 00"
    " 04 000000004250"
    " 0B 000917"
    " 0C 091530"
    " 0D 0612"
    " 0E 2909"
    " 17 0002"
    " 19 60"
    " 22 F0F8 541333EEEEEE0042"
    " 29 68001234"
    " 2A 373036343130322020202020202020"
    " 3B 4130343731310000"
    " 49 0978"
    " 87 0231"
    " 88 000917"
    " 8A 06"
    " 8B F1F1 4D61737465724361726400"
)
PAYMENT_OBJECTS = "2F 08 1F1001 01 1F1201 02  60 09 43 07 A0000000041010  1F1F 02 0231"


def apdu(control: str, *parts: str) -> Apdu:
    """An APDU from hexadecimal digits."""
    return Apdu(int(control, 16), bytes.fromhex(" ".join(parts)))


def container(objects: str) -> str:
    """BMP 06 around objects, with its length."""
    data = bytes.fromhex(objects)
    return f"06 {len(data):02X} {objects}"


PAYMENT = apdu("040F", PAYMENT_FIELDS, container(PAYMENT_OBJECTS))
