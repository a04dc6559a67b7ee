"""In which characters the bytes of a message really are.

Declarations lie in the field: UTF-8 is declared and Latin-1 sent, or the other way round.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

UTF_8: Final = "utf-8"
LATIN_1: Final = "iso-8859-1"

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_DECLARED: Final = re.compile(
    rb"\s*<\?xml[^<>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"'][^<>]*\?>"
).match
_DECLARATION: Final = re.compile(r"\s*<\?xml[^<>]*\?>").match
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_LATIN: Final = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252"})


class Characters(NamedTuple):
    """The bytes to parse, the character set to answer in, and what was wrong with it."""

    data: bytes
    charset: str
    note: str = ""


def characters_of(data: bytes) -> Characters:
    """What a parser can take for certain."""
    if data.startswith(_UTF_16):
        return Characters(data, UTF_8)
    data = data.removeprefix(_BOM).strip(b" \t\r\n\0")
    declared = _DECLARED(data)
    name = declared[1].decode("ascii").lower() if declared else UTF_8
    if data.isascii():
        return Characters(data, LATIN_1 if name in _LATIN else UTF_8)
    if name in _UTF_8:
        return _as_utf_8(data)
    if name in _LATIN:
        return _as_latin(data)
    return Characters(data, UTF_8)


def _as_utf_8(data: bytes) -> Characters:
    if _is_utf_8(data):
        return Characters(data, UTF_8)
    text = _from_latin(data)
    return Characters(_undeclared(text), LATIN_1, "declared as UTF-8, sent as ISO-8859-1")


def _as_latin(data: bytes) -> Characters:
    # Text in Latin-1 is hardly ever UTF-8 by chance: every umlaut would need a fitting neighbour.
    if not _is_utf_8(data):
        return Characters(_undeclared(_from_latin(data)), LATIN_1)
    return Characters(
        _undeclared(data.decode(UTF_8)), UTF_8, "declared as ISO-8859-1, sent as UTF-8"
    )


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True


def _from_latin(data: bytes) -> str:
    """As Windows writes it, where that gives a text: with a euro sign."""
    try:
        return data.decode("windows-1252")
    except UnicodeDecodeError:
        return data.decode(LATIN_1)


def _undeclared(text: str) -> bytes:
    declaration = _DECLARATION(text)
    return (text[declaration.end() :] if declaration else text).encode(UTF_8)
