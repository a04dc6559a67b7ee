"""A nexo message as a tree for people and programs, with card data masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from opi_pos.model.card import mask_text
from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.schema import Element, members

MASKED = "***"


def tree_object(message: nexo.Message) -> dict[str, Any]:
    """`{"SaleToPOIRequest": {"MessageHeader": {…}, "PaymentRequest": {…}}}`, in wire names."""
    tree: dict[str, Any] = {"MessageHeader": _element(message.header)}
    tree[message.body_name] = _element(message.body)
    if message.security_trailer is not None:
        tree["SecurityTrailer"] = _element(message.security_trailer)
    if message.foreign is not None:
        tree |= _unknown(message.foreign)
    return {message.root: tree}


def _element(element: Element) -> dict[str, Any]:
    """What is there. Members that nexo does not know may hold card data: only their names."""
    tree: dict[str, Any] = {}
    for member in members(type(element)):
        value = getattr(element, member.name)
        absent = element.foreign is not None and member.name in element.foreign.absent
        if value is not None and value != () and not absent:
            tree[member.wire] = _value(value)
    if element.foreign is not None:
        tree |= _unknown(element.foreign)
    return tree


def _unknown(foreign: Foreign) -> dict[str, Any]:
    return {mask_text(name): MASKED for name in foreign.names()}


def _value(value: object) -> Any:
    match value:
        case Element():
            return _element(value)
        case tuple():
            return [_value(item) for item in value]
        case Secret():
            return MASKED
        case Decimal():
            return format(value, "f")
        case str():
            return mask_text(value)
        case _:
            return value


def tree_lines(tree: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """The tree with two blanks a level; a repeated element stands once for each time."""
    for name, value in tree.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield f"{'  ' * indent}{name}"
                yield from tree_lines(item, indent + 1)
            else:
                yield f"{'  ' * indent}{name}: {_text(item)}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # A control character in a message must not reach the terminal.
    return "".join(each if each.isprintable() else "�" for each in str(value))
