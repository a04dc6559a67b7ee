"""Reads XML that follows the schema, as fast as lxml allows.

One closure per struct, made when first needed. Anything unexpected (an unknown member, a foreign
enumeration value, a number that is none) raises, and `tolerant.py` reads the message again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from typing import Any, Final

from lxml import etree

from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_DIGITS
from opi_pos.wire.nexo.schema import Element, Member, Place, members

Read = Callable[[etree._Element], Any]
Convert = Callable[[str], Any]

BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}
is_integer: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII).fullmatch
is_decimal: Final = re.compile(
    rf"(?=.{{1,{MAX_DIGITS}}}$)[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", re.ASCII
).fullmatch


class UnexpectedError(ValueError):
    """Not what the schema says; the message needs the tolerant reader."""


def _integer(text: str) -> int:
    if is_integer(text):
        return int(text)
    raise UnexpectedError


def _decimal(text: str) -> Decimal:
    if is_decimal(text):
        return Decimal(text)
    raise UnexpectedError


def _known(values: frozenset[str], text: str) -> str:
    if text in values:
        return text
    raise UnexpectedError


def _list(values: frozenset[str], text: str) -> tuple[str, ...]:
    items = tuple(text.split())
    if values.issuperset(items):
        return items
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


def _converter(member: Member) -> Convert | None:
    if member.enumeration is None:
        return _CONVERT.get(member.base)
    return partial(_list if member.listed else _known, values_of(member.enumeration))


def _simple_reader(convert: Convert | None) -> Read:
    def read(element: etree._Element) -> Any:
        if len(element) or element.keys():
            raise UnexpectedError
        text = element.text or ""
        return text if convert is None else convert(text)

    return read


def _lazy_reader(table: dict[str, tuple[str, bool, Read]], member: Member) -> Read:
    """Compiles the struct's reader on first use and takes its own place in the table."""

    def read(element: etree._Element) -> Any:
        real = reader(member.base)
        table[member.wire] = (member.name, member.many, real)
        return real(element)

    return read


def _element_table(kind: type[Element]) -> dict[str, tuple[str, bool, Read]]:
    table: dict[str, tuple[str, bool, Read]] = {}
    for member in members(kind):
        if member.place is not Place.ELEMENT:
            continue
        lazy = member.element() is not None
        read = _lazy_reader(table, member) if lazy else _simple_reader(_converter(member))
        table[member.wire] = (member.name, member.many, read)
    return table


@cache
def reader(kind: type[Element]) -> Read:
    """Reads one element into a struct; raises on anything that is not in the schema."""
    attributes = {
        member.wire: (member.name, _converter(member))
        for member in members(kind)
        if member.place is Place.ATTRIBUTE
    }
    text = next((member for member in members(kind) if member.place is Place.TEXT), None)
    if text is not None:
        return _text_reader(kind, attributes, text)
    return _struct_reader(kind, attributes, _element_table(kind))


def _attribute_values(
    element: etree._Element, attributes: dict[str, tuple[str, Convert | None]]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for wire, text in element.items():
        name, convert = attributes[wire]
        values[name] = text if convert is None else convert(text)
    return values


def _text_reader(
    kind: type[Element], attributes: dict[str, tuple[str, Convert | None]], member: Member
) -> Read:
    convert = _converter(member)

    def read(element: etree._Element) -> Element:
        if len(element):
            raise UnexpectedError
        values = _attribute_values(element, attributes)
        text = element.text or ""
        values[member.name] = text if convert is None else convert(text)
        return kind(**values)

    return read


def _struct_reader(
    kind: type[Element],
    attributes: dict[str, tuple[str, Convert | None]],
    elements: dict[str, tuple[str, bool, Read]],
) -> Read:
    def read(element: etree._Element) -> Element:
        values = _attribute_values(element, attributes)
        stray = element.text
        if stray is not None and not stray.isspace():
            raise UnexpectedError
        lists: dict[str, list[Any]] = {}
        for child in element:
            name, many, read_child = elements[child.tag]
            if many:
                lists.setdefault(name, []).append(read_child(child))
            elif name in values:
                raise UnexpectedError
            else:
                values[name] = read_child(child)
        for name, items in lists.items():
            values[name] = tuple(items)
        return kind(**values)

    return read
