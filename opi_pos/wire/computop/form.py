"""Forms: names and values, with names in any case, in any order, plain or behind Len and Data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote, unquote_plus, urlencode

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.computop.sealing import Keys, unseal
from opi_pos.wire.computop.table import INQUIRY, NOTIFICATION
from opi_pos.wire.limits import MAX_BYTES

MAX_PAIRS: Final = 200

_BOM: Final = b"\xef\xbb\xbf"
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_NAMES: Final = {
    name.lower(): name for name in (*NOTIFICATION, *INQUIRY, "Len", "Data", "MerchantID")
}
"""As the tables write them, by lower case."""


def read_form(body: bytes, keys: Keys) -> dict[str, str]:
    """All members by the table's names. Raises `ProtocolError`, which names the member."""
    if len(body) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    outer = _members(_outer(body.removeprefix(_BOM)))
    if "Data" not in outer:
        return outer
    inner = _members(_inner(unseal(outer.get("Len", ""), outer["Data"], keys)))
    if not inner.keys() & _NAMES.keys() and not inner.keys() & set(_NAMES.values()):
        raise ProtocolError("Data", "cannot be decrypted: is it the right password?")
    return inner


def write_form(members: Mapping[str, str]) -> bytes:
    """A plain form."""
    return urlencode(members).encode()


def inner_text(members: Mapping[str, str]) -> str:
    """What is encrypted: pairs without escapes, as Computop's own programs write them."""
    return "&".join(f"{name}={value}" for name, value in members.items())


def _outer(body: bytes) -> Iterable[tuple[str, str]]:
    text = _text(body).strip("\r\n\0 ")
    for pair in _pairs(text):
        name, _, value = pair.partition("=")
        yield unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")


def _inner(text: str) -> Iterable[tuple[str, str]]:
    """Some programs escape inside and some do not, and a text may hold `&`, `+` and `%` itself."""
    escaped = _ESCAPE.search(text) is not None
    name, value = "", ""
    for pair in _pairs(text):
        head, equals, tail = pair.partition("=")
        if not equals or not head.isalnum():
            value += "&" + pair
            continue
        if name:
            yield name, value
        name, value = head, unquote(tail, errors="replace") if escaped else tail
    if name:
        yield name, value


def _pairs(text: str) -> list[str]:
    pairs = text.split("&", MAX_PAIRS)
    if len(pairs) > MAX_PAIRS:
        raise ProtocolError("", f"has more than {MAX_PAIRS} members")
    return [pair for pair in pairs if pair]


def _members(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    members: dict[str, str] = {}
    for name, value in pairs:
        known = _NAMES.get(name.strip().lower(), name.strip())
        if members.setdefault(known, value) != value:
            raise ProtocolError(known if known in _NAMES.values() else "", "is there twice")
    return members


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")
