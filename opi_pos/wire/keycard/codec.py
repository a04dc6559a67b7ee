"""Bytes to messages and back. Every failure to read is a `ProtocolError` that names the member.

The documentation prints all values as strings, its prose says `IntermediateState` where its schema
says `IsIntermediateState`, and SessionId came later: all of that is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.keycard.messages import NO_RECEIPT, Callback, Reply, Request
from opi_pos.wire.keycard.text import from_base64, to_base64
from opi_pos.wire.limits import MAX_BYTES

MAX_LINES: Final = 1000
"""Lines of a receipt."""
MAX_DIGITS: Final = 12
"""Of a number."""

_BOM: Final = b"\xef\xbb\xbf"
_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no"})
_INTERMEDIATE: Final = ("IsIntermediateState", "IntermediateState")


def read_request(data: bytes) -> Request:
    """A command of a client."""
    members = _members(data)
    return Request(
        command=_text(members, "Command", needed=True),
        callback_url=_text(members, "CallbackUrl"),
        parameter=_text(members, "Parameter"),
    )


def write_request(request: Request) -> bytes:
    """A command; `Parameter` stands only where there is one."""
    members = {"Command": str(request.command), "CallbackUrl": request.callback_url}
    if request.parameter:
        members["Parameter"] = request.parameter
    return msgspec.json.encode(members)


def read_reply(data: bytes) -> Reply:
    """The immediate answer of a server."""
    members = _members(data)
    return Reply(
        proceed=_bool(members, "Proceed"),
        http_status=_int(members, "HttpStatus", 200),
        message=_text(members, "Message"),
        session_id=_text(members, "SessionId"),
    )


def write_reply(reply: Reply) -> bytes:
    """The immediate answer: HttpStatus and SessionId are strings, as servers send them."""
    return msgspec.json.encode(
        {
            "HttpStatus": str(reply.http_status),
            "Message": reply.message,
            "Proceed": reply.proceed,
            "SessionId": reply.session_id,
        }
    )


def read_callback(data: bytes) -> Callback:
    """A callback. One that does not say whether it is the last one is none."""
    members = _members(data)
    flag = next((name for name in _INTERMEDIATE if name in members), _INTERMEDIATE[0])
    return Callback(
        command=_text(members, "Command"),
        success=_bool(members, "Success"),
        intermediate=_bool(members, flag),
        value=from_base64(_text(members, "Value")),
        receipt_number=_int(members, "ReceiptNumber", NO_RECEIPT),
        receipt=_lines(members),
    )


def write_callback(callback: Callback) -> bytes:
    """A callback. The flag goes out under both of its names, for clients of either."""
    return msgspec.json.encode(
        {
            "Command": str(callback.command),
            "Success": callback.success,
            "Value": to_base64(callback.value),
            "IsIntermediateState": callback.intermediate,
            "IntermediateState": callback.intermediate,
            "ReceiptNumber": callback.receipt_number,
            "ReceiptText": [to_base64(line) for line in callback.receipt],
        }
    )


def _members(data: bytes) -> Mapping[str, Any]:
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    try:
        members = msgspec.json.decode(data.removeprefix(_BOM))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ProtocolError("", "is no JSON") from None
    if not isinstance(members, dict):
        raise ProtocolError("", "is no JSON object")
    return members


def _text(members: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = members.get(name)
    if value is None:
        if needed:
            raise ProtocolError(name, "missing")
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ProtocolError(name, "must be a string")
    return str(value)


def _bool(members: Mapping[str, Any], name: str) -> bool:
    value = members.get(name)
    if value is None:
        raise ProtocolError(name, "missing")
    word = str(value).strip().lower() if isinstance(value, (bool, str, int)) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ProtocolError(name, "must be true or false")


def _int(members: Mapping[str, Any], name: str, default: int) -> int:
    value = members.get(name)
    if value is None or value == "":
        return default
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    digits = text.removeprefix("-")
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()):
        raise ProtocolError(name, "must be a whole number")
    if len(digits) > MAX_DIGITS:
        raise ProtocolError(name, "is too large")
    return int(text)


def _lines(members: Mapping[str, Any]) -> tuple[bytes, ...]:
    lines = members.get("ReceiptText")
    if lines is None or lines == "":
        return ()
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ProtocolError("ReceiptText", "must be an array of strings")
    if len(lines) > MAX_LINES:
        raise ProtocolError("ReceiptText", f"has more than {MAX_LINES} lines")
    return tuple(from_base64(line) for line in lines)
