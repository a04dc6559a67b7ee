"""What the terminal asks of the till during a payment: a signature, a choice, an input, a card.

06 D0 asks whether the signature is right, 04 0E for a choice, 04 0D for an input, 06 E4 whether
the card is on the till's block list. Only what the till listed in tag 26 is asked.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.zvt.fields import bmp, pack, read_fields
from terminal_bridge.simulator.zvt.message import MENU, Message
from terminal_bridge.simulator.zvt.status import CARD_TYPES, number_field
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.tlv import Tlv

INPUT: Final = 0x040D
CHOICE: Final = 0x040E
BLOCK_LIST: Final = 0x06E4

QUESTION_S: Final = 60.0
"""How long the till may take."""
SIGNATURE: Final = "Unterschrift OK?"
_YES: Final = 1
_NO: Final = 2
_EXPIRY: Final = "3012"


def signature_menu(charset: str) -> Message:
    """06 D0: duration, headline, and a menu of yes and no."""
    head = bmp(0xF0, bytes((int(QUESTION_S),))) + bmp(0xF1, SIGNATURE.encode(charset, "replace"))
    return Message(MENU, head, (_menu(("Ja", _YES), ("Nein", _NO)),))


def accepted_in(answer: Apdu | None) -> bool:
    """Whether the till's answer chose yes. What cannot be read is no."""
    return answer is not None and given(answer) == bytes((_YES,))


def questions(scenario: Scenario, charset: str) -> tuple[tuple[int, Message], ...]:
    """What may be asked once the card is in, in order."""
    text = Tlv.of(0x24, [Tlv(0x07, "Kilometerstand?".encode(charset, "replace"))])
    dialog = [text, Tlv(0x1F38, b"\x01"), Tlv(0x1F39, int(QUESTION_S).to_bytes(2, "big"))]
    return (
        (BLOCK_LIST, Message(BLOCK_LIST, _card(scenario))),
        (CHOICE, Message(CHOICE, b"", (_menu(("Debit", 1), ("Kredit", 2)),))),
        (INPUT, Message(INPUT, b"", (Tlv.of(0x32, dialog),))),
    )


def given(answer: Apdu) -> bytes:
    """What was chosen (19) or typed (32/1F3A); empty when nothing was, or it cannot be read."""
    try:
        fields = read_fields(answer.data)
    except ProtocolError:
        return b""
    return fields.tag(0x19) or fields.tag(0x32, 0x1F3A) or b""


def _menu(*items: tuple[str, int]) -> Tlv:
    kind = [Tlv(0x16, b"\x01"), Tlv(0x17, b"\x01"), Tlv(0x18, b"\x01")]
    listed = [
        Tlv.of(0x2C, [Tlv(0x07, text.encode("ascii")), Tlv(0x19, bytes((value,)))])
        for text, value in items
    ]
    return Tlv.of(0x2B, [*kind, *listed])


def _card(scenario: Scenario) -> bytes:
    type_byte = bytes((CARD_TYPES[scenario.card],))
    return bmp(0x0E, pack(_EXPIRY, 2)) + number_field(scenario.card) + bmp(0x8A, type_byte)
