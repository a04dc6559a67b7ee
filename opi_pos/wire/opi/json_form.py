"""The JSON form: O.P.I. messages 1:1 in JSON, in the manner of Oracle's EFTLink, lossless.

    "Name": "text"          an attribute; an element, where the schema has an element of that name
    "Name": {…}             an element
    "Name": [ … ]           an element that stands there several times
    "text": "…"             the element's own text

Three escapes make it whole. `"@Name"` is always an attribute. `"/"` holds texts and elements in
order, `["text", {"Name": {…}}]`, where text stands beside elements or the order of unknown ones
matters. `"Message"` names the root element where the members do not tell it. Foreign namespaces
stand as `xsi:`, `IFSF:` or `{uri}`. Read are also `{"CardServiceRequest": {…}}`, numbers, booleans
and, as EFTLink writes it, a text under the element's own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.opi.limits import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_NODES
from opi_pos.wire.opi.mapping import row_of
from opi_pos.wire.opi.messages import MESSAGES
from opi_pos.wire.opi.names import PREFIXES, local_name, namespace_of
from opi_pos.wire.opi.node import Attribute, Node
from opi_pos.wire.opi.roots import root_of
from opi_pos.wire.opi.schema import Element, Member, Place, text_row

Object: TypeAlias = dict[str, Any]
Kind: TypeAlias = type[Element] | None

TEXT_KEY: Final = "text"
ORDER_KEY: Final = "/"
ATTRIBUTE_MARK: Final = "@"
ROOT_KEY: Final = "Message"

_BOM: Final = b"\xef\xbb\xbf"
_BY_URI: Final = {uri: prefix for prefix, uri in PREFIXES.items()}


def write_json(root: Node) -> bytes:
    """The message as one JSON object."""
    written = _object(root, MESSAGES[root.name], is_root=True)
    if root_of(written) != root.name:
        written = {ROOT_KEY: root.name, **written}
    return msgspec.json.encode(written)


def _object(node: Node, kind: Kind, *, is_root: bool = False) -> Object:
    names = {_key(child.name) for child in node.children}
    written: Object = {}
    for name, value in node.attributes:
        key = _key(name)
        row = row_of(kind, name)
        clear = (
            key not in names
            and key != TEXT_KEY
            and not (row is not None and row.place is Place.ELEMENT)
            and not (is_root and key == ROOT_KEY)
            and key != node.name
        )
        written[key if clear else ATTRIBUTE_MARK + key] = value
    reserved = {TEXT_KEY, ROOT_KEY} if is_root else {TEXT_KEY}
    if node.is_mixed or not names.isdisjoint(reserved) or _order_matters(node, kind):
        written[ORDER_KEY] = [_item(item, kind) for item in node.content]
    elif node.text:
        written[TEXT_KEY] = node.text
    else:
        written |= _grouped(node, kind)
    return written


def _order_matters(node: Node, kind: Kind) -> bool:
    """Whether grouping unknown elements by name would lose their order."""
    if kind is not None:
        return False
    names = [child.name for child in node.children]
    changes = sum(1 for one, other in pairwise(names) if one != other)
    return changes + 1 > len(set(names)) > 0


def _item(item: str | Node, kind: Kind) -> str | Object:
    return item if isinstance(item, str) else {_key(item.name): _value(item, kind)}


def _grouped(node: Node, kind: Kind) -> Object:
    groups: dict[str, list[str | Object]] = {}
    for child in node.children:
        groups.setdefault(_key(child.name), []).append(_value(child, kind))
    return {key: values[0] if len(values) == 1 else values for key, values in groups.items()}


def _value(node: Node, kind: Kind) -> str | Object:
    """An element; a bare text only where the schema says that an element is meant."""
    row = row_of(kind, node.name)
    if row is not None and row.place is Place.ELEMENT and node.is_plain and _may_be_bare(row, node):
        return node.text
    return _object(node, None if row is None else row.element())


def _may_be_bare(row: Member, node: Node) -> bool:
    kind = row.element()
    return bool(node.text) or (
        row.base is not Node and (kind is None or text_row(kind) is not None)
    )


def _key(name: str) -> str:
    prefix = _BY_URI.get(namespace_of(name))
    return f"{prefix}:{local_name(name)}" if prefix else name


def _name(key: str) -> str:
    prefix, colon, local = key.partition(":")
    return f"{{{PREFIXES[prefix]}}}{local}" if colon and prefix in PREFIXES else key


def read_json(data: bytes) -> Node:
    """The root element. Raises ProtocolError."""
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    try:
        told = _DECODER.decode(data.removeprefix(_BOM))
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise ProtocolError("", "not JSON") from None
    if not isinstance(told, dict):
        raise ProtocolError("", "not a JSON object")
    return _JsonReading().root(told)


def _number(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise ValueError("a number without end")
    return text


_DECODER: Final = msgspec.json.Decoder(float_hook=_number)


class _JsonReading:
    """One document, counted against the limits."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def root(self, told: Object) -> Node:
        if len(told) == 1:
            name, inside = next(iter(told.items()))
            if name in MESSAGES and isinstance(inside, dict):
                return self._node(name, inside, MESSAGES[name], 1)
        root = root_of(told)
        if root is None:
            raise ProtocolError("", "not one of the six O.P.I. messages")
        inside = {
            key: value
            for key, value in told.items()
            if not (key == ROOT_KEY and isinstance(value, str))
        }
        return self._node(root, inside, MESSAGES[root], 1)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise ProtocolError("", f"more than {MAX_NODES} elements and attributes")

    def _node(self, name: str, told: Object, kind: Kind, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ProtocolError("", f"nested deeper than {MAX_DEPTH}")
        self._count()
        attributes: list[Attribute] = []
        content: list[str | Node] = []
        for key, value in told.items():
            if key.startswith(ATTRIBUTE_MARK):
                attributes.append((_name(key[1:]), self._scalar(value)))
            elif key == ORDER_KEY:
                content += self._in_order(value, kind, depth)
            elif _is_text(name, key, told, kind):
                content += _texts(self._scalar(value))
            elif value is not None:
                self._member(_name(key), value, kind, depth, attributes, content)
        return Node(name, tuple(attributes), tuple(content))

    def _member(
        self,
        name: str,
        value: object,
        kind: Kind,
        depth: int,
        attributes: list[Attribute],
        content: list[str | Node],
    ) -> None:
        row = row_of(kind, name)
        if isinstance(value, list | dict) or (row is not None and row.place is Place.ELEMENT):
            content += self._elements(name, value, row, depth)
        else:
            attributes.append((name, self._scalar(value)))

    def _elements(self, name: str, value: object, row: Member | None, depth: int) -> Iterator[Node]:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield self._node(name, each, None if row is None else row.element(), depth + 1)
            elif each is not None:
                yield Node(name, (), tuple(_texts(self._scalar(each))))

    def _in_order(self, value: object, kind: Kind, depth: int) -> Iterator[str | Node]:
        if not isinstance(value, list):
            raise ProtocolError("", f'"{ORDER_KEY}" must be an array')
        for item in value:
            if isinstance(item, dict) and len(item) == 1:
                key, inside = next(iter(item.items()))
                name = _name(key)
                yield from self._elements(name, inside, row_of(kind, name), depth)
            else:
                yield from _texts(self._scalar(item))

    def _scalar(self, value: object) -> str:
        self._count()
        match value:
            case str():
                return value
            case bool():
                return "true" if value else "false"
            case int():
                return _number(str(value))
            case None:
                return ""
            case _:
                raise ProtocolError("", "a text was expected")


def _is_text(name: str, key: str, told: Object, kind: Kind) -> bool:
    """Whether a member is the element's own text, under `text` or, as EFTLink writes it, under the
    element's own name.
    """
    if isinstance(told[key], dict | list):
        return False
    if key == TEXT_KEY:
        return True
    return key == name and kind is not None and TEXT_KEY not in told and bool(text_row(kind))


def _texts(text: str) -> list[str | Node]:
    return [text] if text else []
