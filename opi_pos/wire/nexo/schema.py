"""The one schema table behind both encodings: the struct definitions themselves.

A struct in `catalogue/` is one complex type of the specification. Its fields stand in schema order,
attributes first; a field without a marker is a child element. What else the schema says of a field
stands in its `Annotated`: the place (`ATTR`, `TEXT`), its enumeration, a facet, how often it may
occur, its choice, and the version it belongs to. `members()` gives that as a table.

    field                                        member
    currency: Annotated[str, ATTR, UPPER3]       attribute Currency, required, a currency
    sale_item: tuple[SaleItem, ...] = ()         element SaleItem, any number
    entry_mode: Annotated[tuple[str, ...], ATTR, EntryMode] = ()    a list of enumeration values
"""

from __future__ import annotations

import sys
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, NamedTuple, TypeVar, get_args, get_origin

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.wire.nexo.facets import Facet
from opi_pos.wire.nexo.foreign import Foreign


class Version(StrEnum):
    """The versions that can be written. Reading takes either, and the vendors' own."""

    V3_0 = "3.0"
    V3_1 = "3.1"


class Place(Enum):
    """Where XML has a member. JSON has them all as plain members."""

    ATTRIBUTE = "attribute"
    ELEMENT = "element"
    TEXT = "text"


class Choice(Enum):
    """Members of one struct that exclude each other."""

    EXACTLY_ONE = "exactly one"
    AT_MOST_ONE = "at most one"


class _Occurs(NamedTuple):
    low: int
    high: int | None


class _Was(NamedTuple):
    name: str


class _Only(NamedTuple):
    version: Version


class _Flag(Enum):
    LISTED = "listed"
    REQUIRED_IN_3_0 = "required in 3.0"
    TEXT_IN_3_0 = "text in 3.0"


ATTR: Final = Place.ATTRIBUTE
TEXT: Final = Place.TEXT
LISTED: Final = _Flag.LISTED
ONE_OF: Final = Choice.EXACTLY_ONE
AT_MOST_ONE_OF: Final = Choice.AT_MOST_ONE
AT_LEAST_ONE: Final = _Occurs(1, None)
SINCE_3_1: Final = _Only(Version.V3_1)
ONLY_3_0: Final = _Only(Version.V3_0)
REQUIRED_IN_3_0: Final = _Flag.REQUIRED_IN_3_0
TEXT_IN_3_0: Final = _Flag.TEXT_IN_3_0


def occurs(low: int, high: int) -> _Occurs:
    """How many of a repeated element may stand there."""
    return _Occurs(low, high)


def was(name: str) -> _Was:
    """The name that 3.0 has for this member."""
    return _Was(name)


_ACRONYMS: Final = frozenset(
    "APDU ATR ICC ID IMEI IMSI KEK MAC MSISDN OK PAN PED PIN POI QR UTM XHTML".lower().split()
)
_FOREIGN_NAME: Final = "(foreign)"
_IRREGULAR: Final = {
    "foreign": _FOREIGN_NAME,
    "search_and": "SearchAND",
    "search_or": "SearchOR",
}


def wire_name(name: str) -> str:
    """The specification's name of a field: `poi_transaction_id` is `POITransactionID`."""
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    return "".join(
        part.upper() if part in _ACRONYMS else part[0].upper() + part[1:]
        for part in name.split("_")
    )


class Element(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename=wire_name,
    repr_omit_defaults=True,
    gc=False,
):
    """One complex type. `foreign` keeps what a sender added that the schema does not know.

    Any text of a sender may hold a card number: the `repr` masks it.
    """

    foreign: Foreign | None = None

    def __repr__(self) -> str:
        # Each text is masked once: masking the whole again at every level would cost its depth.
        told = ((name, getattr(self, name)) for name in self.__struct_fields__)
        members = (f"{name}={_masked_repr(value)}" for name, value in told if value not in _NOTHING)
        return f"{type(self).__name__}({', '.join(members)})"


