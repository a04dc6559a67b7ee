"""Reads an XML message: by the schema where it follows it, tolerantly where it does not."""

from __future__ import annotations

from lxml import etree

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import hardened_xml
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.catalogue.security import ContentInformation
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
from opi_pos.wire.nexo.received import Encoding, Received
from opi_pos.wire.nexo.schema import Element
from opi_pos.wire.nexo.tree import XmlTree, local_name
from opi_pos.wire.nexo.xml_fast import reader

_BODIES = {REQUEST_ROOT: REQUESTS, RESPONSE_ROOT: RESPONSES}


def read_xml(data: bytes) -> Message:
    """The message, or a ProtocolError."""
    root = hardened_xml.parse(data)
    try:
        header, body, trailer = _by_schema(root)
    except (KeyError, TypeError, ValueError):
        return _tolerantly(root, data)
    parts = (header, body, trailer, None)
    return Message(
        header=header,
        body=body,
        security_trailer=trailer,
        received=Received(Encoding.XML, data, parts),
    )


def _by_schema(
    root: etree._Element,
) -> tuple[MessageHeader, Element, ContentInformation | None]:
    first, second, *rest = root
    if first.tag != HEADER or len(rest) > 1 or root.keys():
        raise ValueError("not in schema order")
    header = reader(MessageHeader)(first)
    body = reader(_BODIES[str(root.tag)][str(second.tag)])(second)
    trailer = None
    if rest:
        if rest[0].tag != TRAILER:
            raise ValueError("not in schema order")
        trailer = reader(ContentInformation)(rest[0])
    return header, body, trailer


def _tolerantly(root: etree._Element, data: bytes) -> Message:
    tree, name = XmlTree(), local_name(root.tag)
    if is_body(name):
        return read_envelope(tree, name, [(name, [root])], data)
    if not is_root(name):
        raise ProtocolError("", "not a nexo message")
    return read_envelope(tree, name, tree.entries(root), data)
