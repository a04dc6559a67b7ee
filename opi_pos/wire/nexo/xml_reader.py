"""Reads an XML message: by the schema where it follows it, tolerantly where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import hardened_xml
from opi_pos.wire.hardened_xml import XmlElement
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.envelope import find_header, is_body, is_root, read_envelope
from opi_pos.wire.nexo.lexical import UnexpectedError
from opi_pos.wire.nexo.message import (
    HEADER,
    REQUEST_ROOT,
    REQUESTS,
    RESPONSE_ROOT,
    RESPONSES,
    TRAILER,
    Message,
)
from opi_pos.wire.nexo.received import Encoding, Received
from opi_pos.wire.nexo.schema import AnyElement, Element
from opi_pos.wire.nexo.tree import Entry, XmlTree, local_name
from opi_pos.wire.nexo.xml_fast import reader

_BODIES: Final = {REQUEST_ROOT: REQUESTS, RESPONSE_ROOT: RESPONSES}


def read_xml(data: bytes) -> Message:
    """The message, or a ProtocolError."""
    root = hardened_xml.parse(data, max_depth=None, drop_indents=True)
    try:
        header, body, trailer = _by_schema(root)
    except (KeyError, TypeError, ValueError):
        hardened_xml.check_depth(root)
        return _tolerantly(root, data)
    parts = (header, body, trailer, None)
    return Message(
        header=header,
        body=body,
        security_trailer=trailer,
        received=Received(Encoding.XML, data, parts),
    )


def _by_schema(root: XmlElement) -> tuple[MessageHeader, Element, ContentInformation | None]:
    count = len(root)
    if not 2 <= count <= 3 or root.keys():
        raise UnexpectedError
    rest = root.iter()
    bodies = _BODIES[next(rest).tag]
    header = _expect(HEADER, next(rest), MessageHeader, rest)
    element = next(rest)
    body = reader(bodies[element.tag])(element, rest)
    trailer = None
    if count == 3:
        trailer = _expect(TRAILER, next(rest), ContentInformation, rest)
    return header, body, trailer


def _expect(
    name: str, element: XmlElement, kind: type[AnyElement], rest: Iterator[XmlElement]
) -> AnyElement:
    if element.tag != name:
        raise UnexpectedError
    struct: AnyElement = reader(kind)(element, rest)
    return struct


def _tolerantly(root: XmlElement, data: bytes) -> Message:
    name, entries = _entries(root)
    return read_envelope(XmlTree(), name, entries, data)


def _entries(root: XmlElement) -> tuple[str, list[Entry]]:
    """The outermost members; a body without the outermost element stands alone."""
    name = local_name(root.tag)
    if is_body(name):
        return "", [(name, [root])]
    if not is_root(name):
        raise ProtocolError("", "not a nexo message")
    return name, XmlTree().entries(root)


def read_xml_header(data: bytes) -> MessageHeader | None:
    """The header alone, when it can be read."""
    _, entries = _entries(hardened_xml.parse(data))
    return find_header(XmlTree(), entries)
