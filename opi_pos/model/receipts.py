"""Receipts: structured fields, the terminal's own lines, and a fixed-width rendering."""

from __future__ import annotations

import enum
import re
import textwrap
from collections.abc import Iterable
from typing import Final

import msgspec

from opi_pos.model.card import mask_lines, mask_print

_TO_SIGN_ON: Final = re.compile(r"_{5,}|\.{8,}\s*$")
"""Dashes part a receipt, and dots inside a line lead to an amount."""


class Copy(enum.StrEnum):
    """Whose receipt it is (nexo DocumentQualifier)."""

    CASHIER = "cashier"
    CUSTOMER = "customer"
    SALE = "sale"
    JOURNAL = "journal"
    OTHER = "other"


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One copy of one receipt.

    `lines` is the terminal's own text and wins over `fields` when it is printed. `personal` tells
    that it may hold personal data and goes when such data is erased.
    """

    copy: Copy
    lines: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    signature_required: bool = False
    must_print: bool = False

    def __post_init__(self) -> None:
        """A terminal must not print a full card number; one that does is not helped."""
        lines = mask_lines(self.lines, mask_print)
        values = tuple(self.fields.values())
        masked = mask_lines(values, mask_print)
        if lines is not self.lines:
            msgspec.structs.force_setattr(self, "lines", lines)
        if masked is not values:
            fields = dict(zip(self.fields, masked, strict=True))
            msgspec.structs.force_setattr(self, "fields", fields)


def render(receipt: Receipt, width: int = 40) -> str:
    """The receipt as text of at most `width` columns; fields stand left, values right. Where it is
    to be signed and the terminal left no line for that, one is added.
    """
    lines = list(receipt.lines) or [_pair(*item, width) for item in receipt.fields.items()]
    if receipt.signature_required and not has_signature_line(lines):
        lines += ["", "", "Signature" + "_" * max(0, width - 9)]
    wrapped = (part for line in lines for part in (textwrap.wrap(line, width) or [""]))
    return "\n".join(line.rstrip() for line in wrapped)


def has_signature_line(lines: Iterable[str]) -> bool:
    """Whether the terminal's own text has a line to sign on, of underscores or dots."""
    return any(map(_TO_SIGN_ON.search, lines))


def _pair(name: str, value: str, width: int) -> str:
    gap = width - len(name) - len(value)
    return f"{name}{' ' * gap}{value}" if gap > 0 else f"{name} {value}"
