"""One view of a parsed message for the tolerant reader, whether it came as XML or JSON.

A node is an lxml element or a dict. Its entries are named groups of values: attributes and child
elements alike, arrays and repeated elements alike, so dialects that mix them read the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias

import msgspec
from lxml import etree

from opi_pos.wire.hardened_xml import XmlElement
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.received import Encoding

Scalar: TypeAlias = str | int | Decimal | bool
Entry: TypeAlias = tuple[str, list[Any]]

_SCHEMA_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Tree(Protocol):
    """What the tolerant reader asks of an encoding."""

    encoding: Encoding

    def entries(self, node: Any) -> list[Entry]:
        """All members of a node, in the order they came, repeated ones together."""

    def is_node(self, value: Any) -> bool:
        """Whether a value has members of its own."""

    def scalar(self, value: Any) -> Scalar | None:
        """A simple value, None when it is none."""

    def text(self, node: Any) -> str:
        """The text that stands in a node besides its members."""

    def several(self, values: list[Any]) -> Any:
        """The value to take where one was expected, None when there is no telling."""

    def foreign(self, kept: Iterable[Entry], text: str, absent: frozenset[str]) -> Foreign:
        """What the schema does not know, ready to be written back."""


class XmlTree:
    """Elements of lxml; names without their namespace."""

    encoding = Encoding.XML

    def entries(self, node: XmlElement) -> list[Entry]:
        groups: dict[str, list[Any]] = {}
        for name, text in node.items():
            if not str(name).startswith(_SCHEMA_INSTANCE):
                groups.setdefault(local_name(name), []).append(text)
        for child in node:
            groups.setdefault(local_name(child.tag), []).append(child)
        return list(groups.items())

    def is_node(self, value: Any) -> bool:
        return not isinstance(value, str)

    def scalar(self, value: Any) -> Scalar | None:
        if isinstance(value, str):
            return value
        return None if len(value) else (value.text or "")

    def text(self, node: XmlElement) -> str:
        return node.text or ""

    def several(self, values: list[Any]) -> Any:
        return values[0]

    def foreign(self, kept: Iterable[Entry], text: str, absent: frozenset[str]) -> Foreign:
        attributes: list[tuple[str, str]] = []
        elements: list[tuple[str, str]] = []
        for name, values in kept:
            for value in values:
                if isinstance(value, str):
                    attributes.append((name, value))
                else:
                    xml = etree.tostring(value, encoding="unicode", with_tail=False)
                    elements.append((name, xml))
        return Foreign(
            attributes=tuple(attributes), elements=tuple(elements), text=text, absent=absent
        )


class JsonTree:
    """Dicts and lists as msgspec gives them; explicit null is absent."""

    encoding = Encoding.JSON

    def entries(self, node: dict[str, Any]) -> list[Entry]:
        return [
            (name, value if isinstance(value, list) else [value])
            for name, value in node.items()
            if value is not None
        ]

    def is_node(self, value: Any) -> bool:
        return isinstance(value, dict)

    def scalar(self, value: Any) -> Scalar | None:
        return value if isinstance(value, str | int | Decimal) else None

    def text(self, node: dict[str, Any]) -> str:
        return ""

    def several(self, values: list[Any]) -> Any:
        return None

    def foreign(self, kept: Iterable[Entry], text: str, absent: frozenset[str]) -> Foreign:
        return Foreign(
            members=tuple(
                (name, _ENCODER.encode(values[0] if len(values) == 1 else values))
                for name, values in kept
            ),
            absent=absent,
        )


def local_name(tag: object) -> str:
    """A name without its namespace."""
    return str(tag).rpartition("}")[2]
