"""Reads XML that follows the schema, as fast as lxml allows.

One closure per struct, made when first needed. Anything unexpected (an unknown member, a foreign
enumeration value, a number that is none) raises, and `tolerant.py` reads the message again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any, Final

from opi_pos.model.secret import Secret
from opi_pos.wire.hardened_xml import XmlElement
from opi_pos.wire.limits import MAX_DIGITS
from opi_pos.wire.nexo.schema import Element, Member, Place, members

Read = Callable[[XmlElement, Iterator[XmlElement]], Any]
Convert = Callable[[Any], Any]
Attributes = dict[str | bytes, tuple[str, Convert | None]]
Elements = dict[str, tuple[str, bool, Read]]

BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}
is_integer: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII).fullmatch
is_decimal: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII).fullmatch


class UnexpectedError(ValueError):
    """Not what the schema says; the message needs the tolerant reader."""


def _integer(text: str) -> int:
    if is_integer(text):
        return int(text)
    raise UnexpectedError


def _decimal(text: str) -> Decimal:
    # Most amounts are plain digits with a point, and a regular expression costs three times this.
    plain = text.replace(".", "", 1).isdigit() and text.isascii()
    if len(text) <= MAX_DIGITS and (plain or is_decimal(text)):
        return Decimal(text)
    raise UnexpectedError


_CONVERT: Final[dict[type, Convert]] = {
    bool: BOOLEANS.__getitem__,
    int: _integer,
    Decimal: _decimal,
    Secret: Secret,
}


@cache
def values_of(enumeration: type[StrEnum]) -> frozenset[str]:
    """Its values as plain text."""
    return frozenset(item.value for item in enumeration)


def _list_of(enumeration: type[StrEnum]) -> Convert:
    values = values_of(enumeration)

    def convert(text: str) -> tuple[str, ...]:
        items = tuple(text.split())
        if values.issuperset(items):
            return items
        raise UnexpectedError

    return convert


def _converter(member: Member) -> Convert | None:
    if member.enumeration is None:
        return _CONVERT.get(member.base)
    if member.listed:
        return _list_of(member.enumeration)
    return {value: value for value in values_of(member.enumeration)}.__getitem__


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
        read = _lazy_reader(table, member) if lazy else _simple_reader(_converter(member))
        table[member.wire] = (member.name, member.many, read)
    return table


@cache
def reader(kind: type[Element]) -> Read:
    """Reads an element; `rest` gives its descendants in document order, and what comes after."""
    rows = members(kind)
    attributes: Attributes = {
        row.wire: (row.name, _converter(row)) for row in rows if row.place is Place.ATTRIBUTE
    }
    text = next((row for row in rows if row.place is Place.TEXT), None)
    if text is not None:
        return _text_reader(kind, attributes, text)
    elements = _element_table(kind)
    if not elements:
        return _leaf_reader(kind, attributes)
    return _struct_reader(kind, attributes, elements)


# The readers repeat the loop over attributes: a call less for each element is a tenth of the time.
# One iterator over all descendants serves all levels, which saves an iterator for each element.


def _text_reader(kind: type[Element], attributes: Attributes, member: Member) -> Read:
    field, convert_text = member.name, _converter(member)

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


def _struct_reader(kind: type[Element], attributes: Attributes, elements: Elements) -> Read:
    def read(element: XmlElement, rest: Iterator[XmlElement]) -> Element:
        stray = element.text
        if stray is not None and not stray.isspace():
            raise UnexpectedError
        values: dict[str, Any] = {}
        for wire, value in element.items():
            name, convert = attributes[wire]
            values[name] = value if convert is None else convert(value)
        count = len(element)
        if not count:
            return kind(**values)
        repeated: dict[str, list[Any]] = {}
        for child in islice(rest, count):
            name, many, read_child = elements[child.tag]
            if many:
                _append(repeated, name, read_child(child, rest))
            elif name in values:
                raise UnexpectedError
            else:
                values[name] = read_child(child, rest)
        for name, items in repeated.items():
            values[name] = tuple(items)
        return kind(**values)

    return read


def _append(repeated: dict[str, list[Any]], name: str, value: Any) -> None:
    if name in repeated:
        repeated[name].append(value)
    else:
        repeated[name] = [value]