AnyElement = TypeVar("AnyElement", bound=Element)

_NOTHING: Final = (None, ())
"""What a member is that is not there."""


def _masked_repr(value: object) -> str:
    match value:
        case Element():
            return repr(value)
        case tuple():
            return f"({', '.join(map(_masked_repr, value))}{',' * (len(value) == 1)})"
        case _:
            return mask_text(repr(value))


class Member(NamedTuple):
    """One row of the schema table."""

    name: str
    """The field of the struct."""
    wire: str
    """The specification's name; the JSON name of XML text."""
    place: Place
    base: type
    """str, bool, int, Decimal, Secret, or an `Element`."""
    required: bool
    many: bool = False
    """A repeated element; JSON: an array."""
    listed: bool = False
    """Values with spaces between (xs:list); JSON: an array."""
    enumeration: type[StrEnum] | None = None
    facet: Facet | None = None
    low: int = 0
    high: int | None = None
    choice: Choice | None = None
    only: Version | None = None
    """The only version that has it."""
    old_name: str | None = None
    required_in_3_0: bool = False
    text_in_3_0: bool = False

    def wire_in(self, version: Version) -> str:
        """Its name in a version."""
        return self.old_name if version is Version.V3_0 and self.old_name else self.wire

    def place_in(self, version: Version) -> Place:
        """Where XML has it in a version."""
        return TEXT if version is Version.V3_0 and self.text_in_3_0 else self.place

    def exists_in(self, version: Version) -> bool:
        """Whether a version has it."""
        return self.only is None or self.only is version

    def required_in(self, version: Version) -> bool:
        """Whether a version demands it."""
        return self.required or (self.required_in_3_0 and version is Version.V3_0)

    def element(self) -> type[Element] | None:
        """The struct, when it is not a simple value."""
        return self.base if issubclass(self.base, Element) else None


_OF_MARKER: Final[dict[type, str]] = {
    Place: "place",
    Facet: "facet",
    Choice: "choice",
}


def _marks(marker: object) -> dict[str, Any]:
    match marker:
        case Place() | Facet() | Choice():
            return {_OF_MARKER[type(marker)]: marker}
        case _Occurs():
            return {"low": marker.low, "high": marker.high}
        case _Was():
            return {"old_name": marker.name}
        case _Only():
            return {"only": marker.version}
        case _Flag():
            return {marker.name.lower(): True}
        case type() if issubclass(marker, StrEnum):
            return {"enumeration": marker}
        case _:
            raise TypeError(f"unknown marker {marker!r}")


def _unwrapped(hint: object) -> tuple[type, int]:
    """The innermost type, and how many tuples stand around it."""
    if isinstance(hint, UnionType):
        hint = get_args(hint)[0]
    depth = 0
    while get_origin(hint) is tuple:
        hint, depth = get_args(hint)[0], depth + 1
    assert isinstance(hint, type)
    return hint, depth


def _member(name: str, hint: object, *, required: bool) -> Member:
    marks: dict[str, Any] = {"place": Place.ELEMENT}
    if get_origin(hint) is Annotated:
        hint, *markers = get_args(hint)
        for marker in markers:
            marks |= _marks(marker)
    base, depth = _unwrapped(hint)
    many = depth > marks.get("listed", False)
    return Member(name, wire_name(name), base=base, required=required, many=many, **marks)


@cache
def members(kind: type[Element]) -> tuple[Member, ...]:
    """The rows of one struct, in schema order."""
    space = vars(sys.modules[kind.__module__])
    fields, defaults = kind.__struct_fields__, kind.__struct_defaults__
    optional = {
        name
        for name, default in zip(reversed(fields), reversed(defaults), strict=False)
        if default is not msgspec.NODEFAULT
    }
    return tuple(
        _member(name, eval(hint, space), required=name not in optional)  # noqa: S307 our own source
        for name, hint in kind.__annotations__.items()
    )
