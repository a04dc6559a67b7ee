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
_DECLARED: Final = re.compile(
    rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']", re.DOTALL
)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODINGS: Final = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE
)
_UTF_16: Final = re.compile(r"utf-?16(le|be)?", re.IGNORECASE)


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


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> etree._Element:
    """The root element, or a ProtocolError."""
    if len(data) > max_bytes:
        raise ProtocolError("", f"larger than {max_bytes} bytes")
    data = _readable(data)
    if not data.startswith(b"<") or b"\0" in data:
        raise ProtocolError("", "not XML")
    if b"<!DOCTYPE" in data:
        raise ProtocolError("", "a document type declaration is refused")
    try:
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise ProtocolError("", f"not well-formed XML{_place(error)}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise ProtocolError("", "a document type declaration is refused")
    # Every element with a child has an end tag; most messages have too few to be that deep.
    if data.count(b"</") >= max_depth and _deeper(root, max_depth):
        raise ProtocolError("", f"nested deeper than {max_depth}")
    return root


def _readable(data: bytes) -> bytes:
    """The bytes in an encoding in which a DOCTYPE cannot hide; UTF-16 becomes UTF-8."""
    if data.startswith(_UTF_16_BOMS):
        return _from_utf_16(data)
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
    declared = _DECLARED.match(data.lstrip())
    if declared is None:
        return data.lstrip()
    name = declared[1].decode("ascii")
    if _UTF_16.fullmatch(name):  # .NET writes UTF-8 bytes under a declaration of its strings
        return _DECLARATION.sub("", data.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
    if not _ENCODINGS.fullmatch(name):
        raise ProtocolError("", "the declared encoding is refused")
    return data.lstrip()


def _from_utf_16(data: bytes) -> bytes:
    try:
        return _DECLARATION.sub("", data.decode("utf-16")).encode("utf-8")
    except UnicodeError:
        raise ProtocolError("", "not UTF-16 text") from None


def _place(error: Exception) -> str:
    line, column = getattr(error, "position", (None, None))
    return f" (line {line}, column {column})" if line else ""


def _deeper(root: etree._Element, limit: int) -> bool:
    depth = 0
    level: list[etree._Element] = [root]
    while level:
        depth += 1
        if depth > limit:
            return True
        level = [child for element in level for child in element]
    return False
