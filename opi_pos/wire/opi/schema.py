"""The one schema table behind XML and the JSON form: the struct definitions themselves.

A struct in `catalogue/` is one element of the language. Its fields stand in the order in which
children are written; what is not marked is a child element. O.P.I. has no public schema: names,
order and what must be there come from public samples and class models, see docs/opi.md.

    field                                              member
    terminal_id: Annotated[str | None, ATTR] = None    attribute TerminalID
    amount: Annotated[Decimal | None, TEXT] = None     the element's own text
    sale_item: tuple[SaleItem, ...] = ()               element SaleItem, any number

Nothing is required when reading; `NEEDED` says what strict writing demands.
"""

from __future__ import annotations

import sys
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, NamedTuple, TypeVar, get_args, get_origin

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.wire.opi.node import Attribute, Node


class Place(Enum):
    """Where XML has a member."""

    ATTRIBUTE = "attribute"
    ELEMENT = "element"
    TEXT = "text"


class _Named(NamedTuple):
    wire: str


class _Needed(NamedTuple):
    """Must be there when we write."""


ATTR: Final = Place.ATTRIBUTE
TEXT: Final = Place.TEXT
NEEDED: Final = _Needed()


def named(wire: str) -> _Named:
    """A name that no rule gives."""
    return _Named(wire)


_CAPITALS: Final = frozenset(
    "AC AID AIP ARC ATC AUC BPA CAD CDCVM CID CTT CV2 E2EE FPA IACDEF IACDNL IACONL IAPPD IAUTHD"
    " IAVN ICC ICTYC ID ISD ISR IV KSN MAC MC OA OS P2PE PAN PIN POPID POS PTID RSA STAN TAVN TLV"
    " TSI TVR UPN VAT".lower().split()
)


def wire_name(name: str) -> str:
    """The language's name of a field: `terminal_id` is `TerminalID`."""
    return "".join(
        part.upper() if part in _CAPITALS else part[0].upper() + part[1:]
        for part in name.split("_")
    )


class Others(msgspec.Struct, frozen=True, gc=False):
    """What stood in an element that the schema does not know, or whose value it cannot hold.

    It is written back as it came. It may hold card data: the `repr` shows names only.
    """

    attributes: tuple[Attribute, ...] = ()
    children: tuple[Node, ...] = ()
    text: str = ""

    def get(self, name: str) -> str | None:
        """The text of an unknown member."""
        return Node("", self.attributes, self.children).get(name)

    def __repr__(self) -> str:
        names = [name for name, _ in self.attributes] + [child.name for child in self.children]
        return f"Others({mask_text(', '.join(names))})"


class Element(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One element. Any text of a sender may hold a card number: the `repr` masks it."""

    others: Others | None = None

    def __repr__(self) -> str:
        told = ((name, getattr(self, name)) for name in self.__struct_fields__)
        inside = (f"{name}={_masked(value)}" for name, value in told if value not in _NOTHING)
        return f"{type(self).__name__}({', '.join(inside)})"


AnyElement = TypeVar("AnyElement", bound=Element)

_NOTHING: Final = (None, ())


def _masked(value: object) -> str:
    match value:
        case Element() | Others() | Node():
            return repr(value)
        case tuple():
            return f"({', '.join(map(_masked, value))}{',' * (len(value) == 1)})"
        case _:
            return mask_text(repr(value))


class Member(NamedTuple):
    """One row of the schema table."""

    name: str
    """The field of the struct."""
    wire: str
    """The language's name."""
    place: Place
    base: type
    """str, bool, int, Decimal, Secret, Node or an `Element`."""
    many: bool = False
    needed: bool = False

    def element(self) -> type[Element] | None:
        """The struct, when it is not a simple value."""
        return self.base if issubclass(self.base, Element) else None


def _member(name: str, hint: object) -> Member:
    place, wire, needed = Place.ELEMENT, wire_name(name), False
    if get_origin(hint) is Annotated:
        hint, *markers = get_args(hint)
        for marker in markers:
            match marker:
                case Place():
                    place = marker
                case _Named():
                    wire = marker.wire
                case _Needed():
                    needed = True
                case _:
                    raise TypeError(f"unknown marker {marker!r}")
    if isinstance(hint, UnionType):
        hint = get_args(hint)[0]
    many = get_origin(hint) is tuple
    if many:
        hint = get_args(hint)[0]
    assert isinstance(hint, type)
    return Member(name, wire, place, hint, many, needed)


@cache
def members(kind: type[Element]) -> tuple[Member, ...]:
    """The rows of one struct, in writing order."""
    rows: dict[str, Member] = {}
    for each in reversed(kind.__mro__):
        if each is Element or not issubclass(each, Element):
            continue
        space: dict[str, Any] = vars(sys.modules[each.__module__])
        for name, hint in each.__annotations__.items():
            rows[name] = _member(name, eval(hint, space))  # noqa: S307 our own source
    return tuple(rows[name] for name in kind.__struct_fields__ if name in rows)


_ALIASES: Final = {"inbool": "InBoolean"}
"""Other names in use, in small letters; different capitals (`PosData`) need no entry."""


@cache
def rows_by_name(kind: type[Element]) -> dict[str, Member]:
    """Attributes and child elements by their name in small letters."""
    rows = {row.wire.casefold(): row for row in members(kind) if row.place is not TEXT}
    for alias, wire in _ALIASES.items():
        if wire.casefold() in rows:
            rows.setdefault(alias, rows[wire.casefold()])
    return rows


@cache
def text_row(kind: type[Element]) -> Member | None:
    """The member that is the element's own text."""
    return next((row for row in members(kind) if row.place is TEXT), None)
