"""Bytes to a message and back: the one choke point of the O.P.I. language.

Whatever is wrong with bytes or message, a `ProtocolError` with the path comes out, nothing else.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple, TypeVar

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.opi.charsets import LATIN_1, UTF_8, characters_of
from opi_pos.wire.opi.json_form import read_json, write_json
from opi_pos.wire.opi.limits import MAX_BYTES
from opi_pos.wire.opi.mapping import in_writing_order, node_of, paths_of_unknown, struct_of
from opi_pos.wire.opi.messages import MESSAGES, Message
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.xml_form import read_xml, write_xml

AnyMessage = TypeVar("AnyMessage", bound=Message)


class Form(Enum):
    """The two ways to write a message."""

    XML = "xml"
    JSON = "json"


class Reading(NamedTuple):
    """A message, and what its bytes were."""

    message: Message
    form: Form
    charset: str
    """`utf-8` or `iso-8859-1`: the one to answer in."""
    note: str = ""
    """What the sender did wrong and was understood all the same, for a log."""


_ROOTS: Final = {name.casefold(): name for name in MESSAGES}
_CHARSETS: Final = (UTF_8, LATIN_1)


def decode(data: bytes) -> Message:
    """A message in XML or JSON, read tolerantly. Raises ProtocolError."""
    return read(data).message


def read(data: bytes) -> Reading:
    """As `decode`, with form, character set and a note on what was wrong. Raises ProtocolError."""
    try:
        node, form, charset, note = _parsed(data)
        kind = MESSAGES[node.name]
        return Reading(struct_of(kind, node, node.name), form, charset, note)
    except RecursionError:
        raise ProtocolError("", "nested too deeply") from None


def read_head(data: bytes) -> Message | None:
    """The root's attributes of a message whose rest cannot be read; None when there are none to be
    found. Good to tell the sender so.
    """
    try:
        node, _, _, _ = _parsed(data)
        return struct_of(MESSAGES[node.name], Node(node.name, node.attributes), node.name)
    except (ProtocolError, RecursionError):
        return None


def encode(
    message: Message, form: Form = Form.XML, *, charset: str = UTF_8, strict: bool = True
) -> bytes:
    """A message as bytes; unknown members that it was read with are written back.

    `charset` is `utf-8` or `iso-8859-1` and counts for XML; what it lacks is written as a
    reference. `strict` wants everything there that the language demands. Raises ProtocolError.
    """
    name = type(message).__name__
    node = node_of(message, name, name, strict=strict)
    return _written(node, form, charset)


def convert(data: bytes, to: Form, *, charset: str = UTF_8) -> bytes:
    """Any message in the other form, without loss; in its own form the very bytes.

    Members that the language knows are put in its order. Card data passes through. Raises
    ProtocolError.
    """
    try:
        node, form, _, _ = _parsed(data)
        kind = MESSAGES[node.name]
        struct_of(kind, node, node.name)  # what is converted is a message
        if form is to:
            return data
        return _written(in_writing_order(node, kind), to, charset)
    except RecursionError:
        raise ProtocolError("", "nested too deeply") from None


def unknown_members(message: Message) -> tuple[str, ...]:
    """The paths of all members that the language does not know."""
    return tuple(paths_of_unknown(message, type(message).__name__))


def _parsed(data: bytes) -> tuple[Node, Form, str, str]:
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    characters = characters_of(data)
    if characters.data.startswith(b"{"):
        return read_json(characters.data), Form.JSON, UTF_8, ""
    node = read_xml(characters.data)
    root = _ROOTS.get(node.name.rpartition("}")[2].casefold())
    if root is None:
        raise ProtocolError("", "not one of the six O.P.I. messages")
    node = Node(root, node.attributes, node.content)
    return node, Form.XML, characters.charset, characters.note


def _written(node: Node, form: Form, charset: str) -> bytes:
    if form is Form.JSON:
        return write_json(node)
    if charset not in _CHARSETS:
        raise ProtocolError("", "the character set is not one of O.P.I.")
    return write_xml(node, charset)
