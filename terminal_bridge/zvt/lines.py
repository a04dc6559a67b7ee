"""Texts with print attributes: 06 D1, tag 25 of 06 D3, and tags 64, 65 and 68."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.charsets import read_text, write_text
from terminal_bridge.zvt.tlv import Tlv, read_objects

CENTRED: Final = 0x40
DOUBLE_WIDTH: Final = 0x20
DOUBLE_HEIGHT: Final = 0x10
INDENT: Final = 0x0F
LINE_FEEDS: Final = 0xFF
"""As attribute of 06 D1 the next byte counts them; in a text block it is one."""
RESERVED: Final = 0x80
LAST_LINE: Final = 0x81
"""The end marker that terminals send: an empty last line."""

ATTRIBUTE_TAG: Final = 0x09
TEXT_TAG: Final = 0x07


def ends_receipt(attribute: int) -> bool:
    """1xxx xxxx is the last line of a receipt, except 80 and FF."""
    return attribute > RESERVED and attribute != LINE_FEEDS


class TextLine(msgspec.Struct, frozen=True):
    """A line to print. `text` is None for an attribute without a line: an end, a line feed."""

    text: str | None
    attribute: int = 0

    @property
    def centred(self) -> bool:
        """Whether the line stands in the middle."""
        return self.attribute != LINE_FEEDS and bool(self.attribute & CENTRED)

    @property
    def double_width(self) -> bool:
        """Whether the characters are twice as wide."""
        return self.attribute != LINE_FEEDS and bool(self.attribute & DOUBLE_WIDTH)

    @property
    def double_height(self) -> bool:
        """Whether the characters are twice as high."""
        return self.attribute != LINE_FEEDS and bool(self.attribute & DOUBLE_HEIGHT)

    @property
    def indent(self) -> int:
        """Columns before the text, 0 to 15."""
        return 0 if ends_receipt(self.attribute) else self.attribute & INDENT

    @property
    def ends_receipt(self) -> bool:
        """Whether the paper is cut after this line."""
        return ends_receipt(self.attribute)


def read_lines(value: bytes, charset: str) -> tuple[tuple[TextLine, ...], list[Tlv]]:
    """The lines of a text block and the objects that are none; raises `ProtocolError`.

    An attribute (09) is for all texts (07) after it, until the next one.
    """
    lines: list[TextLine] = []
    others: list[Tlv] = []
    attribute, used = 0, True
    for item in read_objects(value):
        if item.tag == ATTRIBUTE_TAG and len(item.value) == 1:
            if not used:
                lines.append(TextLine(None, attribute))
            attribute, used = item.value[0], False
        elif item.tag == TEXT_TAG:
            lines.append(TextLine(read_text(item.value, charset), attribute))
            used = True
        else:
            others.append(item)
    if not used:
        lines.append(TextLine(None, attribute))
    return tuple(lines), others


def write_lines(lines: Iterable[TextLine], charset: str) -> list[Tlv]:
    """The objects of a text block; an attribute is written where it changes."""
    objects: list[Tlv] = []
    current = 0
    for line in lines:
        if not 0 <= line.attribute <= 0xFF:
            raise ProtocolError("attribute", "must be one byte")
        if line.text is None or line.attribute != current:
            objects.append(Tlv(ATTRIBUTE_TAG, bytes((line.attribute,))))
            current = line.attribute
        if line.text is not None:
            objects.append(Tlv(TEXT_TAG, write_text(line.text, charset)))
    return objects
