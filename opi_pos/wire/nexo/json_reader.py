"""Reads a JSON message: msgspec by the schema where it fits, tolerantly where it does not.

msgspec alone would take NaN, endless numbers and any text as an enumeration value, would let
UnicodeDecodeError and RecursionError escape, and refuses a byte order mark; all that ends here.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.limits import MAX_DEPTH, MAX_DIGITS
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.envelope import find_header, is_body, is_root, read_envelope
from opi_pos.wire.nexo.json_types import decoder, number_from_json
from opi_pos.wire.nexo.message import (
    REQUEST_ROOT,
    REQUESTS,
    RESPONSE_ROOT,
    RESPONSES,
    Message,
    category_of,
)
from opi_pos.wire.nexo.problems import INVALID_VALUE
from opi_pos.wire.nexo.received import Encoding, Received
from opi_pos.wire.nexo.tree import Entry, JsonTree

_JSON: Final = Encoding.JSON
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


def read_json(data: bytes) -> Message:
    """The message, or a ProtocolError."""
    text = data if data[:1] == b"{" else _utf_8(data)
    try:
        inside = _expected_decoder(text).decode(text).inside
    except (msgspec.MsgspecError, ValueError, KeyError, RecursionError):
        return _tolerantly(text, data)
    header, body, trailer = inside.header, inside.body, inside.trailer
    received = Received(_JSON, data, (header, body, trailer, None))
    return Message(header=header, body=body, security_trailer=trailer, received=received)


def _utf_8(data: bytes) -> bytes:
    if not data.startswith(_UTF_16_BOMS):
        return data.removeprefix(_BOM)
    try:
        return data.decode("utf-16").encode()
    except UnicodeError:
        raise ProtocolError("", "not UTF-16 text") from None


def _expected_decoder(text: bytes) -> msgspec.json.Decoder[Any]:
    """For the body that the header announces; a wrong guess only costs the tolerant reading."""
    category = _CATEGORY(text)
    if category is None:
        raise ValueError("no header")
    key = (b"POIResponse" in text[:_ROOT_ENDS], category[1])
    try:
        return _DECODERS[key]
    except KeyError:
        return _DECODERS.setdefault(key, decoder(*_EXPECTED[key]))


_ROOT_ENDS: Final = 64
_CATEGORY: Final = re.compile(rb'"MessageCategory"\s*:\s*"(\w{3,20})"').search
_EXPECTED: Final = {
    (root == RESPONSE_ROOT, category_of(name)[0].encode()): (root, kind)
    for root, bodies in ((REQUEST_ROOT, REQUESTS), (RESPONSE_ROOT, RESPONSES))
    for name, kind in bodies.items()
}
_DECODERS: Final[dict[tuple[bool, bytes], msgspec.json.Decoder[Any]]] = {}
_ANY: Final = msgspec.json.Decoder(float_hook=number_from_json)


def _tolerantly(text: bytes, data: bytes) -> Message:
    name, entries = _entries(text)
    return read_envelope(JsonTree(), name, entries, data)


def read_json_header(data: bytes) -> MessageHeader | None:
    """The header alone, when it can be read."""
    _, entries = _entries(_utf_8(data))
    return find_header(JsonTree(), entries)


def _entries(text: bytes) -> tuple[str, list[Entry]]:
    """The outermost members, with or without the outermost object around them."""
    tree, view = _parsed(text), JsonTree()
    for name, inside in tree.items():
        if is_root(name) and isinstance(inside, dict):
            return name, view.entries(inside)
    if any(is_body(name) for name in tree):
        return "", view.entries(tree)
    raise ProtocolError("", "not a nexo message")


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        tree = _ANY.decode(text)
    except (msgspec.MsgspecError, ValueError):
        raise ProtocolError("", "not well-formed JSON") from None
    except RecursionError:
        raise ProtocolError("", f"nested deeper than {MAX_DEPTH}") from None
    if not isinstance(tree, dict):
        raise ProtocolError("", "not a nexo message")
    _check_limits(tree)
    return tree


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
