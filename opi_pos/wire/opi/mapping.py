"""Elements as they stand in a message to typed structs, and back.

Reading asks for names, not for order or place: an attribute may have come as a child element and a
plain child as an attribute. Only the type of the request is indispensable, and an amount that
cannot be read is an error, since money is never guessed. All else that the schema does not know is
kept. A plain value loses attributes that stand on it; `opi.convert` keeps even those.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.opi.names import is_about_schema, local_name
from opi_pos.wire.opi.node import Attribute, Node
from opi_pos.wire.opi.schema import (
    AnyElement,
    Element,
    Member,
    Others,
    Place,
    members,
    rows_by_name,
    text_row,
)
from opi_pos.wire.opi.values import UnreadableError, text_of, value_of

_INDISPENSABLE: Final = "request_type"


@cache
def _required(kind: type[Element]) -> tuple[str, ...]:
    """Fields without a default: the header of a message."""
    fields, defaults = kind.__struct_fields__, kind.__struct_defaults__
    optional = {
        name
        for name, default in zip(reversed(fields), reversed(defaults), strict=False)
        if default is not msgspec.NODEFAULT
    }
    return tuple(name for name in fields if name not in optional)


def struct_of(kind: type[AnyElement], node: Node, path: str) -> AnyElement:
    """The struct that an element stands for. Raises ProtocolError with the path."""
    reading = _Reading(kind, path)
    for name, value in node.attributes:
        reading.attribute(name, value)
    for child in node.children:
        reading.child(child)
    reading.text(node)
    values = reading.all_values()
    for name in _required(kind):
        if name not in values:
            if name == _INDISPENSABLE:
                raise ProtocolError(f"{path}.RequestType", "missing")
            values[name] = ""
    others = reading.others()
    if others is not None:
        values["others"] = others
    return kind(**values)


class _Reading:
    """One element on its way to a struct."""

    def __init__(self, kind: type[Element], path: str) -> None:
        self._kind = kind
        self._path = path
        self._rows = rows_by_name(kind)
        self._attributes: list[Attribute] = []
        self._children: list[Node] = []
        self._text = ""
        self._repeated: dict[str, list[Any]] = {}
        self.values: dict[str, Any] = {}

    def attribute(self, name: str, text: str) -> None:
        row = None if is_about_schema(name) else self._row(name)
        if row is None or not _is_simple(row) or not self._take(row, text):
            self._attributes.append((name, text))

    def child(self, node: Node) -> None:
        row = self._row(node.name)
        if row is None or not self._take_child(row, node):
            self._children.append(node)

    def text(self, node: Node) -> None:
        row = text_row(self._kind)
        text = node.text
        if text and (row is None or not self._take(row, text)):
            self._text = "" if text.isspace() else text

    def all_values(self) -> dict[str, Any]:
        return self.values | {name: tuple(many) for name, many in self._repeated.items()}

    def others(self) -> Others | None:
        if self._attributes or self._children or self._text:
            return Others(tuple(self._attributes), tuple(self._children), self._text)
        return None

    def _row(self, name: str) -> Member | None:
        row = self._rows.get(local_name(name).casefold())
        if row is not None and not row.many and row.name in self.values:
            return None
        return row

    def _take(self, row: Member, text: str) -> bool:
        """Whether the text was one that this member holds."""
        if row.base is Decimal and not text.strip():
            return False
        try:
            value = value_of(row.base, text)
        except UnreadableError:
            if row.base is Decimal:
                raise ProtocolError(self._place(row), "not an amount") from None
            return False
        self._put(row, value)
        return True

    def _take_child(self, row: Member, node: Node) -> bool:
        if _is_simple(row):
            return not node.children and self._take(row, node.text)
        kind = row.element()
        place = f"{self._path}.{row.wire}"
        self._put(row, node if kind is None else struct_of(kind, node, place))
        return True

    def _place(self, row: Member) -> str:
        return self._path if row.place is Place.TEXT else f"{self._path}.{row.wire}"

    def _put(self, row: Member, value: object) -> None:
        if row.many:
            self._repeated.setdefault(row.name, []).append(value)
        else:
            self.values[row.name] = value


def _is_simple(row: Member) -> bool:
    return row.base is not Node and row.element() is None


def node_of(struct: Element, name: str, path: str, *, strict: bool) -> Node:
    """The element that a struct stands for, in writing order.

    Strict: what must be there is there. Raises ProtocolError with the path.
    """
    attributes: list[Attribute] = []
    content: list[str | Node] = []
    for row in members(type(struct)):
        value = getattr(struct, row.name)
        place = f"{path}.{row.wire}"
        if value is None or value == ():
            if strict and row.needed:
                raise ProtocolError(place, "missing")
        elif row.place is Place.ATTRIBUTE:
            attributes.append((row.wire, text_of(value, place)))
        elif row.place is Place.TEXT:
            content.append(text_of(value, place))
        else:
            values = value if row.many else (value,)
            content += [_child(row, each, place, strict=strict) for each in values]
    others = struct.others or Others()
    attributes += others.attributes
    content += others.children
    if others.text:
        content.append(others.text)
    return Node(name, tuple(attributes), tuple(content))


def _child(row: Member, value: object, path: str, *, strict: bool) -> Node:
    if isinstance(value, Node):
        return Node(row.wire, value.attributes, value.content)
    if isinstance(value, Element):
        return node_of(value, row.wire, path, strict=strict)
    text = text_of(value, path)
    return Node(row.wire, (), (text,) if text else ())


def in_writing_order(node: Node, kind: type[Element] | None) -> Node:
    """The same element with its known children in the order of the schema, unknown ones last."""
    if kind is None or node.is_mixed:
        return node
    order = {row.wire.casefold(): place for place, row in enumerate(members(kind))}
    inside = [_ordered(child, kind) for child in node.content]
    last = len(order)
    inside.sort(key=lambda item: _place(item, order, last))
    return Node(node.name, node.attributes, tuple(inside))


def _place(item: str | Node, order: dict[str, int], last: int) -> int:
    return -1 if isinstance(item, str) else order.get(local_name(item.name).casefold(), last)


def _ordered(item: str | Node, kind: type[Element]) -> str | Node:
    return item if isinstance(item, str) else in_writing_order(item, kind_of_child(kind, item.name))


def kind_of_child(kind: type[Element] | None, name: str) -> type[Element] | None:
    """The struct of an inner element, None when the schema has none."""
    row = row_of(kind, name)
    return None if row is None else row.element()


def row_of(kind: type[Element] | None, name: str) -> Member | None:
    """The row of a member, by whatever spelling."""
    return None if kind is None else rows_by_name(kind).get(local_name(name).casefold())


def paths_of_unknown(struct: Element, path: str) -> Iterator[str]:
    """Where a message has members that the schema does not know."""
    others = struct.others or Others()
    yield from (f"{path}.{name}" for name, _ in others.attributes)
    yield from (f"{path}.{child.name}" for child in others.children)
    for row in members(type(struct)):
        value = getattr(struct, row.name)
        for each in value if row.many else (value,):
            if isinstance(each, Element):
                yield from paths_of_unknown(each, f"{path}.{row.wire}")
