"""Reads messages that do not follow the schema, so that a result is never lost to a dialect.

Known dialects (spellings, a single object for an array, text for numbers, attributes as elements,
upper-case enumerations, ...) become the schema's own form. What cannot be read is kept as it came.
A required member that is missing stands blank and is marked absent, except money: an amount that is
missing where it is required, or is no number, is a ProtocolError.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, Final

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_DEPTH, MAX_ITEMS
from opi_pos.wire.nexo.catalogue.control import RepeatedMessageResponse
from opi_pos.wire.nexo.convert import UnreadableError, listed_values, simple_value
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.json_writer import REPEATED_BODY
from opi_pos.wire.nexo.problems import INVALID_VALUE, MISSING, REPEATED
from opi_pos.wire.nexo.schema import AnyElement, Element, Member, Place, members
from opi_pos.wire.nexo.tree import Entry, Tree

SPELLINGS: Final = {
    "allowedpaymentbrands": "AllowedPaymentBrand",
    "infoquality": "InfoQualify",
    "paymentintrumenttype": "PaymentInstrumentType",
    "tokenrequested": "TokenRequestedType",
    "workstationid": "SaleID",
}
"""Spellings of vendors and of EPAS 1.0. Different capitals (MaskedPan, ItemId) need no entry."""


@cache
def _known_names(kind: type[Element]) -> dict[str, Member]:
    """Folded name to member: its own, its 3.0 name, and the vendors' spellings of it."""
    rows = {row.wire.casefold(): row for row in members(kind)}
    for row in members(kind):
        if row.old_name:
            rows.setdefault(row.old_name.casefold(), row)
    for spelling, wire in SPELLINGS.items():
        if wire.casefold() in rows:
            rows.setdefault(spelling, rows[wire.casefold()])
    return rows


class TolerantReader:
    """Reads structs from one kind of tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def struct(self, kind: type[AnyElement], node: Any, path: str, depth: int = 1) -> AnyElement:
        """One struct from one node."""
        if depth > MAX_DEPTH:
            raise ProtocolError(path, f"nested deeper than {MAX_DEPTH}")
        values: dict[str, Any] = {}
        kept: list[Entry] = []
        for name, found in self._in_reading_order(kind, node):
            member = _known_names(kind).get(name.casefold())
            if member is None or member.name in values:
                kept.append((name, found))
                continue
            place = f"{path}.{member.wire}"
            try:
                values[member.name] = self._value(member, found, place, depth, kept)
            except UnreadableError:
                if member.required:
                    raise ProtocolError(place, INVALID_VALUE) from None
                kept.append((name, found))
        stray = self._text(kind, node, values, path)
        absent = _fill_blanks(kind, values, path)
        if kept or stray or absent:
            values["foreign"] = self._tree.foreign(kept, stray, absent)
        return kind(**values)

    def _in_reading_order(self, kind: type[Element], node: Any) -> Iterable[Entry]:
        """Members under their own name first, so that a vendor's double never hides one."""
        own = {row.wire for row in members(kind)}
        entries = self._tree.entries(node)
        if kind is RepeatedMessageResponse:
            entries = self._unwrapped(entries)
        return sorted(entries, key=lambda entry: entry[0] not in own)

    def _unwrapped(self, entries: list[Entry]) -> list[Entry]:
        flat: list[Entry] = []
        for name, found in entries:
            if name == REPEATED_BODY and len(found) == 1 and self._tree.is_node(found[0]):
                flat += self._tree.entries(found[0])
            else:
                flat.append((name, found))
        return flat

    def _text(self, kind: type[Element], node: Any, values: dict[str, Any], path: str) -> str:
        """Puts XML text into the member that it is; gives text that is none."""
        text = self._tree.text(node)
        for member in members(kind):
            if member.name in values or not text:
                continue
            if member.place is Place.TEXT or (member.text_in_3_0 and not text.isspace()):
                try:
                    values[member.name] = simple_value(member, text)
                except UnreadableError:
                    raise ProtocolError(f"{path}.{member.wire}", INVALID_VALUE) from None
                return ""
        return "" if text.isspace() else text

    def _value(
        self, member: Member, found: list[Any], path: str, depth: int, kept: list[Entry]
    ) -> Any:
        if member.listed:
            groups = [listed_values(member, self._scalars(value)) for value in found]
            return tuple(groups) if member.many else tuple(item for one in groups for item in one)
        if member.many:
            if len(found) > MAX_ITEMS:
                raise ProtocolError(path, f"{REPEATED}: more than {MAX_ITEMS}")
            return tuple(
                self._item(member, value, f"{path}[{index}]", depth)
                for index, value in enumerate(found)
            )
        if len(found) == 1:
            return self._item(member, found[0], path, depth)
        value = self._item(member, self._tree.several(found), path, depth)
        kept.append((member.wire, found[1:]))
        return value

    def _item(self, member: Member, value: Any, path: str, depth: int) -> Any:
        kind = member.element()
        if kind is None:
            scalar = self._tree.scalar(value)
            if scalar is None:
                raise UnreadableError
            return simple_value(member, scalar)
        if self._tree.is_node(value):
            return self.struct(kind, value, path, depth + 1)
        return self._from_bare_text(kind, value)

    def _from_bare_text(self, kind: type[Element], value: Any) -> Element:
        """A text where a struct with text was expected: `"OutputText": "Welcome"`."""
        text = next((row for row in members(kind) if row.place is Place.TEXT), None)
        scalar = self._tree.scalar(value)
        others = any(row.required for row in members(kind) if row is not text)
        if text is None or scalar is None or others:
            raise UnreadableError
        values: dict[str, Any] = {text.name: simple_value(text, scalar)}
        return kind(**values)

    def _scalars(self, value: Any) -> list[Any]:
        found = value if isinstance(value, list) else [value]
        scalars = [self._tree.scalar(item) for item in found]
        if None in scalars:
            raise UnreadableError
        return scalars


def _fill_blanks(kind: type[Element], values: dict[str, Any], path: str) -> frozenset[str]:
    absent: set[str] = set()
    for member in members(kind):
        if member.required and member.name not in values:
            values[member.name] = _blank(member, f"{path}.{member.wire}")
            absent.add(member.name)
    return frozenset(absent)


def _blank(member: Member, path: str) -> object:
    if member.listed:
        return ()
    if member.base is Decimal:  # money is never made up
        raise ProtocolError(path, MISSING)
    if member.base is Secret:
        return Secret("")
    kind = member.element()
    return member.base() if kind is None else blank(kind, path)


def blank(kind: type[AnyElement], path: str) -> AnyElement:
    """A struct that stands for one that was not there; all its required members are absent."""
    values: dict[str, Any] = {}
    absent = _fill_blanks(kind, values, path)
    return kind(**values, foreign=Foreign(absent=absent) if absent else None)
