"""The only place where bytes from outside become an XML tree.

Refused: any DOCTYPE (so no entity is ever declared, local or remote), encodings that could hide
one from us, more bytes, depth or attributes than the limits. Nothing is fetched. Comments and
processing instructions are dropped.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from lxml import etree

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.limits import MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH

XmlElement: TypeAlias = etree._Element  # noqa: SLF001 lxml has no public name for it

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_DOCTYPE: Final = "a document type declaration is refused"
_ENCODING: Final = rb"(?:utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d)"
"""Encodings in which a DOCTYPE is spelled in ASCII."""

_PLAIN_START: Final = re.compile(
    rb"(?:<\?xml\s+version\s*=\s*[\"']1\.\d[\"']"
    rb"(?:\s+encoding\s*=\s*[\"']" + _ENCODING + rb"[\"'])?"
    rb"(?:\s+standalone\s*=\s*[\"'](?:yes|no)[\"'])?\s*\?>\s*)?<[A-Za-z_]",
    re.IGNORECASE,
).match
"""At most a declaration, then the root element: nowhere left for a DOCTYPE to stand."""

_DECLARATION: Final = re.compile(rb"<\?xml[^<>]*\?>\s*")
_DECLARED: Final = re.compile(rb"<\?xml[^<>]*\bencoding\s*=\s*[\"']([^\"'<>]{1,40})[\"']").match
_ALLOWED: Final = re.compile(_ENCODING, re.IGNORECASE).fullmatch
_UTF_16: Final = re.compile(rb"utf-?16(le|be)?", re.IGNORECASE).fullmatch


def _parser(*, drop_indents: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=drop_indents,
        collect_ids=False,
        recover=False,
    )


_FEW_ATTRIBUTES: Final = 8 * 1024
"""Bytes of a document that has no room for so many attributes that they would hurt."""

_CAREFUL: Final = _parser(drop_indents=False)
_QUICK: Final = _parser(drop_indents=True)
"""Without the indents between elements. A text of its own keeps its spaces, unless libxml2 meets it
in pieces: before a comment, CDATA, a processing instruction or a carriage return.
"""


def parse(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_depth: int | None = MAX_DEPTH,
    drop_indents: bool = False,
) -> XmlElement:
    """The root element, or a ProtocolError.

    `max_depth` is None for a caller whose schema bounds the depth by itself. `drop_indents` lets
    white space go that stands between elements, which is faster; texts keep theirs.
    """
    if len(data) > max_bytes:
        raise ProtocolError("", f"larger than {max_bytes} bytes")
    start = _PLAIN_START(data)
    try:
        if start is not None:
            quick = drop_indents and _is_whole(data, start.end())
            root = etree.fromstring(data, _QUICK if quick else _CAREFUL)
        else:
            root = etree.fromstring(_readable(data), _CAREFUL)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise ProtocolError("", f"not well-formed XML{_place(error)}") from None
    if start is None and root.getroottree().docinfo.internalDTD is not None:
        raise ProtocolError("", _DOCTYPE)
    if len(data) > _FEW_ATTRIBUTES:
        _check_attributes(root)
    if max_depth is not None:
        check_depth(root, max_depth)
    return root


def _is_whole(data: bytes, root: int) -> bool:
    """Whether libxml2 meets every text of the root element in one piece."""
    return data.find(b"!", root) < 0 and data.find(b"?", root) < 0 and data.find(b"\r") < 0


def _check_attributes(root: XmlElement) -> None:
    for element in root.iter():
        if len(element.attrib) > MAX_ATTRIBUTES:
            raise ProtocolError("", f"more than {MAX_ATTRIBUTES} attributes")


def check_depth(root: XmlElement, limit: int = MAX_DEPTH) -> None:
    """Raises a ProtocolError when elements stand inside each other more than `limit` deep."""
    depth = 0
    level = [root]
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
    if not data.startswith(b"<") or b"\0" in data:
        raise ProtocolError("", "not XML")
    if b"<!DOCTYPE" in data:
        raise ProtocolError("", _DOCTYPE)
    declared = _DECLARED(data)
    if declared is None or _ALLOWED(declared[1]):
        return data
    if _UTF_16(declared[1]):  # .NET writes UTF-8 bytes under the declaration of its strings
        return _DECLARATION.sub(b"", data, count=1)
    raise ProtocolError("", "the declared encoding is refused")


def _from_utf_16(data: bytes) -> bytes:
    try:
        return _DECLARATION.sub(b"", data.decode("utf-16").encode("utf-8"), count=1)
    except UnicodeError:
        raise ProtocolError("", "not UTF-16 text") from None


def _place(error: Exception) -> str:
    line, column = getattr(error, "position", (None, None))
    return f" (line {line}, column {column})" if line else ""
