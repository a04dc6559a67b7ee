"""The fields of a till's command, as raw bytes by bitmap, and the writing of the terminal's own.

It stands on the protocol's tables only, not on the typed codec: what the terminal understands
shall not depend on the code that it is there to test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.tables import bmps
from terminal_bridge.zvt.tlv import (
    Tlv,
    find,
    read_length,
    read_objects,
    write_length,
    write_objects,
)


class UnknownBitmapError(ProtocolError):
    """A bitmap that nobody defined: the rest of the message cannot be read (84 83)."""


class Fields:
    """What a command holds behind its untagged part."""

    def __init__(self, raw: Mapping[int, bytes], tlv: tuple[Tlv, ...] | None = None) -> None:
        self.raw = raw
        self.tlv = tlv
        """The objects of BMP 06; None when there was no container."""

    def __contains__(self, bmp: int) -> bool:
        return bmp in self.raw

    def byte(self, bmp: int, default: int = 0) -> int:
        """A field of one byte."""
        value = self.raw.get(bmp)
        return default if value is None else value[0]

    def digits(self, bmp: int) -> str:
        """A packed field as text; empty when it is absent."""
        return self.raw.get(bmp, b"").hex()

    def number(self, bmp: int) -> int | None:
        """A packed field as a number; None when it is absent. Raises `ProtocolError`."""
        value = self.raw.get(bmp)
        return None if value is None else unpack(value, f"{bmp:02X}")

    def tag(self, *path: int) -> bytes | None:
        """The value of a data object; None when it is absent."""
        found = find(self.tlv or (), *path)
        return None if found is None else found.value

    def packed_tag(self, tag: int) -> int | None:
        """A packed data object as a number."""
        value = self.tag(tag)
        return None if value is None else unpack(value, f"{tag:02X}")


NO_FIELDS: Final = Fields({})


def read_fields(data: bytes) -> Fields:
    """All bitmaps of `data`; raises `ProtocolError` where one is cut off or unknown."""
    raw: dict[int, bytes] = {}
    tlv: tuple[Tlv, ...] | None = None
    at = 0
    while at < len(data):
        bmp = data[at]
        kind = bmps.BMPS.get(bmp)
        if kind is None:
            raise UnknownBitmapError(f"{bmp:02X}", "unknown bitmap")
        size, at = _size(kind.size, data, at + 1)
        value = data[at : at + size]
        if len(value) < size:
            raise ProtocolError(f"{bmp:02X}", "cut off")
        at += size
        if bmp == bmps.CONTAINER:
            tlv = tuple(read_objects(value))
        raw[bmp] = value
    return Fields(raw, tlv)


def _size(size: int, data: bytes, at: int) -> tuple[int, int]:
    if size == bmps.TLV:
        return read_length(data, at)
    if size >= 0:
        return size, at
    digits = data[at : at - size]
    if len(digits) < -size:
        raise ProtocolError("", "the length is cut off")
    return int("".join(str(digit & 0x0F) for digit in digits)), at - size


def unpack(value: bytes, path: str = "") -> int:
    """Packed decimal digits; raises `ProtocolError` for other nibbles."""
    text = value.hex()
    if not text.isdecimal():
        raise ProtocolError(path, "not packed decimal digits")
    return int(text)


def number_in(value: bytes) -> int | None:
    """The same; None for what is no number."""
    text = value.hex()
    return int(text) if text.isdecimal() else None


def pack(value: int | str, size: int) -> bytes:
    """Packed decimal digits in `size` bytes; of a longer number the low digits."""
    return bytes.fromhex(f"{int(value):0{2 * size}d}"[-2 * size :])


def bmp(number: int, value: bytes) -> bytes:
    """One field with its length as the table says."""
    size = bmps.BMPS[number].size
    head = bytes((number,))
    if size >= 0:
        assert len(value) == size, f"{number:02X} has {size} bytes"
        return head + value
    if size == bmps.TLV:
        return head + write_length(len(value)) + value
    digits = f"{len(value):0{-size}d}"
    return head + bytes(0xF0 | int(digit) for digit in digits) + value


def container(objects: Iterable[Tlv]) -> bytes:
    """BMP 06 around data objects."""
    return bmp(bmps.CONTAINER, write_objects(objects))
