"""Print commands: 06 D1 a line, 06 D3 a block; both directions."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from terminal_bridge.zvt.fields import tag, untagged
from terminal_bridge.zvt.lines import LINE_FEEDS, TextLine, ends_receipt
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, Split, TextKind, TlvStruct
from terminal_bridge.zvt.messages.split import end_of_rest

# Receipt types of tag 1F07.
MERCHANT: Final = 0x01
CUSTOMER: Final = 0x02
ADMINISTRATION: Final = 0x03

# Bits of tag 1F37.
POSITIVE: Final = 0x01
SIGNATURE_FIELD: Final = 0x02
NEGATIVE: Final = 0x04
MUST_BE_PRINTED: Final = 0x80


class PrintLine(Message, frozen=True, kw_only=True):
    """06 D1. The receipt ends with an attribute above 80; FF is line feeds, or an end if alone."""

    CONTROL: ClassVar[int] = 0x06D1
    TEXTS: ClassVar[TextKind] = TextKind.PRINT_LINE
    attribute: Annotated[int | None, untagged(1, "byte", required=True)] = None
    text: Annotated[str | None, untagged(0, "text")] = None
    receipt_type: m.ReceiptType = None
    """card complete sends it behind every line."""
    receipt_info: m.ReceiptInfo = None

    @property
    def line(self) -> TextLine:
        """The line with its attribute."""
        return TextLine(self.text or "", self.attribute or 0)

    @property
    def ends_receipt(self) -> bool:
        """Whether the receipt is complete; FF without a count is seen as an end marker, too."""
        if self.attribute == LINE_FEEDS:
            return not self.text
        return ends_receipt(self.attribute or 0)

    @property
    def line_feeds(self) -> int:
        """How many line feeds: the count behind FF, or one for an empty line."""
        if self.attribute == LINE_FEEDS:
            return ord(self.text[0]) if self.text else 0
        return 0 if self.text else 1

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """Text runs to the end, or to a container that fills the rest and can be read."""
        del pending
        end = end_of_rest(data, 1)
        return Split((data[:1] or None, data[1:end] or None), min(end, len(data)))


class Barcode(TlvStruct, frozen=True, kw_only=True):
    """Tag E3."""

    kind: Annotated[int | None, tag("1F2E")] = None
    data: Annotated[bytes | None, tag("1F2F")] = None


class PrintBlock(Message, frozen=True, kw_only=True):
    """06 D3. Several blocks may make one receipt; the last attribute above 80 ends it."""

    CONTROL: ClassVar[int] = 0x06D3
    TEXTS: ClassVar[TextKind] = TextKind.PRINT_BLOCK
    receipt_type: m.ReceiptType = None
    receipt_info: m.ReceiptInfo = None
    character_set: Annotated[int | None, tag("14")] = None
    lines: Annotated[tuple[TextLine, ...], tag("25", coding="lines")] = ()

    @property
    def ends_receipt(self) -> bool:
        """Whether the receipt is complete."""
        return any(line.ends_receipt for line in self.lines)
