"""The question whether a signature is right, asked in flow by 06 D0."""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.simulator.zvt.fields import bmp, read_fields
from terminal_bridge.simulator.zvt.message import MENU, Message
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.tlv import Tlv

QUESTION: Final = "Unterschrift OK?"
_YES: Final = 1
_NO: Final = 2


def menu_of(charset: str, seconds: float) -> Message:
    """06 D0: headline, duration, and a menu of yes and no."""
    text = QUESTION.encode(charset, "replace")
    head = bmp(0xF0, bytes((int(seconds),))) + bmp(0xF1, text)
    items = [_item("Ja", _YES), _item("Nein", _NO)]
    menu = Tlv.of(0x2B, [Tlv(0x16, b"\x01"), Tlv(0x17, b"\x01"), Tlv(0x18, b"\x01"), *items])
    return Message(MENU, head, (menu,))


def _item(text: str, value: int) -> Tlv:
    return Tlv.of(0x2C, [Tlv(0x07, text.encode("ascii")), Tlv(0x19, bytes((value,)))])


def accepted_in(answer: Apdu | None) -> bool:
    """Whether the till's answer chose yes. What cannot be read is no."""
    if answer is None:
        return False
    try:
        value = read_fields(answer.data).tag(0x19)
    except ProtocolError:
        return False
    return value == bytes((_YES,))
