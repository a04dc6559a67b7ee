"""Plain JSON on its way to the disk: no `Secret`, and nothing that looks like a card number.

The identifiers of an exchange are exempt: one shop's order numbers in ten pass the check digit of
a card number, and a changed `reference` would be another payment.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.model.errors import JournalError

T = TypeVar("T")

_IDENTIFIERS = frozenset(
    {"reference", "reversal_reference", "sale_time", "service_id", "exchange_id", "parent"}
    | {"poi_id", "sale_id", "device_id", "mail_id"}
)
_TRANSACTION_ID = frozenset({"id", "time"})
"""The fields of `TransactionID`, which a reversal must give back as the terminal wrote them."""

_SHORTEST = b"0" * 12
_SHAPE = bytes(0x30 if chr(code) in "0123456789" else 0x78 for code in range(256))
_BASE64_SHORTEST = b"0" * 20
_BASE64_SHAPE = bytes(
    0x30 if chr(code).isascii() and (chr(code).isalnum() or chr(code) in "+/") else 0x78
    for code in range(256)
)
"""Digits, space and dash are never escaped in JSON, nor is anything that base64 has: a text without
a run of digits, once spaces and dashes are taken out, and without a run of base64 hides no card
number. Ten times cheaper than a regular expression."""

_ENCODER = msgspec.json.Encoder()


def encode(value: object) -> str:
    """JSON text with card numbers masked; `JournalError` for what is not plain (a `Secret`)."""
    return _encode(value)[0].decode()


def plain(value: T) -> T:
    """What would be read back after `encode`; an immutable `value` itself where nothing changed."""
    encoded, changed = _encode(value)
    return msgspec.json.decode(encoded, type=type(value)) if changed else value


def _encode(value: object) -> tuple[bytes, bool]:
    try:
        encoded = _ENCODER.encode(value)
        if not _may_hide(encoded):
            return encoded, False
        masked = _ENCODER.encode(_masked(msgspec.to_builtins(value), ""))
    except (TypeError, ValueError, RecursionError) as error:
        # The text of msgspec's error names types, never values.
        raise JournalError(f"the journal keeps plain JSON only: {error}") from None
    return masked, True


def mask_value(text: str) -> str:
    """A text to remember: structured if it is JSON, else free."""
    if not _may_hide(text.encode("utf-8", "replace")):
        return text
    try:
        return encode(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return mask_text(text)


def _may_hide(encoded: bytes) -> bool:
    return _SHORTEST in encoded.translate(_SHAPE, b" -") or _BASE64_SHORTEST in encoded.translate(
        _BASE64_SHAPE
    )


def _masked(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value if name in _IDENTIFIERS else mask_text(value)
    if isinstance(value, dict):
        if value.keys() == _TRANSACTION_ID:
            return value
        return {mask_text(str(key)): _masked(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, name) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _masked_number(value)
    return value


def _masked_number(value: float) -> object:
    # Only whole numbers can be card numbers; a time in seconds is far too short.
    if isinstance(value, float) and not value.is_integer():
        return value
    digits = str(abs(int(value)))
    return value if (masked := mask_text(digits)) == digits else masked
