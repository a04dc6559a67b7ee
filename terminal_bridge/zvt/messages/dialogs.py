"""Display, input and cards: 06 E0 to E7 and 06 C0 from the till, 06 D0, 04 0D, 04 0E from the
terminal.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from opi_pos.model.secret import Secret
from terminal_bridge.zvt.fields import bmp, tag, untagged
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, Split, TextKind, TlvStruct

# Keys of 06 E1.
KEY_OK: Final = 0x0D
KEY_CORRECT: Final = 0x18
KEY_STOP: Final = 0x1B
KEY_INFO: Final = 0x46
KEY_UP: Final = 0x55
KEY_DOWN: Final = 0x44
KEY_TIMEOUT: Final = 0x6C
KEY_CARD: Final = 0xDC

ENDLESS: Final = 0


class DisplayCommand(Message, frozen=True, kw_only=True):
    """What the display commands share. `duration_s` overrides T3; 0 is endless."""

    TEXTS: ClassVar[TextKind] = TextKind.DISPLAY
    duration_s: Annotated[int | None, bmp(0xF0)] = None
    line1: Annotated[str | None, bmp(0xF1)] = None
    line2: Annotated[str | None, bmp(0xF2)] = None
    line3: Annotated[str | None, bmp(0xF3)] = None
    line4: Annotated[str | None, bmp(0xF4)] = None
    line5: Annotated[str | None, bmp(0xF5)] = None
    line6: Annotated[str | None, bmp(0xF6)] = None
    line7: Annotated[str | None, bmp(0xF7)] = None
    line8: Annotated[str | None, bmp(0xF8)] = None
    beeps: Annotated[int | None, bmp(0xF9)] = None


class DisplayText(DisplayCommand, frozen=True, kw_only=True):
    """06 E0."""

    CONTROL: ClassVar[int] = 0x06E0
    display_device: Annotated[int | None, bmp(0xFD)] = None


class DisplayTextWithKey(DisplayCommand, frozen=True, kw_only=True):
    """06 E1: answered with one key."""

    CONTROL: ClassVar[int] = 0x06E1
    display_device: Annotated[int | None, bmp(0xFD)] = None
    card_ends_dialog: Annotated[int | None, tag("1F18")] = None


class InputCommand(DisplayCommand, frozen=True, kw_only=True):
    """What the input commands share. The texts need a MAC from the vendor."""

    confirm_with_ok: Annotated[int | None, bmp(0xFB)] = None
    min_input: Annotated[int | None, bmp(0xE0)] = None
    second_line1: Annotated[str | None, bmp(0xE1)] = None
    second_line2: Annotated[str | None, bmp(0xE2)] = None
    second_line3: Annotated[str | None, bmp(0xE3)] = None
    second_line4: Annotated[str | None, bmp(0xE4)] = None
    second_line5: Annotated[str | None, bmp(0xE5)] = None
    second_line6: Annotated[str | None, bmp(0xE6)] = None
    second_line7: Annotated[str | None, bmp(0xE7)] = None
    second_line8: Annotated[str | None, bmp(0xE8)] = None
    max_input: Annotated[int | None, bmp(0xE9)] = None
    echo_input: Annotated[int | None, bmp(0xEA)] = None
    mac: Annotated[bytes | None, bmp(0xEB)] = None
    ecr_id: Annotated[str | None, tag("1F35")] = None


class DisplayTextWithInput(InputCommand, frozen=True, kw_only=True):
    """06 E2: answered with digits."""

    CONTROL: ClassVar[int] = 0x06E2


class PinCheck(InputCommand, frozen=True, kw_only=True):
    """06 E3: the PIN of a customer card."""

    CONTROL: ClassVar[int] = 0x06E3
    algorithm_id: Annotated[int | None, bmp(0xD0)] = None
    card_offset_pin_data: Annotated[Secret | None, bmp(0xD1)] = None
    dukpt_key_id: Annotated[int | None, bmp(0xD3)] = None


class DukptInput(InputCommand, frozen=True, kw_only=True):
    """06 E7."""

    CONTROL: ClassVar[int] = 0x06E7
    pan: m.Pan = None
    dukpt_engine: Annotated[int | None, tag("1F77")] = None


class MacCalculation(Message, frozen=True, kw_only=True):
    """06 E5."""

    CONTROL: ClassVar[int] = 0x06E5
    dukpt_key_id: Annotated[int | None, bmp(0xD3)] = None
    dukpt_smid: Annotated[bytes | None, tag("1F32")] = None
    mac_message: Annotated[bytes | None, tag("1F33")] = None


class DisplayImage(Message, frozen=True, kw_only=True):
    """06 F0, in chunks; empty it ends the picture. It cannot be aborted."""

    CONTROL: ClassVar[int] = 0x06F0
    image_id: Annotated[int | None, bmp(0x70)] = None
    mime: Annotated[int | None, bmp(0x72)] = None
    encoding: Annotated[int | None, bmp(0x73)] = None
    duration_s: Annotated[int | None, bmp(0xF0)] = None
    size: Annotated[int | None, bmp(0x71)] = None
    chunk_count: Annotated[int | None, bmp(0x74)] = None
    chunk_index: Annotated[int | None, bmp(0x75)] = None
    image: Annotated[bytes | None, tag("1C")] = None


class ReadCard(Message, frozen=True, kw_only=True):
    """06 C0: ends with a 04 0F, not with 06 0F."""

    CONTROL: ClassVar[int] = 0x06C0
    timeout_s: Annotated[int | None, untagged(1, "byte", leads=True)] = None
    card_kind: m.TypeByte = None
    """1x and 2x chip, 5x chip and stripe, else stripe."""
    dialog_control: Annotated[int | None, bmp(0xFC)] = None
    card_reading_control: m.CardReadingControl = None
    card_technologies: Annotated[int | None, tag("1F60")] = None
    minimum_age: Annotated[str | None, tag("1F6B")] = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """The first byte is the timeout."""
        del pending
        return Split((data[:1] or None,), min(1, len(data)))


class CloseCardSession(Message, frozen=True, kw_only=True):
    """06 C5."""

    CONTROL: ClassVar[int] = 0x06C5


class SendApdus(Message, frozen=True, kw_only=True):
    """06 C6: commands for the card itself."""

    CONTROL: ClassVar[int] = 0x06C6
    card_apdus: Annotated[tuple[Secret, ...], tag("1F46", many=True)] = ()


class MenuItem(TlvStruct, frozen=True, kw_only=True):
    """Tag 2C: a line to choose."""

    text: Annotated[str | None, tag("07")] = None
    value: Annotated[int | None, tag("19")] = None
    colour: Annotated[bytes | None, tag("50")] = None


class Menu(TlvStruct, frozen=True, kw_only=True):
    """Tag 2B."""

    character_set: Annotated[int | None, tag("14")] = None
    language: Annotated[str | None, tag("15")] = None
    kind: Annotated[int | None, tag("16")] = None
    context: Annotated[int | None, tag("17")] = None
    """01 other, 02 choice of application, 03 choice of language."""
    target: Annotated[int | None, tag("18")] = None
    """01 the merchant's display, 02 the customer's."""
    items: Annotated[tuple[MenuItem, ...], tag("2C", coding="objects", many=True)] = ()


class MenuRequest(Message, frozen=True, kw_only=True):
    """04 0E: the terminal asks for a choice."""

    CONTROL: ClassVar[int] = 0x040E
    TEXTS: ClassVar[TextKind] = TextKind.STATUS
    menu: Annotated[Menu | None, tag("2B", coding="objects")] = None


class GraphicMenuRequest(Message, frozen=True, kw_only=True):
    """06 D0: a choice under a picture, such as the signature to verify; the picture in chunks."""

    CONTROL: ClassVar[int] = 0x06D0
    TEXTS: ClassVar[TextKind] = TextKind.STATUS
    duration_s: Annotated[int | None, bmp(0xF0)] = None
    headline: Annotated[str | None, bmp(0xF1)] = None
    beeps: Annotated[int | None, bmp(0xF9)] = None
    confirm_with_ok: Annotated[int | None, bmp(0xFB)] = None
    second_line: Annotated[str | None, bmp(0xE1)] = None
    image_id: Annotated[int | None, bmp(0x70)] = None
    size: Annotated[int | None, bmp(0x71)] = None
    mime: Annotated[int | None, bmp(0x72)] = None
    encoding: Annotated[int | None, bmp(0x73)] = None
    chunk_count: Annotated[int | None, bmp(0x74)] = None
    chunk_index: Annotated[int | None, bmp(0x75)] = None
    menu: Annotated[Menu | None, tag("2B", coding="objects")] = None
    image: Annotated[bytes | None, tag("1C")] = None


class InputDialog(TlvStruct, frozen=True, kw_only=True):
    """Tag 32."""

    texts: Annotated[tuple[str, ...], tag("24.07", many=True)] = ()
    mode: Annotated[int | None, tag("1F38")] = None
    """0 text, 1 number, 2 amount."""
    timeout_s: Annotated[int | None, tag("1F39")] = None
    character_set: Annotated[int | None, tag("14")] = None
    currency: Annotated[str | None, tag("1F21")] = None
    decimals: Annotated[int | None, tag("1F1E")] = None
    preset: Annotated[str | None, tag("1F3A")] = None


class InputRequest(Message, frozen=True, kw_only=True):
    """04 0D: the terminal asks for an input."""

    CONTROL: ClassVar[int] = 0x040D
    TEXTS: ClassVar[TextKind] = TextKind.STATUS
    dialog: Annotated[InputDialog | None, tag("32", coding="objects")] = None


class BlockListQuery(Message, frozen=True, kw_only=True):
    """06 E4: is this card on the till's block list?"""

    CONTROL: ClassVar[int] = 0x06E4
    expiry: m.Expiry = None
    card_sequence_no: Annotated[str | None, bmp(0x17)] = None
    pan: m.Pan = None
    card_type: m.CardType = None
