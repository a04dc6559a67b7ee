"""Reads header, body and trailer of a message that does not follow the schema."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.message import (
    BODIES,
    HEADER,
    REQUEST_ROOT,
    RESPONSE_ROOT,
    TRAILER,
    Message,
    header_for,
)
from opi_pos.wire.nexo.problems import MISSING
from opi_pos.wire.nexo.received import Received
from opi_pos.wire.nexo.schema import Element
from opi_pos.wire.nexo.tolerant import TolerantReader
from opi_pos.wire.nexo.tree import Entry, Tree

BLOB: Final = "NexoBlob"
"""Stands in the place of the body when a message is encrypted."""

_ROOTS: Final = frozenset((REQUEST_ROOT.casefold(), RESPONSE_ROOT.casefold()))
_BODIES: Final = {name.casefold(): kind for name, kind in BODIES.items()}


def is_root(name: str) -> bool:
    """Whether this is the name of the outermost element."""
    return name.casefold() in _ROOTS


def is_body(name: str) -> bool:
    """Whether this is the name of a body: some vendors send it without the outermost element."""
    return name.casefold() in _BODIES


def find_header(tree: Tree, entries: list[Entry]) -> MessageHeader | None:
    """The header alone, so that a message with a broken body can be answered."""
    for name, found in entries:
        if name.casefold() == HEADER.casefold() and tree.is_node(found[0]):
            return TolerantReader(tree).struct(MessageHeader, found[0], HEADER)
    return None


def read_envelope(tree: Tree, root: str, entries: list[Entry], data: bytes) -> Message:
    """The message whose outermost members are `entries`."""
    reader = TolerantReader(tree)
    header: MessageHeader | None = None
    body: Element | None = None
    trailer: ContentInformation | None = None
    kept: list[Entry] = []
    for name, found in entries:
        node = found[0] if len(found) == 1 and tree.is_node(found[0]) else None
        kind = _BODIES.get(name.casefold())
        if node is not None and kind is not None and body is None:
            body = reader.struct(kind, node, kind.__name__)
        elif node is not None and name.casefold() == HEADER.casefold() and header is None:
            header = reader.struct(MessageHeader, node, HEADER)
        else:
            trailer = trailer or _trailer(reader, name, node)
            if name != TRAILER or trailer is None:
                kept.append((name, found))
    if body is None:
        raise ProtocolError(root, _no_body([name for name, _ in entries]))
    parts = (header or _blank_header(body), body, trailer, _foreign(tree, kept))
    return Message(
        header=parts[0],
        body=body,
        security_trailer=trailer,
        foreign=parts[3],
        received=Received(tree.encoding, data, parts),
    )


def _trailer(reader: TolerantReader, name: str, node: Any) -> ContentInformation | None:
    """A trailer of the specification; a vendor's own is kept as it came."""
    if name != TRAILER or node is None:
        return None
    trailer = reader.struct(ContentInformation, node, TRAILER)
    return trailer if trailer.content_type else None


def _foreign(tree: Tree, kept: list[Entry]) -> Foreign | None:
    return tree.foreign(kept, "", frozenset()) if kept else None


def _blank_header(body: Element) -> MessageHeader:
    header = header_for(body, sale_id="", poi_id="")
    return msgspec.structs.replace(header, foreign=Foreign(absent=frozenset(("sale_id", "poi_id"))))


def _no_body(names: list[str]) -> str:
    if BLOB in names:
        return "encrypted; open it with NexoCrypto first"
    return f"{MISSING}: no body that nexo knows"
