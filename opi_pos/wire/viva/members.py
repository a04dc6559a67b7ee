"""Reads JSON objects into structs, member by member, and forgives what can be forgiven.

Members are found by name in any case (the API writes `sessionId`, its webhooks `SessionId`).
Numbers may come as text and text as numbers; a member that cannot be read counts as absent, so
that a bad optional one never costs the result. Members that a struct does not have are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.limits import MAX_BYTES

T = TypeVar("T", bound=msgspec.Struct)

MAX_DIGITS: Final = 15
"""Of a number, however it is written."""
_BOM: Final = b"\xef\xbb\xbf"
_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no"})


def json_of(data: bytes, limit: int = MAX_BYTES) -> Any:
    """The value in these bytes; raises `ProtocolError`, whose text repeats nothing of them."""
    if len(data) > limit:
        raise ProtocolError("", f"larger than {limit} bytes")
    try:
        return msgspec.json.decode(data.removeprefix(_BOM))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ProtocolError("", "is no JSON") from None


def object_of(data: bytes) -> dict[str, Any]:
    """The object in these bytes; raises `ProtocolError`."""
    value = json_of(data)
    if not isinstance(value, dict):
        raise ProtocolError("", "is no JSON object")
    return value


def struct_of(kind: type[T], members: Mapping[str, Any]) -> T:
    """A struct with what can be read of its members; the others keep their defaults."""
    given = {name.lower(): value for name, value in members.items()}
    values = {}
    for name, encoded, read in _readers_of(kind):
        value = read(given.get(encoded))
        if value is not None:
            values[name] = value
    return kind(**values)


@cache
def _readers_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, Callable[[object], Any]], ...]:
    """Name, name on the wire in small letters, and reader of each member."""
    return tuple(
        (field.name, field.encode_name.lower(), _READERS[str(field.type)])
        for field in msgspec.structs.fields(kind)
    )


def text_of(value: object) -> str | None:
    """A text, or a whole number as text."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value)


def number_of(value: object) -> int | None:
    """A whole number; also `"200"` and `200.0`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 10**MAX_DIGITS else None
    if isinstance(value, int):
        return value if abs(value) < 10**MAX_DIGITS else None
    text = value.strip() if isinstance(value, str) else ""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > MAX_DIGITS:
        return None
    return int(text)


def flag_of(value: object) -> bool | None:
    """True or false; also `"True"`, 1 and `"0"`."""
    word = str(value).strip().lower() if isinstance(value, (bool, str, int)) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    return None


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    str(str | None): text_of,
    str(str): text_of,
    str(int | None): number_of,
    str(int): number_of,
    str(bool | None): flag_of,
    str(bool): flag_of,
}
