"""The checksum of a serial frame: CRC-16/KERMIT (PA00P016, where it is called XModem).

Polynomial 1021 reflected (8408), initial value 0, no final xor; `123456789` gives 2189.
"""

from __future__ import annotations

from typing import Final

_REFLECTED: Final = 0x8408


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_REFLECTED if value & 1 else 0)
    return value


_TABLE: Final = tuple(_entry(value) for value in range(256))


def crc16(data: bytes | bytearray, crc: int = 0) -> int:
    """The checksum of `data`, going on from `crc`. It travels low byte first."""
    table = _TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc
