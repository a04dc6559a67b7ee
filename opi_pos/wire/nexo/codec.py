"""Bytes to a message and back: the one choke point of the nexo language.

Whatever is wrong with bytes or message, a `ProtocolError` with the path comes out and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.limits import MAX_BYTES
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.checks import check_struct
from opi_pos.wire.nexo.json_reader import read_json, read_json_header
from opi_pos.wire.nexo.json_writer import JsonWriter
from opi_pos.wire.nexo.message import HEADER, NOT_IN_3_0, TRAILER, Message, category_of
from opi_pos.wire.nexo.problems import BAD_COMBINATION, UNEXPECTED
from opi_pos.wire.nexo.received import Encoding
from opi_pos.wire.nexo.schema import Element, Version, members
from opi_pos.wire.nexo.xml_reader import read_xml, read_xml_header
from opi_pos.wire.nexo.xml_writer import XmlWriter

_FIRST: Final = {b"<": Encoding.XML, b"{": Encoding.JSON}
_READERS: Final = {b"<": read_xml, b"{": read_json}
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


def decode(data: bytes, encoding: Encoding | None = None) -> Message:
    """Reads a message, tolerantly.

    Without `encoding` it is told by the first character. Raises ProtocolError, whatever is wrong;
    its path names the member. Unknown members and values are kept in the message.
    """
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    first = data[:1]
    if encoding is None and first in _READERS:
        read = _READERS[first]
    else:
        read = read_xml if (encoding or sniff(data)) is Encoding.XML else read_json
    try:
        return read(data)
    except RecursionError:
        raise ProtocolError("", "nested too deeply") from None


def read_header(data: bytes, encoding: Encoding | None = None) -> MessageHeader | None:
    """The header of a message whose body cannot be read; None when there is none to be found."""
    if len(data) > MAX_BYTES:
        return None
    try:
        is_xml = (encoding or sniff(data)) is Encoding.XML
        return (read_xml_header if is_xml else read_json_header)(data)
    except (ProtocolError, RecursionError):
        return None


def sniff(data: bytes) -> Encoding:
    """The encoding, by the first character."""
    start = data[:64]
    if start.startswith(_UTF_16_BOMS):
        start = start.replace(b"\0", b"")[2:]
    first = start.removeprefix(_BOM).lstrip()[:1]
    if first in _FIRST:
        return _FIRST[first]
    raise ProtocolError("", "neither XML nor JSON")


def encode(
    message: Message,
    encoding: Encoding,
    *,
    version: Version = Version.V3_1,
    strict: bool = True,
    repeated_response_wrapped: bool = False,
) -> bytes:
    """Writes a message.

    Strict: the message must fit the schema (see `check`), unknown members are left out (see
    `unknown_members`). Not strict: what was received is written back, dialect included; a message
    unchanged since `decode` gives the very bytes when it is written in its own encoding.
    `repeated_response_wrapped` adds the JSON level that Adyen and DataMesh put around a repeated
    response. Raises ProtocolError.
    """
    received = message.received
    if strict:
        check(message, version)
    elif received and received.encoding is encoding and received.stands_for(message.parts()):
        return received.data
    writer: XmlWriter | JsonWriter
    if encoding is Encoding.XML:
        writer = XmlWriter(version, keep=not strict)
    else:
        writer = JsonWriter(version, keep=not strict, wrapped=repeated_response_wrapped)
    return writer.document(message.root, _children(message), message.foreign)


def check(message: Message, version: Version = Version.V3_1) -> None:
    """Raises the ProtocolError that strict writing would raise.

    A message that we made must fit the schema in every value. A message that we received must have
    the members and choices that the schema demands; its values are the sender's.
    """
    values = message.received is None
    if version is Version.V3_0 and message.body_name in NOT_IN_3_0:
        raise ProtocolError(message.body_name, f"{UNEXPECTED} in version {version.value}")
    for name, struct in _children(message):
        check_struct(struct, name, version, values=values)
    header = message.header
    if values and (header.message_category, header.message_type) != category_of(message.body_name):
        raise ProtocolError(f"{HEADER}.MessageCategory", f"{BAD_COMBINATION}: another body")


def unknown_members(message: Message) -> tuple[str, ...]:
    """The paths of all members that strict writing leaves out, because the schema has none such."""
    found = list(message.foreign.names()) if message.foreign else []
    for name, struct in _children(message):
        found += _unknown_in(struct, name)
    return tuple(found)


def _unknown_in(struct: Element, path: str) -> Iterator[str]:
    if struct.foreign:
        yield from (f"{path}.{name}" for name in struct.foreign.names())
    for member in members(type(struct)):
        if member.element() is None:
            continue
        value = getattr(struct, member.name)
        for item in value if member.many else (value,):
            if item is not None:
                yield from _unknown_in(item, f"{path}.{member.wire}")


def _children(message: Message) -> Iterator[tuple[str, Element]]:
    yield HEADER, message.header
    yield message.body_name, message.body
    if message.security_trailer is not None:
        yield TRAILER, message.security_trailer
