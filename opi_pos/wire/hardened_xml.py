"""The only place where bytes from outside become an XML tree.

Refused: any DOCTYPE (so no entity is ever declared, local or remote), more than the size and depth
limits, encodings that could hide a DOCTYPE from us. Nothing is fetched. Comments and processing
instructions are dropped.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.limits import MAX_BYTES, MAX_DEPTH

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_PLAIN_START: Final = re.compile(rb"<[A-Za-z_]|<\?xml([^<>]*)\?>\s*<[A-Za-z_]").match
"""An optional declaration, then the root element: nowhere left for a DOCTYPE to stand."""

_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_DECLARED: Final = re.compile(rb"\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']").search
_ENCODINGS: Final = re.compile(
    rb"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE
).fullmatch
_UTF_16: Final = re.compile(rb"utf-?16(le|be)?", re.IGNORECASE).fullmatch

_PARSER: Final = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    recover=False,
)


def parse(
    data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int | None = MAX_DEPTH
) -> etree._Element:
    """The root element, or a ProtocolError.

    `max_depth` is None for a caller whose schema bounds the depth by itself.
    """
    if len(data) > max_bytes:
        raise ProtocolError("", f"larger than {max_bytes} bytes")
    try:
        root = etree.fromstring(_readable(data), _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise ProtocolError("", f"not well-formed XML{_place(error)}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ProtocolError("", "a document type declaration is refused")
    if max_depth is not None:
        check_depth(root, max_depth)
    return root


def check_depth(root: etree._Element, limit: int = MAX_DEPTH) -> None:
    """Raises a ProtocolError when elements stand inside each other more than `limit` deep."""
    depth = 0
    level: list[etree._Element] = [root]
    while level:
        depth += 1
        if depth > limit:
            raise ProtocolError("", f"nested deeper than {limit}")
        level = [child for element in level for child in element]


def _readable(data: bytes) -> bytes:
    """The bytes without a DOCTYPE, in an encoding in which none can hide."""
    if data.startswith(_UTF_16_BOMS):
        data = _from_utf_16(data)
    data = data.removeprefix(_BOM).lstrip()
    start = _PLAIN_START(data)
    if start is None:
        return _unusual(data)
    declared = _DECLARED(start[1]) if start[1] else None
    if declared is None or _ENCODINGS(declared[1]):
        return data
    if _UTF_16(declared[1]):  # .NET writes UTF-8 bytes under the declaration of its strings
        return data[start.end(1) + len("?>") :].lstrip()
    raise ProtocolError("", "the declared encoding is refused")


def _unusual(data: bytes) -> bytes:
    """A comment or processing instruction comes first, or it is no XML at all."""
    if not data.startswith(b"<") or b"\0" in data:
        raise ProtocolError("", "not XML")
    if b"<!DOCTYPE" in data:
        raise ProtocolError("", "a document type declaration is refused")
    declared = _DECLARED(data[:200])
    if declared is not None and not _ENCODINGS(declared[1]):
        raise ProtocolError("", "the declared encoding is refused")
    return data


def _from_utf_16(data: bytes) -> bytes:
    try:
        return _DECLARATION.sub("", data.decode("utf-16")).encode("utf-8")
    except UnicodeError:
        raise ProtocolError("", "not UTF-16 text") from None


def _place(error: Exception) -> str:
    line, column = getattr(error, "position", (None, None))
    return f" (line {line}, column {column})" if line else ""
