"""Receipts as print commands: 06 D1 line by line, 06 D3 in one block."""

from __future__ import annotations

from typing import Final

from terminal_bridge.simulator.zvt.message import PRINT_BLOCK, PRINT_LINE, Message
from terminal_bridge.simulator.zvt.slips import Paper
from terminal_bridge.zvt.charsets import code_of
from terminal_bridge.zvt.tlv import Tlv

PLAIN: Final = 0x00
END: Final = 0x81
_BLOCK_OVERHEAD: Final = 32
"""Bytes around the texts of one block."""
_ITEM_OVERHEAD: Final = 3
_SMALLEST_BLOCK: Final = 64
_POSITIVE: Final = 0x01
_SIGNATURE: Final = 0x02
_NEGATIVE: Final = 0x04
_MANDATORY: Final = 0x80


def lines_of(paper: Paper, charset: str, *, with_type: bool = False) -> list[Message]:
    """06 D1 for each line, and one more that ends the receipt."""
    tlv = (Tlv(0x1F07, bytes((paper.copy,))),) if with_type else None
    texts = (line.encode(charset, "replace") for line in paper.lines)
    messages = [Message(PRINT_LINE, bytes((PLAIN,)) + text, tlv) for text in texts]
    return [*messages, Message(PRINT_LINE, bytes((END,)), tlv)]


def blocks_of(paper: Paper, charset: str, *, named: bool, limit: int) -> list[Message]:
    """06 D3 with the whole receipt, in more than one when the till's `limit` (bytes) demands it.

    `named`: the blocks say their character set. Only the last one ends the receipt.
    """
    head = [Tlv(0x1F07, bytes((paper.copy,))), Tlv(0x1F37, bytes((_flags(paper),)))]
    code = code_of(charset) if named else None
    if code is not None:
        head.append(Tlv(0x14, bytes((code,))))
    texts = [Tlv(0x07, line.encode(charset, "replace")) for line in paper.lines]
    parts = _parts([Tlv(0x09, bytes((PLAIN,))), *texts, Tlv(0x09, bytes((END,)))], limit)
    return [Message(PRINT_BLOCK, b"", (*head, Tlv.of(0x25, part))) for part in parts]


def _parts(items: list[Tlv], limit: int) -> list[list[Tlv]]:
    room = max(limit - _BLOCK_OVERHEAD, _SMALLEST_BLOCK)
    parts: list[list[Tlv]] = [[]]
    used = 0
    for item in items:
        size = len(item.value) + _ITEM_OVERHEAD
        if parts[-1] and used + size > room:
            parts.append([])
            used = 0
        parts[-1].append(item)
        used += size
    return parts


def _flags(paper: Paper) -> int:
    flags = _POSITIVE if paper.approved else _NEGATIVE
    if paper.signature:
        flags |= _SIGNATURE
    if paper.mandatory:
        flags |= _MANDATORY
    return flags
