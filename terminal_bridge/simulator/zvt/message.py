"""A message of the terminal before it is packed, so that a sequence id can still be put in."""

from __future__ import annotations

from dataclasses import dataclass

from terminal_bridge.simulator.zvt.fields import container
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.tlv import Tlv

STATUS_INFORMATION = 0x040F
INTERMEDIATE_STATUS = 0x04FF
SET_TILL_CLOCK = 0x0401
COMPLETION = 0x060F
ABORT = 0x061E
MENU = 0x06D0
PRINT_LINE = 0x06D1
PRINT_BLOCK = 0x06D3
ABORT_BY_TILL = 0x06B0
REGISTRATION = 0x0600
ACCEPTED = 0x8000

SEQUENCE_ID = 0x1F73


@dataclass(frozen=True, slots=True)
class Message:
    """`head` is the untagged part and the packed bitmaps; `tlv` the container, None for none."""

    control: int
    head: bytes = b""
    tlv: tuple[Tlv, ...] | None = None

    def pack(self, sequence_id: bytes | None = None) -> Apdu:
        """The APDU, with the sequence id of both sides if they agreed on it."""
        objects = self.tlv
        if sequence_id is not None:
            objects = (*(objects or ()), Tlv(SEQUENCE_ID, sequence_id))
        tail = b"" if objects is None else container(objects)
        return Apdu(self.control, self.head + tail)


def accepted(data: bytes = b"") -> Message:
    """80 00."""
    return Message(ACCEPTED, data)


def refused(code: int, data: bytes = b"") -> Message:
    """84 xx."""
    return Message(0x8400 | code, data)
