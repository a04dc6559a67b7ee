"""Whether a message may be written: required members, choices, types, facets.

Run before strict writing. What we originate must fit the schema in every value; what we received
and write in the other encoding must have its structure right, but keeps the sender's values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from operator import attrgetter
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


Problem = Callable[[object], str | None]
"""Names what is wrong with a value, None when nothing is."""

Check = Callable[[Any], None]
"""Raises a ProtocolError whose path begins inside the value."""


def check_struct(
    struct: Element, path: str, version: Version = Version.V3_1, *, values: bool = True
) -> None:
    """Raises a ProtocolError that names the first member that breaks the schema."""
    try:
        _checker(type(struct), version, values)(struct)
    except ProtocolError as error:
        raise _below(path, error) from None


def _below(name: str, error: ProtocolError) -> ProtocolError:
    """The error seen from one level further out."""
    if not error.path:
        return ProtocolError(name, error.problem)
    joint = "" if error.path.startswith("[") else "."
    return ProtocolError(f"{name}{joint}{error.path}", error.problem)


@cache
def _checker(kind: type[Element], version: Version, values: bool) -> Check:
    """The check of one struct, made when first needed."""
    found = members(kind)
    get = attrgetter(*(member.name for member in found), "foreign")
    rows = [(member, _member_check(member, version, values)) for member in found]
    choices = _choices(kind, version)

    def check(struct: Any) -> None:
        absent = struct.foreign.absent if struct.foreign else ()
        for (member, inner), value in zip(rows, get(struct), strict=False):
            if value is None or value == () or member.name in absent:
                if _is_required(member, version) and not (member.listed and value == ()):
                    raise ProtocolError(member.wire_in(version), MISSING)
                continue
            try:
                inner(value)
            except ProtocolError as error:
                raise _below(member.wire_in(version), error) from None
        for names, choice in choices:
            _check_choice(struct, names, choice)

    return check


def _is_required(member: Member, version: Version) -> bool:
    return (member.required_in(version) or member.low > 0) and member.exists_in(version)


def _member_check(member: Member, version: Version, values: bool) -> Check:
    if not member.exists_in(version):
        return _refused(f"{UNEXPECTED} in version {version.value}")
    kind = member.element()
    one = _simple_check(member, values) if kind is None else _struct_check(kind, version, values)
    if member.listed:
        one = _each(one)
    return _repeated(member, one) if member.many else one


def _refused(problem: str) -> Check:
    def check(_: object) -> None:
        raise ProtocolError("", problem)

    return check


def _struct_check(kind: type[Element], version: Version, values: bool) -> Check:
    def check(value: object) -> None:
        if type(value) is not kind:
            raise ProtocolError("", f"{INVALID_VALUE}: another struct expected")
        _checker(kind, version, values)(value)

    return check


def _each(one: Check) -> Check:
    def check(value: object) -> None:
        if not isinstance(value, tuple | list):
            raise ProtocolError("", f"{INVALID_VALUE}: a list expected")
        for item in value:
            one(item)

    return check


def _repeated(member: Member, one: Check) -> Check:
    def check(value: object) -> None:
        if not isinstance(value, tuple | list):
            raise ProtocolError("", f"{INVALID_VALUE}: a list expected")
        if member.high is not None and len(value) > member.high:
            raise ProtocolError("", f"{REPEATED}: at most {member.high}")
        for index, item in enumerate(value):
            try:
                one(item)
            except ProtocolError as error:
                raise _below(f"[{index}]", error) from None

    return check


def _simple_check(member: Member, values: bool) -> Check:
    type_problem = _TYPE_PROBLEM[member.base]
    value_problem = _value_problem(member) if values else None

    def check(value: object) -> None:
        problem = type_problem(value)
        if problem is None and value_problem is not None:
            problem = value_problem(value)
        if problem is not None:
            raise ProtocolError("", problem)

    return check


def _value_problem(member: Member) -> Problem | None:
    if member.enumeration is not None:
        return _enumeration_problem(values_of(member.enumeration))
    facet = member.facet
    if facet is None or member.base is not Secret:
        return None if facet is None else facet.check
    return lambda value: facet.check(value.reveal() if isinstance(value, Secret) else value)


def _enumeration_problem(known: frozenset[str]) -> Problem:
    def problem(value: object) -> str | None:
        return None if value in known or is_extension(str(value)) else NOT_IN_ENUMERATION

    return problem


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


_TYPE_PROBLEM: Final[dict[type, Problem]] = {
    str: _text_problem,
    Secret: _secret_problem,
    bool: _boolean_problem,
    int: _integer_problem,
    Decimal: decimal_problem,
}


_Choices = tuple[tuple[tuple[Member, ...], Choice], ...]


@cache
def _choices(
    kind: type[Element], version: Version
) -> tuple[tuple[tuple[Member, ...], Choice], ...]:
    found: dict[Choice, list[Member]] = {}
    for member in members(kind):
        if member.choice is not None and member.exists_in(version):
            found.setdefault(member.choice, []).append(member)
    return tuple((tuple(rows), choice) for choice, rows in found.items())


def _check_choice(struct: Any, rows: tuple[Member, ...], choice: Choice) -> None:
    present = [row.wire for row in rows if getattr(struct, row.name) is not None]
    if len(present) > 1:
        raise ProtocolError(present[1], f"{BAD_COMBINATION}: excluded by {present[0]}")
    if not present and choice is Choice.EXACTLY_ONE:
        raise ProtocolError("", f"{MISSING}: one of {', '.join(row.wire for row in rows)}")
