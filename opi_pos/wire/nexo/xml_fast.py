"""Reads XML that follows the schema, as fast as lxml allows.

One closure per struct, made when first needed. Anything unexpected (an unknown member, a foreign
enumeration value, a number that is none) raises KeyError, TypeError or ValueError, and the message
is read again by `tolerant.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

from opi_pos.wire.hardened_xml import XmlElement
from opi_pos.wire.nexo.lexical import Convert, UnexpectedError, converter
from opi_pos.wire.nexo.schema import Element, Member, Place, members

Read = Callable[[XmlElement, Iterator[XmlElement]], Any]
Attributes = dict[str | bytes, tuple[str, Callable[[Any], Any] | None]]
Elements = dict[str, tuple[str, bool, Read]]


def _simple_reader(convert: Convert | None) -> Read:
    def read(element: XmlElement, _: Iterator[XmlElement]) -> Any:
        if len(element) or element.keys():
            raise UnexpectedError
        text = element.text or ""
        return text if convert is None else convert(text)

    return read


def _lazy_reader(table: Elements, member: Member) -> Read:
    """Compiles the struct's reader on first use and takes its own place in the table."""

    def read(element: XmlElement, rest: Iterator[XmlElement]) -> Any:
        real = reader(member.base)
        table[member.wire] = (member.name, member.many, real)
        return real(element, rest)

    return read


def _element_table(kind: type[Element]) -> Elements:
    table: Elements = {}
    for member in members(kind):
        if member.place is not Place.ELEMENT:
            continue
        lazy = member.element() is not None
        read = _lazy_reader(table, member) if lazy else _simple_reader(converter(member))
        table[member.wire] = (member.name, member.many, read)
    return table


@cache
def reader(kind: type[Element]) -> Read:
    """Reads an element; `rest` gives its descendants in document order, and what comes after."""
    rows = members(kind)
    attributes: Attributes = {
        row.wire: (row.name, converter(row)) for row in rows if row.place is Place.ATTRIBUTE
    }
    text = next((row for row in rows if row.place is Place.TEXT), None)
    if text is not None:
        return _text_reader(kind, attributes, text)
    elements = _element_table(kind)
    if not elements:
        return _leaf_reader(kind, attributes)
    return _struct_reader(kind, attributes, elements)


# The readers repeat the loop over attributes and do not divide their work: a call less for each
# element is a tenth of the time.
# One iterator over all descendants serves all levels, which saves an iterator for each element.


def _text_reader(kind: type[Element], attributes: Attributes, member: Member) -> Read:
    field, convert_text = member.name, converter(member)

    def read(element: XmlElement, _: Iterator[XmlElement]) -> Element:
        if len(element):
            raise UnexpectedError
        text = element.text or ""
        values: dict[str, Any] = {field: text if convert_text is None else convert_text(text)}
        for wire, value in element.items():
            name, convert = attributes[wire]
            values[name] = value if convert is None else convert(value)
        return kind(**values)

    return read


def _leaf_reader(kind: type[Element], attributes: Attributes) -> Read:
    def read(element: XmlElement, _: Iterator[XmlElement]) -> Element:
        if len(element) or element.text:
            raise UnexpectedError
        values: dict[str, Any] = {}
        for wire, value in element.items():
            name, convert = attributes[wire]
            values[name] = value if convert is None else convert(value)
        return kind(**values)

    return read


def _struct_reader(kind: type[Element], attributes: Attributes, elements: Elements) -> Read:  # noqa: C901
    def read(element: XmlElement, rest: Iterator[XmlElement]) -> Element:  # noqa: C901, PLR0912
        if element.text and not element.text.isspace():
            raise UnexpectedError
        values: dict[str, Any] = {}
        for wire, value in element.items():
            name, convert = attributes[wire]
            values[name] = value if convert is None else convert(value)
        count = len(element)
        if not count:
            return kind(**values)
        repeated = None
        for child in islice(rest, count):
            name, many, read_child = elements[child.tag]
            if not many:
                if name in values:
                    raise UnexpectedError
                values[name] = read_child(child, rest)
            elif repeated is None:
                repeated = {name: [read_child(child, rest)]}
            elif name in repeated:
                repeated[name].append(read_child(child, rest))
            else:
                repeated[name] = [read_child(child, rest)]
        if repeated is not None:
            for name, items in repeated.items():
                values[name] = tuple(items)
        return kind(**values)

    return read
