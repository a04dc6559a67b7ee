"""The schema table as a writer walks it: names and places of one version, values of one struct."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from opi_pos.wire.nexo.schema import Element, Place, Version, members


class Row(NamedTuple):
    """A member in one version."""

    name: str
    wire: str
    place: Place
    many: bool
    required: bool


@cache
def _table(
    kind: type[Element], version: Version
) -> tuple[Callable[[Element], tuple[Any, ...]], tuple[Row, ...]]:
    found = members(kind)
    rows = tuple(
        Row(m.name, m.wire_in(version), m.place_in(version), m.many, m.required) for m in found
    )
    # `foreign` stands last and is left over: with one name alone attrgetter gives no tuple.
    return attrgetter(*(member.name for member in found), "foreign"), rows


def present(struct: Element, version: Version) -> list[tuple[Row, Any]]:
    """The members that have something to write, in schema order."""
    get, rows = _table(type(struct), version)
    absent = struct.foreign.absent if struct.foreign else ()
    return [
        (row, value)
        for row, value in zip(rows, get(struct), strict=False)
        if value is not None
        and (value or row.required or not isinstance(value, tuple | list))
        and row.name not in absent
    ]
