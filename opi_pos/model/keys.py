"""A table of the configuration as a struct. Whatever is wrong is named by its key; no value is
repeated.
"""

from __future__ import annotations

from typing import Any, TypeVar, get_args

import msgspec

from opi_pos.model.errors import ConfigurationError

T = TypeVar("T", bound=msgspec.Struct)


def read_keys(table: object, kind: type[T], where: str, whose: str = "") -> T:
    """The table as `kind`. `where` is the path in front of its keys, such as `poi.front.`; `whose`
    names the system that has them, such as `a Viva terminal`. Raises `ConfigurationError`.
    """
    try:
        return msgspec.convert(table, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _wrong(error, kind, where, whose) from None


def _wrong(
    error: msgspec.ValidationError, kind: type[msgspec.Struct], where: str, whose: str
) -> ConfigurationError:
    """msgspec says what is wrong, then ` - at `$.tls.ca``; or it names an unknown field."""
    problem, _, place = str(error).partition(" - at `$")
    path = place.rstrip("`").strip(".")
    if "unknown field `" not in problem:
        key = (where + path).rstrip(".")
        return ConfigurationError(key, problem[:1].lower() + problem[1:])
    unknown = problem.split("`")[1]
    known = ", ".join(_fields_of(kind, path))
    of_whom = f" of {whose}" if whose else ""
    key = f"{path}.{unknown}" if path else unknown
    return ConfigurationError(where + key, f"is not a key{of_whom}; keys: {known}")


def _fields_of(kind: Any, path: str) -> tuple[str, ...]:
    """The fields of a struct, or of the struct at a path inside it."""
    for name in filter(None, path.split(".")):
        types = {field.name: field.type for field in msgspec.structs.fields(kind)}
        inside = types.get(name)
        candidates = get_args(inside) or (inside,)
        kind = next((each for each in candidates if hasattr(each, "__struct_fields__")), kind)
    fields: tuple[str, ...] = kind.__struct_fields__
    return fields
