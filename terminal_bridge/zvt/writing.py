"""From structs to bytes. Strict: a value that does not fit its field is a `ProtocolError`.

The order is untagged members, bitmaps in the order of the struct, kept bitmaps, the TLV container,
and last what could not be read.
"""

from __future__ import annotations

from typing import Any

import msgspec

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.bitmaps import join_bitmap
from terminal_bridge.zvt.lines import write_lines
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.plan import BmpStep, Leaf, Plan, UntaggedStep, plan_of
from terminal_bridge.zvt.tables.bmps import CONTAINER
from terminal_bridge.zvt.tlv import Tlv, write_objects

Placed = tuple[tuple[int, ...], Tlv]
"""An object and the tags around it."""


def write_message(message: Message, charset: str) -> bytes:
    """The data of the message's APDU; raises `ProtocolError` that names the member."""
    plan = plan_of(type(message), charset)
    fields = _write_bitmaps(plan, message)
    parts = _write_untagged(plan, message, followed=bool(fields))
    if message.trailing is not None:
        fields.append(bytes.fromhex(message.trailing.reveal()))
    return b"".join(parts + fields)


def _write_bitmaps(plan: Plan, message: Message) -> list[bytes]:
    parts: list[bytes] = []
    for step in plan.bmps.values():
        value = getattr(message, step.name)
        if value is not None:
            parts.append(join_bitmap(step.bmp, _content(step, value)))
    parts += [join_bitmap(raw.bmp, raw.content) for raw in message.extra]
    objects = _objects(plan, message, message.tlv or ())
    if objects or message.tlv is not None:
        parts.append(join_bitmap(CONTAINER, write_objects(objects)))
    return parts


def _write_untagged(plan: Plan, message: Message, *, followed: bool) -> list[bytes]:
    parts: list[bytes] = []
    for step in reversed(plan.untagged):
        value = getattr(message, step.name)
        if value is not None:
            parts.insert(0, _content(step, value))
        elif step.required or (step.leads and (followed or parts)):
            raise ProtocolError(step.name, "missing")
    return parts


def _content(step: BmpStep | UntaggedStep, value: Any) -> bytes:
    try:
        return step.coding.write(value, step.size)
    except ProtocolError as error:
        raise ProtocolError(step.name, error.problem) from None
    except (AttributeError, TypeError, ValueError):
        raise ProtocolError(step.name, "is a value of another type") from None


def _objects(plan: Plan, struct: msgspec.Struct, rest: tuple[Tlv, ...]) -> list[Tlv]:
    placed: list[Placed] = []
    for leaf in plan.leaves:
        value = getattr(struct, leaf.name)
        if value is None or value == ():
            continue
        try:
            placed += _placed(leaf, value, plan.charset)
        except ProtocolError as error:
            raise ProtocolError(leaf.name, error.problem) from None
        except (AttributeError, TypeError, ValueError):
            raise ProtocolError(leaf.name, "is a value of another type") from None
    return _merged([*placed, *(((), item) for item in rest)])


def _placed(leaf: Leaf, value: Any, charset: str) -> list[Placed]:
    around, own = leaf.path[:-1], leaf.path[-1]
    values = value if leaf.many else (value,)
    if leaf.coding is not None:
        return [(around, Tlv(own, leaf.coding.write(item, leaf.size))) for item in values]
    if leaf.inner is not None:
        inner = leaf.inner
        return [(around, Tlv.of(own, _objects(inner, item, item.rest))) for item in values]
    return [(leaf.path, line) for line in write_lines(value, charset)]


def _merged(placed: list[Placed]) -> list[Tlv]:
    """Gather objects with the same surroundings; what was left of one when read joins it again."""
    groups: dict[int, list[Placed]] = {}
    order: list[int | Tlv] = []
    for path, item in placed:
        if path:
            if path[0] not in groups:
                groups[path[0]] = []
                order.append(path[0])
            groups[path[0]].append((path[1:], item))
        elif item.tag in groups and (children := item.children()) is not None:
            groups[item.tag] += [((), child) for child in children]
        else:
            order.append(item)
    return [
        entry if isinstance(entry, Tlv) else Tlv.of(entry, _merged(groups[entry]))
        for entry in order
    ]
