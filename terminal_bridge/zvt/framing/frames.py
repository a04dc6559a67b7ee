"""One serial frame: DLE STX, the APDU with every DLE doubled, DLE ETX, CRC low, CRC high.

The CRC is over the APDU as it was before doubling, and over the ETX byte. Its own two bytes are
never doubled (PA00P016 ch. 2.2).
"""

from __future__ import annotations

import enum
from typing import Final

from terminal_bridge.zvt.crc import crc16
from terminal_bridge.zvt.limits import MAX_FRAME

STX: Final = 0x02
ETX: Final = 0x03
ACK: Final = 0x06
DLE: Final = 0x10
NAK: Final = 0x15


def to_frame(apdu: bytes) -> bytes:
    """The frame around an APDU."""
    body = apdu.replace(b"\x10", b"\x10\x10")
    crc = crc16(apdu + b"\x03").to_bytes(2, "little")
    return b"\x10\x02" + body + b"\x10\x03" + crc


class Heard(enum.Enum):
    """What a byte completed."""

    NOTHING = enum.auto()
    NOISE = enum.auto()
    ACK = enum.auto()
    NAK = enum.auto()
    FRAME = enum.auto()
    BAD_FRAME = enum.auto()


class _At(enum.Enum):
    OUTSIDE = enum.auto()
    OUTSIDE_DLE = enum.auto()
    INSIDE = enum.auto()
    INSIDE_DLE = enum.auto()
    CRC_LOW = enum.auto()
    CRC_HIGH = enum.auto()


class FrameReader:
    """Reads frames byte by byte; a DLE is judged by the byte after it, never searched for."""

    def __init__(self) -> None:
        self._at = _At.OUTSIDE
        self._body = bytearray()
        self._crc_low = 0

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and not ended: T1 runs."""
        return self._at is not _At.OUTSIDE

    def reset(self) -> None:
        """Forget what has begun."""
        self._at = _At.OUTSIDE
        self._body.clear()

    def take_frame(self) -> bytes:
        """The APDU of the frame that was just heard."""
        apdu = bytes(self._body)
        self._body.clear()
        return apdu

    def hear(self, byte: int) -> Heard:
        """Take one byte from the line."""
        match self._at:
            case _At.OUTSIDE:
                return self._outside(byte)
            case _At.OUTSIDE_DLE:
                return self._begin(byte)
            case _At.INSIDE:
                return self._literal(byte)
            case _At.INSIDE_DLE:
                return self._after_dle(byte)
            case _At.CRC_LOW:
                self._crc_low = byte
                self._at = _At.CRC_HIGH
                return Heard.NOTHING
            case _At.CRC_HIGH:
                return self._end(byte)

    def _outside(self, byte: int) -> Heard:
        if byte == DLE:
            self._at = _At.OUTSIDE_DLE
            return Heard.NOTHING
        return {ACK: Heard.ACK, NAK: Heard.NAK}.get(byte, Heard.NOISE)

    def _begin(self, byte: int) -> Heard:
        if byte == STX:
            self._at = _At.INSIDE
            self._body.clear()
            return Heard.NOTHING
        if byte != DLE:
            self._at = _At.OUTSIDE
        return Heard.NOISE

    def _literal(self, byte: int) -> Heard:
        if byte == DLE:
            self._at = _At.INSIDE_DLE
            return Heard.NOTHING
        if len(self._body) >= MAX_FRAME:
            self.reset()
            return Heard.BAD_FRAME
        self._body.append(byte)
        return Heard.NOTHING

    def _after_dle(self, byte: int) -> Heard:
        if byte == DLE:
            self._at = _At.INSIDE
            if len(self._body) >= MAX_FRAME:
                self.reset()
                return Heard.BAD_FRAME
            self._body.append(byte)
            return Heard.NOTHING
        if byte == ETX:
            self._at = _At.CRC_LOW
            return Heard.NOTHING
        if byte == STX:
            # The end of the frame before was lost; a new one begins here.
            self._at = _At.INSIDE
            self._body.clear()
            return Heard.NOTHING
        self.reset()
        return Heard.BAD_FRAME

    def _end(self, crc_high: int) -> Heard:
        self._at = _At.OUTSIDE
        sent = crc_high << 8 | self._crc_low
        if sent == crc16(self._body + b"\x03"):
            return Heard.FRAME
        self._body.clear()
        return Heard.BAD_FRAME
