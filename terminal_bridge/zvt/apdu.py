"""An APDU: class and instruction, length, data (PA00P015 13.08 ch. 1.4, PA00P016).

CLASS INSTR LEN DATA            LEN 00..FE
CLASS INSTR FF LO HI DATA       extended, little endian; a receiver takes it for any size
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.limits import MAX_DATA, SHORT_DATA

POSITIVE: Final = 0x8000
NEGATIVE_CLASS: Final = 0x84
"""84 00 is positive as well; every other 84 xx is a refusal with xx as its error code."""

_EXTENDED: Final = 0xFF
_HEADER: Final = 3
_LONG_HEADER: Final = 5
_ANSWER_CLASSES: Final = frozenset({0x80, NEGATIVE_CLASS})
_LAST_COMMAND_CLASS: Final = 0x0F


class Apdu:
    """One message as it travels. `control` is class and instruction, such as 0x0601.

    The `repr` hides the data, which may hold card data.
    """

    __slots__ = ("control", "data")

    def __init__(self, control: int, data: bytes = b"") -> None:
        if not 0 <= control <= 0xFFFF:
            raise ProtocolError("control", "must be two bytes")
        if len(data) > MAX_DATA:
            raise ProtocolError("data", f"longer than {MAX_DATA} bytes")
        self.control = control
        self.data = data

    @property
    def is_answer(self) -> bool:
        """80 00 or 84 xx: the answer to a command, not a command."""
        return self.control >> 8 in _ANSWER_CLASSES

    def to_bytes(self) -> bytes:
        """The APDU with its length; the extended form from 255 bytes of data on."""
        size = len(self.data)
        head = self.control.to_bytes(2, "big")
        if size <= SHORT_DATA:
            return head + bytes((size,)) + self.data
        return head + bytes((_EXTENDED,)) + size.to_bytes(2, "little") + self.data

    @classmethod
    def from_bytes(cls, raw: bytes) -> Apdu:
        """Exactly one APDU; raises `ProtocolError` if bytes are missing or left."""
        size = needed(raw)
        if size is None or len(raw) < size:
            raise ProtocolError("length", "the message is cut off")
        if len(raw) > size:
            raise ProtocolError("length", "bytes follow the message")
        return cls(control_of(raw), raw[header_size(raw) :])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Apdu):
            return NotImplemented
        return self.control == other.control and self.data == other.data

    def __hash__(self) -> int:
        return hash((self.control, self.data))

    def __repr__(self) -> str:
        return f"<Apdu {self.control:04X} with {len(self.data)} bytes>"


def control_of(raw: bytes | bytearray) -> int:
    """Class and instruction of a message that has at least two bytes."""
    return raw[0] << 8 | raw[1]


def header_size(raw: bytes | bytearray) -> int:
    """Bytes before the data; `raw` holds at least three."""
    return _LONG_HEADER if raw[2] == _EXTENDED else _HEADER


def needed(raw: bytes | bytearray) -> int | None:
    """Bytes of the first APDU in `raw`; None while too few are there to tell."""
    if len(raw) < _HEADER:
        return None
    if raw[2] != _EXTENDED:
        return _HEADER + raw[2]
    if len(raw) < _LONG_HEADER:
        return None
    return _LONG_HEADER + raw[3] + (raw[4] << 8)


def is_zvt_class(value: int) -> bool:
    """Whether a message of ZVT may begin with this byte: commands 00 to 0F, answers 80 and 84.

    Another protocol on the port (`HTTP`, TLS, a banner) begins otherwise, and a stream that lost
    its place cannot be found again. (The range is inferred: the standard only lists commands.)
    """
    return value <= _LAST_COMMAND_CLASS or value in _ANSWER_CLASSES
