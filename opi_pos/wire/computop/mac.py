"""The MAC: HMAC-SHA256 in hexadecimal digits over values joined with `*`.

A value that is missing is empty; its separators stay.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret

SEPARATOR: Final = "*"
REQUEST_MAC: Final = "PayID*TransID*MerchantID*Amount*Currency"
NOTIFICATION_MAC: Final = "PayID*TransID*MerchantID*Status*Code"
"""Formulas: names of fields. MerchantID is sent as MID in whatever Paygate says."""

_MERCHANT: Final = frozenset({"merchantid", "mid"})


def sign(members: Mapping[str, str], formula: str, key: Secret) -> str:
    """64 upper-case hexadecimal digits. `members` by the names of the table."""
    by_name = {name.lower(): value for name, value in members.items()}
    parts = [_value(by_name, name.strip().lower()) for name in formula.split(SEPARATOR)]
    text = SEPARATOR.join(parts).encode()
    return hmac.new(key.reveal().encode(), text, hashlib.sha256).hexdigest().upper()


def is_signed(members: Mapping[str, str], formula: str, key: Secret) -> bool:
    """Whether its `MAC` is right; compared in constant time, and without regard to case."""
    given = members.get("MAC", "").strip().upper().encode()
    return hmac.compare_digest(given, sign(members, formula, key).encode())


def check_formula(formula: str, key: str) -> None:
    """Raises `ConfigurationError` that names `key` when this is no formula."""
    names = [name.strip() for name in formula.split(SEPARATOR)]
    if not all(name.isalnum() for name in names):
        raise ConfigurationError(key, f"must be names of fields, such as {NOTIFICATION_MAC}")


def _value(by_name: Mapping[str, str], name: str) -> str:
    if name in _MERCHANT:
        return by_name.get("mid", by_name.get("merchantid", ""))
    return by_name.get(name, "")
