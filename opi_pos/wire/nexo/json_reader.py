"""Reads a JSON message: msgspec by the schema where it fits, tolerantly where it does not.

msgspec alone would take NaN, endless numbers and any text as an enumeration value, would let
UnicodeDecodeError and RecursionError escape, and refuses a byte order mark; all that ends here.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_BYTES, MAX_DEPTH, MAX_DIGITS
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.conformity import conforms
from opi_pos.wire.nexo.envelope import is_body, is_root, read_envelope
from opi_pos.wire.nexo.message import (
    HEADER,
    REQUEST_ROOT,
    REQUESTS,
    RESPONSE_ROOT,
    RESPONSES,
    TRAILER,
    Message,
)
from opi_pos.wire.nexo.problems import INVALID_VALUE
from opi_pos.wire.nexo.received import Encoding, Received
from opi_pos.wire.nexo.schema import AnyElement
from opi_pos.wire.nexo.tree import JsonTree

_BODIES: Final = {REQUEST_ROOT: REQUESTS, RESPONSE_ROOT: RESPONSES}
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


class _NotBySchemaError(ValueError):
    """The message needs the tolerant reader."""


def read_json(data: bytes) -> Message:
    """The message, or a ProtocolError."""
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    text = _utf_8(data)
    try:
        return _by_schema(text, data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _tolerantly(text, data)


def _utf_8(data: bytes) -> bytes:
    if not data.startswith(_UTF_16_BOMS):
        return data.removeprefix(_BOM)
    try:
        return data.decode("utf-16").encode()
    except UnicodeError:
        raise ProtocolError("", "not UTF-16 text") from None


_ENVELOPE: Final = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])


def _secret(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise _NotBySchemaError


@cache
def _decoder(kind: type[AnyElement]) -> msgspec.json.Decoder[AnyElement]:
    return msgspec.json.Decoder(kind, dec_hook=_secret)


def _struct(kind: type[AnyElement], data: msgspec.Raw) -> AnyElement:
    struct = _decoder(kind).decode(data)
    if not conforms(kind)(struct):
        raise _NotBySchemaError
    return struct


def _by_schema(text: bytes, data: bytes) -> Message:
    envelope = _ENVELOPE.decode(text)
    if len(envelope) != 1:
        raise _NotBySchemaError
    (root, inside), *_ = envelope.items()
    bodies = _BODIES.get(root, {})
    names = inside.keys() - {HEADER, TRAILER}
    if HEADER not in inside or len(names) != 1 or not names <= bodies.keys():
        raise _NotBySchemaError
    name = names.pop()
    header = _struct(MessageHeader, inside[HEADER])
    body = _struct(bodies[name], inside[name])
    trailer = _struct(ContentInformation, inside[TRAILER]) if TRAILER in inside else None
    parts = (header, body, trailer, None)
    return Message(
        header=header,
        body=body,
        security_trailer=trailer,
        received=Received(Encoding.JSON, data, parts),
    )


def _number(text: str) -> Decimal:
    if len(text) > MAX_DIGITS + 8:
        raise ValueError("endless number")
    return Decimal(text)


_ANY: Final = msgspec.json.Decoder(float_hook=_number)


def _tolerantly(text: bytes, data: bytes) -> Message:
    try:
        tree = _ANY.decode(text)
    except (msgspec.MsgspecError, ValueError):
        raise ProtocolError("", "not well-formed JSON") from None
    except RecursionError:
        raise ProtocolError("", f"nested deeper than {MAX_DEPTH}") from None
    if not isinstance(tree, dict):
        raise ProtocolError("", "not a nexo message")
    _check_limits(tree)
    view = JsonTree()
    for name, inside in tree.items():
        if is_root(name) and isinstance(inside, dict):
            return read_envelope(view, name, view.entries(inside), data)
    if any(is_body(name) for name in tree):
        return read_envelope(view, "", view.entries(tree), data)
    raise ProtocolError("", "not a nexo message")


def _check_limits(tree: object) -> None:
    depth, level = 0, [tree]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ProtocolError("", f"nested deeper than {MAX_DEPTH}")
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
                raise ProtocolError("", f"{INVALID_VALUE}: too many digits")
        level = inner
