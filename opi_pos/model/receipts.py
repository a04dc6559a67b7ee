"""Receipts: structured fields, the terminal's own lines, and a fixed-width rendering."""

from __future__ import annotations

import enum
import textwrap

import msgspec

from opi_pos.model.card import mask_lines, mask_print


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
    """The receipt as text of at most `width` columns; fields stand left, values right."""
    lines = list(receipt.lines) or [_pair(*item, width) for item in receipt.fields.items()]
    if receipt.signature_required:
        lines += ["", "", "Signature" + "_" * max(0, width - 9)]
    wrapped = (part for line in lines for part in (textwrap.wrap(line, width) or [""]))
    return "\n".join(line.rstrip() for line in wrapped)


def _pair(name: str, value: str, width: int) -> str:
    gap = width - len(name) - len(value)
    return f"{name}{' ' * gap}{value}" if gap > 0 else f"{name} {value}"
