"""Whether a message may be written: required members, choices, types, facets.

Run before strict writing. What we originate must fit the schema in every value; what we received
and write in the other encoding must have its structure right, but keeps the sender's values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any, Final

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_DIGITS
from opi_pos.wire.nexo.lexical import values_of
from opi_pos.wire.nexo.problems import (
    BAD_COMBINATION,
    INVALID_VALUE,
    MISSING,
    NOT_IN_ENUMERATION,
    REPEATED,
    UNEXPECTED,
)
from opi_pos.wire.nexo.schema import Choice, Element, Member, Version, members

is_extension: Final = re.compile(r"[0-9A-Za-z]+:[A-Z][0-9A-Za-z]*", re.ASCII).fullmatch
"""The pattern by which any enumeration may be extended."""

_LARGEST_INTEGER: Final = 10**18


def check_struct(
    struct: Element, path: str, version: Version = Version.V3_1, *, values: bool = True
) -> None:
    """Raises a ProtocolError that names the first member that breaks the schema."""
    kind = type(struct)
    absent = struct.foreign.absent if struct.foreign else frozenset()
    for member in members(kind):
        value = getattr(struct, member.name)
        place = f"{path}.{member.wire_in(version)}"
        if value is None or value == () or member.name in absent:
            if _is_required(member, version) and not (member.listed and value == ()):
                raise ProtocolError(place, MISSING)
            continue
        if not member.exists_in(version):
            raise ProtocolError(place, f"{UNEXPECTED} in version {version.value}")
        for item_place, item in _items(member, value, place):
            if isinstance(item, Element) and type(item) is member.base:
                check_struct(item, item_place, version, values=values)
            elif problem := _simple_problem(member, item, values=values):
                raise ProtocolError(item_place, problem)
    for names, choice in _choices(kind, version):
        _check_choice(struct, path, names, choice)


def _is_required(member: Member, version: Version) -> bool:
    return (member.required_in(version) or member.low > 0) and member.exists_in(version)


def _items(member: Member, value: object, place: str) -> Iterator[tuple[str, object]]:
    if not member.many:
        yield place, value
        return
    if not isinstance(value, tuple | list):
        raise ProtocolError(place, f"{INVALID_VALUE}: a list expected")
    if member.high is not None and len(value) > member.high:
        raise ProtocolError(place, f"{REPEATED}: at most {member.high}")
    for index, item in enumerate(value):
        yield f"{place}[{index}]", item


def _simple_problem(member: Member, value: object, *, values: bool) -> str | None:
    if member.listed:
        if not isinstance(value, tuple | list):
            return f"{INVALID_VALUE}: a list expected"
        problems = (_scalar_problem(member, item, values=values) for item in value)
        return next((problem for problem in problems if problem), None)
    return _scalar_problem(member, value, values=values)


def _scalar_problem(member: Member, value: object, *, values: bool) -> str | None:
    problem = _TYPE_PROBLEM.get(member.base, _not_a_struct)(value)
    if problem or not values:
        return problem
    if member.enumeration is not None:
        text = str(value)
        if text in values_of(member.enumeration) or is_extension(text):
            return None
        return NOT_IN_ENUMERATION
    if member.facet is None:
        return None
    return member.facet.check(value.reveal() if isinstance(value, Secret) else value)


def _not_a_struct(value: object) -> str | None:
    return f"{INVALID_VALUE}: another struct expected"


def _text_problem(value: object) -> str | None:
    return None if isinstance(value, str) else f"{INVALID_VALUE}: a text expected"


def _secret_problem(value: object) -> str | None:
    return None if isinstance(value, Secret) else f"{INVALID_VALUE}: a Secret expected"


def _boolean_problem(value: object) -> str | None:
    return None if isinstance(value, bool) else f"{INVALID_VALUE}: true or false expected"


def _integer_problem(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{INVALID_VALUE}: a whole number expected"
    return None if abs(value) < _LARGEST_INTEGER else f"{INVALID_VALUE}: too many digits"


def decimal_problem(value: object) -> str | None:
    """NaN, infinity, floats and endless numbers are no amounts."""
    if not isinstance(value, Decimal):
        return f"{INVALID_VALUE}: a Decimal expected"
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return f"{INVALID_VALUE}: a finite number expected"
    if len(digits) > MAX_DIGITS or abs(exponent) > MAX_DIGITS:
        return f"{INVALID_VALUE}: too many digits"
    return None


_TYPE_PROBLEM: Final[dict[type, Callable[[object], str | None]]] = {
    str: _text_problem,
    Secret: _secret_problem,
    bool: _boolean_problem,
    int: _integer_problem,
    Decimal: decimal_problem,
}


@cache
def _choices(
    kind: type[Element], version: Version
) -> tuple[tuple[tuple[Member, ...], Choice], ...]:
    found: dict[Choice, list[Member]] = {}
    for member in members(kind):
        if member.choice is not None and member.exists_in(version):
            found.setdefault(member.choice, []).append(member)
    return tuple((tuple(rows), choice) for choice, rows in found.items())


def _check_choice(struct: Any, path: str, rows: tuple[Member, ...], choice: Choice) -> None:
    present = [row.wire for row in rows if getattr(struct, row.name) is not None]
    if len(present) > 1:
        raise ProtocolError(f"{path}.{present[1]}", f"{BAD_COMBINATION}: excluded by {present[0]}")
    if not present and choice is Choice.EXACTLY_ONE:
        raise ProtocolError(path, f"{MISSING}: one of {', '.join(row.wire for row in rows)}")
