"""JSON objects of other people's making: within limits, decimals exact."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.limits import MAX_BYTES, MAX_DIGITS

_BOM: Final = b"\xef\xbb\xbf"


def _exact(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number is too long")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise ValueError("a number cannot be read") from None


_DECODER: Final = msgspec.json.Decoder(float_hook=_exact)


def decoded(data: bytes) -> dict[str, Any]:
    """The members of the one object that the bytes are. Raises `ProtocolError`."""
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    try:
        members = _DECODER.decode(_utf8(data.removeprefix(_BOM)))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise ProtocolError("", "is no JSON") from None
    if not isinstance(members, dict):
        raise ProtocolError("", "is no JSON object")
    return members


def _utf8(data: bytes) -> bytes:
    """Some terminals write Latin-1: `Transacción` with a single byte."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data
