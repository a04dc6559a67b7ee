"""An O.P.I. message as a tree for people and programs, with card data masked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from opi_pos.cli.tree import MASKED
from opi_pos.model.card import mask_text
from opi_pos.model.secret import Secret
from opi_pos.wire import opi
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.schema import Element, Place, members

_TEXT = "text"


def tree_of_opi(data: bytes) -> dict[str, Any]:
    """`{"CardServiceRequest": {"RequestType": …}}`; what was wrong with the bytes is told first."""
    reading = opi.read(data)
    note = {"note": reading.note} if reading.note else {}
    return note | {type(reading.message).__name__: _element(reading.message)}


def _element(element: Element) -> Any:
    """What is there. Members that O.P.I. does not know may hold card data: only their names."""
    tree: dict[str, Any] = {}
    for member in members(type(element)):
        value = getattr(element, member.name)
        if value is not None and value != ():
            tree[_TEXT if member.place is Place.TEXT else member.wire] = _value(value)
    if element.others is not None:
        names = [name for name, _ in element.others.attributes]
        tree |= _hidden([*names, *(child.name for child in element.others.children)])
    return tree[_TEXT] if list(tree) == [_TEXT] else tree


def _hidden(names: list[str]) -> dict[str, Any]:
    return {mask_text(name): MASKED for name in names}


def _value(value: object) -> Any:
    match value:
        case Element():
            return _element(value)
        case Node():
            return _hidden([child.name for child in value.children])
        case tuple():
            return [_value(item) for item in value]
        case _:
            return _simple(value)


def _simple(value: object) -> Any:
    match value:
        case Secret():
            return MASKED
        case Decimal():
            return format(value, "f")
        case str():
            return mask_text(value)
        case _:
            return value
