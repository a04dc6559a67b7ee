"""Simple values and their text, as the parties write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.opi.limits import MAX_DIGITS

_TRUE: Final = frozenset({"true", "1", "yes"})
_FALSE: Final = frozenset({"false", "0", "no"})
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII).fullmatch
_WITH_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]{1,2}", re.ASCII).fullmatch
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII).fullmatch


class UnreadableError(ValueError):
    """The text is not what the member holds."""


def value_of(base: type, text: str) -> object:
    """The value that a text stands for. Raises UnreadableError."""
    if base is str:
        return text
    if base is Secret:
        return Secret(text)
    bare = text.strip()
    if base is Decimal:
        return _decimal(bare)
    if base is bool:
        return _boolean(bare.lower())
    if _INTEGER(bare):
        return int(bare)
    raise UnreadableError


def _decimal(text: str) -> Decimal:
    if len(text) <= MAX_DIGITS:
        if _DECIMAL(text):
            return Decimal(text)
        if _WITH_COMMA(text):  # cannot be thousands with so few digits behind it [inferred]
            return Decimal(text.replace(",", "."))
    raise UnreadableError


def _boolean(text: str) -> bool:
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise UnreadableError


def text_of(value: object, path: str) -> str:
    """As we write it. Raises ProtocolError for what has no such text."""
    match value:
        case str():
            return value
        case Secret():
            return value.reveal()
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            if value.is_finite() and abs(value.adjusted()) < MAX_DIGITS:
                text = format(value, "f")
                if len(text) <= MAX_DIGITS:
                    return text
            raise ProtocolError(path, "a number that is too long, or none")
        case _:
            raise ProtocolError(path, "cannot be written")
