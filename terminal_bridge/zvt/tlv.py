"""BER-like data objects: tag, length, value (PA00P015 13.08 ch. 11).

The length is one byte up to 7F, `81 nn` or `82 hi lo`; nothing else. A value stays as the bytes
that came, so what nobody knows is written back unchanged; `children()` reads a constructed one on
demand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.limits import MAX_DATA, MAX_TLV_OBJECTS

_SHORT: Final = 0x7F
_MORE: Final = 0x1F
_CONSTRUCTED: Final = 0x20
_ANOTHER: Final = 0x80
_MAX_TAG_BYTES: Final = 4
_FILE: Final = 0x2D
_OLD_FILE_NAME: Final = 0x80
_OLD_LAST: Final = 0x83
_LAST_LONG: Final = 0x10


class Tlv:
    """One data object. The `repr` hides the value, which may hold card data."""

    __slots__ = ("tag", "value")

    def __init__(self, tag: int, value: bytes = b"") -> None:
        self.tag = tag
        self.value = value

    @classmethod
    def of(cls, tag: int, children: Iterable[Tlv]) -> Tlv:
        """A constructed object around others."""
        return cls(tag, write_objects(children))

    @property
    def constructed(self) -> bool:
        """Whether the tag says that objects are inside."""
        return bool(first_byte(self.tag) & _CONSTRUCTED)

    def children(self) -> tuple[Tlv, ...] | None:
        """The objects inside; None if the tag or the bytes say there are none (Feig's FF40)."""
        if not self.constructed:
            return None
        try:
            return tuple(read_objects(self.value, self.tag))
        except ProtocolError:
            return None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tlv):
            return NotImplemented
        return self.tag == other.tag and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.tag, self.value))

    def __repr__(self) -> str:
        return f"<Tlv {self.tag:02X} with {len(self.value)} bytes>"


def first_byte(tag: int) -> int:
    """The byte of a tag that holds class, constructed bit and number."""
    while tag > 0xFF:
        tag >>= 8
    return tag


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """The length that stands at `at`, and where the value begins; raises `ProtocolError`."""
    try:
        first = data[at]
        if first <= _SHORT:
            return first, at + 1
        if first == 0x81:
            return data[at + 1], at + 2
        if first == 0x82:
            return data[at + 1] << 8 | data[at + 2], at + 3
    except IndexError:
        raise ProtocolError("", "TLV length is cut off") from None
    raise ProtocolError("", "TLV length has an unknown form")


def write_length(size: int) -> bytes:
    """The shortest form; raises `ProtocolError` past 65535."""
    if size <= _SHORT:
        return bytes((size,))
    if size <= 0xFF:
        return bytes((0x81, size))
    if size <= MAX_DATA:
        return bytes((0x82,)) + size.to_bytes(2, "big")
    raise ProtocolError("", f"TLV value is longer than {MAX_DATA} bytes")


def read_tag(data: bytes, at: int, inside: int = 0) -> tuple[int, int]:
    """The tag that stands at `at`, and where its length begins; raises `ProtocolError`."""
    try:
        tag = data[at]
        at += 1
        if tag & _MORE != _MORE:
            return tag, at
        if data[at] < _ANOTHER:
            return tag << 8 | data[at], at + 1
        for _ in range(_MAX_TAG_BYTES - 1):
            byte = data[at]
            at += 1
            tag = tag << 8 | byte
            if not byte & _ANOTHER or _ends_early(tag, data[at], inside):
                return tag, at
    except IndexError:
        raise ProtocolError("", "TLV tag is cut off") from None
    raise ProtocolError("", "TLV tag is too long")


def _ends_early(tag: int, following: int, inside: int) -> bool:
    """1F80 to 1F83 of 13.08 end although bit 8 is set; 13.13 has 1F8000 to 1F8010 beside them.

    Inferred rule: two bytes inside a file object, and where no tag of 13.13 would come out.
    """
    if not _MORE << 8 | _OLD_FILE_NAME <= tag <= _MORE << 8 | _OLD_LAST:
        return False
    return inside == _FILE or tag & 0xFF != _OLD_FILE_NAME or following > _LAST_LONG


def read_objects(data: bytes, inside: int = 0) -> list[Tlv]:
    """The objects of a container's value, in order; raises `ProtocolError` where one is cut.

    The usual lengths and tags are read here; `read_tag` and `read_length` know all of them.
    """
    objects: list[Tlv] = []
    at, end = 0, len(data)
    while at < end:
        tag = data[at]
        start = at + 1
        if tag & _MORE == _MORE:
            tag, start = read_tag(data, at, inside)
        if start < end and data[start] <= _SHORT:
            size = data[start]
            at = start + 1
        else:
            size, at = read_length(data, start)
        after = at + size
        if after > end:
            raise ProtocolError(f"{tag:02X}", "TLV value is cut off")
        objects.append(Tlv(tag, data[at:after]))
        at = after
        if len(objects) > MAX_TLV_OBJECTS:
            raise ProtocolError("", f"more than {MAX_TLV_OBJECTS} data objects")
    return objects


def write_objects(objects: Iterable[Tlv]) -> bytes:
    """The objects one after another; raises `ProtocolError` for a value that is too long."""
    parts = []
    for item in objects:
        tag = item.tag.to_bytes((item.tag.bit_length() + 7) // 8 or 1, "big")
        parts += [tag, write_length(len(item.value)), item.value]
    return b"".join(parts)


def find(objects: Iterable[Tlv], *path: int) -> Tlv | None:
    """The first object at a path of tags, such as `find(message.tlv, 0x2F, 0x1F10)`."""
    for item in objects:
        if item.tag != path[0]:
            continue
        if len(path) == 1:
            return item
        if (found := find(item.children() or (), *path[1:])) is not None:
            return found
    return None
