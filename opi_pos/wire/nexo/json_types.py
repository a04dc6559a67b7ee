"""The schema table as types that msgspec checks while it decodes.

Struct fields are plain `str` and `Decimal` for those who use them. For msgspec the annotations are
narrowed, once, before a decoder is made: enumerations to their values, whole numbers to 18 digits,
and decimals to JSON numbers of bounded length (msgspec by itself takes the text "NaN" and numbers
without end). What does not fit fails to decode, and the tolerant reader decides what it means.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal

import msgspec

from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_DIGITS
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.checks import decimal_problem
from opi_pos.wire.nexo.lexical import values_of
from opi_pos.wire.nexo.schema import Element, Member, members


class _IsDecimal(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Decimal)


class JsonNumber(metaclass=_IsDecimal):
    """Stands for Decimal where msgspec decodes, so that `from_json` sees the value."""


_WHOLE: Final = 10**18
_LARGEST: Final = 10**MAX_DIGITS
_TYPES: Final[dict[type, object]] = {
    int: Annotated[int, msgspec.Meta(gt=-_WHOLE, lt=_WHOLE)],
    Decimal: JsonNumber,
}


def from_json(kind: type, value: object) -> object:
    """The `dec_hook`: what msgspec cannot make by itself."""
    if kind is JsonNumber:
        if type(value) is Decimal:  # from `number_from_json`
            return value
        if type(value) is int and -_LARGEST < value < _LARGEST:
            return Decimal(value)
    elif kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError("not as the schema says")


def number_from_json(text: str) -> Decimal:
    """The `float_hook`: every digit is kept, but there is an end to them."""
    number = Decimal(text)
    unusual = len(text) > MAX_DIGITS or "e" in text or "E" in text
    if unusual and decimal_problem(number):
        raise ValueError("too many digits")
    return number


def _narrowed(member: Member) -> object:
    kind: Any = _TYPES.get(member.base, member.base)
    if member.enumeration is not None:
        kind = Literal[tuple(sorted(values_of(member.enumeration)))]
    for _ in range(member.listed + member.many):
        kind = tuple[kind, ...]
    optional = not member.required and not member.listed and not member.many
    return kind | None if optional else kind


@cache
def narrow(kind: type[Element]) -> None:
    """Narrows a struct and all that it holds."""
    rows = members(kind)  # the table first: it is read from the annotations
    kind.__annotations__ = {row.name: _narrowed(row) for row in rows}
    for row in rows:
        inner = row.element()
        if inner is not None:
            narrow(inner)


def decoder(root: str, body: type[Element]) -> msgspec.json.Decoder[Any]:
    """Decodes `{root: {header, body, trailer}}` in one pass."""
    for kind in (MessageHeader, body, ContentInformation):
        narrow(kind)
    inside = msgspec.defstruct(
        "Inside",
        [
            ("header", MessageHeader, msgspec.field(name="MessageHeader")),
            ("body", body, msgspec.field(name=body.__name__)),
            (
                "trailer",
                ContentInformation | None,
                msgspec.field(name="SecurityTrailer", default=None),
            ),
        ],
        forbid_unknown_fields=True,
    )
    outside = msgspec.defstruct(
        "Outside", [("inside", inside, msgspec.field(name=root))], forbid_unknown_fields=True
    )
    return msgspec.json.Decoder(outside, dec_hook=from_json, float_hook=number_from_json)
