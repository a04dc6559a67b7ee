"""Cutting data into bitmaps, and putting them together again, byte for byte."""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.tables.bmps import BMPS, LL, LLL, TLV
from terminal_bridge.zvt.tlv import read_length, write_length

UNKNOWN: Final = 0
"""In place of a size: nobody knows how long this bitmap is."""

_LENGTH_DIGIT: Final = 0xF0
_MAX_LENGTH: Final = {LL: 99, LLL: 999}


class RawBmp:
    """A bitmap as it came. The `repr` hides its content, which may be card data."""

    __slots__ = ("bmp", "content")

    def __init__(self, bmp: int, content: bytes) -> None:
        self.bmp = bmp
        self.content = content

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RawBmp):
            return NotImplemented
        return self.bmp == other.bmp and self.content == other.content

    def __hash__(self) -> int:
        return hash((self.bmp, self.content))

    def __repr__(self) -> str:
        return f"<BMP {self.bmp:02X} with {len(self.content)} bytes>"


def size_of(number: int) -> int:
    """The size of a bitmap: bytes, `LL`, `LLL`, `TLV` or `UNKNOWN`."""
    return BMPS[number].size if number in BMPS else UNKNOWN


def variable_size(data: bytes, at: int, kind: int) -> tuple[int, int] | None:
    """Size and start of a content whose length stands at `at`; None where it cannot be read."""
    if kind == UNKNOWN:
        return None
    if kind == TLV:
        try:
            return read_length(data, at)
        except ProtocolError:
            return None
    size = 0
    start = at - kind
    if start > len(data):
        return None
    for byte in data[at:start]:
        digit = byte - _LENGTH_DIGIT
        if not 0 <= digit <= 9:
            return None
        size = size * 10 + digit
    return size, start


def cut_bitmaps(data: bytes, at: int = 0) -> tuple[list[RawBmp], bytes]:
    """The bitmaps from `at` on, and the rest from the first one that cannot be read."""
    bitmaps: list[RawBmp] = []
    while at < len(data):
        size, start = size_of(data[at]), at + 1
        if size <= 0:
            sized = variable_size(data, start, size)
            if sized is None:
                break
            size, start = sized
        if start + size > len(data):
            break
        bitmaps.append(RawBmp(data[at], data[start : start + size]))
        at = start + size
    return bitmaps, data[at:]


def join_bitmap(number: int, content: bytes) -> bytes:
    """A bitmap with its length; raises `ProtocolError` for a length that it cannot have."""
    size = size_of(number)
    if size == TLV:
        length = write_length(len(content))
    elif size in _MAX_LENGTH:
        if len(content) > _MAX_LENGTH[size]:
            raise ProtocolError(f"BMP {number:02X}", f"longer than {_MAX_LENGTH[size]} bytes")
        length = bytes(_LENGTH_DIGIT | int(digit) for digit in str(len(content)).zfill(-size))
    elif size == len(content) and size != UNKNOWN:
        length = b""
    else:
        raise ProtocolError(f"BMP {number:02X}", "unknown, or of another length")
    return bytes((number,)) + length + content
