"""Makes schema-valid messages out of the schema table itself."""

from __future__ import annotations

import base64
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo.facets import Facet
from opi_pos.wire.nexo.schema import Choice, Element, Member, Version, members

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", codec="utf-8")
    | st.sampled_from("\t\n\r<>&\"' "),
    min_size=1,
    max_size=12,
)
"""Any text that XML can carry, with everything that must be escaped or could be trimmed."""

_TEXT_POOL = [
    *("9" * size for size in range(1, 41)),
    *("0" * size for size in range(1, 6)),
    *(base64.b64encode(bytes(range(size))).decode() for size in (0, 1, 2, 3, 5, 16, 40, 100)),
    *("x" * size for size in range(1, 17)),
    *("EUR", "SEK", "sv", "en"),
    *("2026-03-01T09:30:00Z", "2026-03-01T09:30:00.4980000+01:00", "2026-12-31T23:59:59.02-11:30"),
]
_INTEGERS = [0, 1, 2, 3, 7, 42, 99, 500, 999, 2000, -1, 10**17]
_DECIMALS = [
    *(Decimal(text) for text in ("0", "0.00", "56", "38.00", "0.10", "99999999.999999", "12.5")),
    *(Decimal(text) for text in ("-3.70", "12345678901234567.89", "0.0000001")),
]


@cache
def _pool(facet: Facet, base: type) -> list[Any]:
    pools: dict[type, list[Any]] = {int: _INTEGERS, Decimal: _DECIMALS}
    pool = pools.get(base, _TEXT_POOL)
    fitting = [value for value in pool if facet.check(value) is None]
    assert fitting, "no value in the pool fits this facet"
    return fitting


def _plain(member: Member) -> st.SearchStrategy[Any]:
    if member.enumeration is not None:
        return st.sampled_from([*(str(value) for value in member.enumeration), "acme:Special"])
    if member.facet is not None:
        return st.sampled_from(_pool(member.facet, member.base))
    if member.base is bool:
        return st.booleans()
    if member.base is int:
        return st.sampled_from(_INTEGERS)
    if member.base is Decimal:
        return st.sampled_from(_DECIMALS)
    return TEXTS


@cache
def _value(member: Member) -> st.SearchStrategy[Any]:
    kind = member.element()
    if kind is not None:
        return structs(kind)
    value = _plain(member)
    if member.listed:
        least = 0 if member.required and not member.many else 1
        return st.lists(value, min_size=least, max_size=3).map(tuple)
    return value.map(Secret) if member.base is Secret else value


@cache
def structs(kind: type[Element], version: Version = nexo.V3_1) -> st.SearchStrategy[Element]:
    """Structs of one kind, valid in 3.1."""

    @st.composite
    def build(draw: st.DrawFn) -> Element:
        values: dict[str, Any] = {}
        rows = [row for row in members(kind) if row.exists_in(version)]
        taken = _chosen(draw, rows)
        for row in rows:
            if row.choice is not None and row.name not in taken:
                continue
            if row.many:
                most = 2 if row.high is None else min(2, row.high)
                items = st.lists(_value(row), min_size=row.low, max_size=max(row.low, most))
                values[row.name] = tuple(draw(items)) if row.low or draw(_RARELY) else ()
            elif row.required or row.choice is not None or draw(_RARELY):
                values[row.name] = draw(_value(row))
        return kind(**values)

    return st.deferred(build)


_RARELY = st.integers(0, 3).map(lambda number: number == 3)


def _chosen(draw: st.DrawFn, rows: list[Member]) -> set[str]:
    names = [row.name for row in rows if row.choice is not None]
    if not names:
        return set()
    optional = any(row.choice is Choice.AT_MOST_ONE for row in rows)
    if optional and draw(st.booleans()):
        return set()
    return {draw(st.sampled_from(names))}


@st.composite
def messages(draw: st.DrawFn, kind: type[Element]) -> nexo.Message:
    """Whole messages with this body."""
    header = nexo.header_for(
        kind,
        sale_id=draw(TEXTS),
        poi_id=draw(TEXTS),
        service_id=draw(st.none() | st.sampled_from(["1", "0523131055"])),
        device_id=draw(st.none() | st.just("77")),
        protocol_version=draw(st.none() | st.just("3.1")),
    )
    trailer = draw(structs(nexo.ContentInformation)) if draw(_RARELY) else None
    assert trailer is None or isinstance(trailer, nexo.ContentInformation)
    return nexo.Message(header=header, body=draw(structs(kind)), security_trailer=trailer)


ANY_MESSAGE = st.sampled_from(list(nexo.BODIES.values())).flatmap(messages)


def complete(kind: type[Element], version: Version = nexo.V3_1, choice: int = 0) -> Element:
    """A struct with every member that its version has; `choice` picks among those that exclude."""
    rows = [row for row in members(kind) if row.exists_in(version)]
    names = [row.name for row in rows if row.choice is not None]
    chosen = names[choice % len(names)] if names else None
    values = {
        row.name: _full_value(row, version, choice)
        for row in rows
        if row.choice is None or row.name == chosen
    }
    return kind(**values)


def _full_value(member: Member, version: Version, choice: int) -> Any:
    kind = member.element()
    value = complete(kind, version, choice) if kind else _example(member, choice)
    if member.listed:
        value = (value, value)
    return (value,) if member.many else value


def _example(member: Member, choice: int) -> Any:
    if member.enumeration is not None:
        values = list(member.enumeration)
        return str(values[choice % len(values)])
    if member.facet is not None:
        pool = _pool(member.facet, member.base)
        value = pool[choice % len(pool)]
    else:
        value = {bool: True, int: 7, Decimal: Decimal("38.00")}.get(member.base, " <a>&\r\n\t'\" ")
    return Secret(value) if member.base is Secret else value
