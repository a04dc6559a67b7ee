"""Receipts: gathered from print lines (06 D1) and text blocks (06 D3). Pure."""

from __future__ import annotations

from typing import Final

from opi_pos.model.receipts import Copy, Receipt
from terminal_bridge.zvt.lines import LINE_FEEDS, TextLine
from terminal_bridge.zvt.messages import printing
from terminal_bridge.zvt.messages.printing import PrintBlock, PrintLine

MAX_LINES: Final = 1000
"""Of one receipt; a terminal that never ends one is cut off (rule 12)."""
MAX_RECEIPTS: Final = 16

_COPIES: Final = {
    printing.MERCHANT: Copy.CASHIER,
    printing.CUSTOMER: Copy.CUSTOMER,
    printing.ADMINISTRATION: Copy.OTHER,
}
_WORDS: Final = (
    (Copy.CUSTOMER, ("kundenbeleg", "customer copy", "customer receipt", "cardholder copy")),
    (Copy.CASHIER, ("händlerbeleg", "haendlerbeleg", "merchant copy", "merchant receipt")),
)
_SIGN: Final = ("unterschrift", "signature")


class ReceiptGatherer:
    """Collects the receipts of one command."""

    def __init__(self, width: int = 40, *, for_payment: bool = True) -> None:
        """`for_payment`: unmarked receipts are the merchant's and then the customer's."""
        self._width = width
        self._for_payment = for_payment
        self._lines: list[str] = []
        self._kind: int | None = None
        self._info = 0
        self._begun = False
        self.receipts: list[Receipt] = []

    def take_line(self, message: PrintLine) -> Receipt | None:
        """A 06 D1; gives the receipt that it completed."""
        self._note(message.receipt_type, message.receipt_info)
        if message.attribute == LINE_FEEDS:
            self._add([""] * message.line_feeds)
        elif message.text or not message.ends_receipt:
            self._add([self._laid_out(message.line)])
        return self.flush() if message.ends_receipt else None

    def take_block(self, message: PrintBlock) -> Receipt | None:
        """A 06 D3; gives the receipt that it completed."""
        self._note(message.receipt_type, message.receipt_info)
        for line in message.lines:
            if line.text is not None:
                self._add([self._laid_out(line)])
            elif line.attribute == LINE_FEEDS:
                self._add([""])
        return self.flush() if message.ends_receipt else None

    def _note(self, kind: int | None, info: int | None) -> None:
        self._begun = True
        self._kind = kind if kind is not None else self._kind
        self._info |= info or 0

    def _add(self, lines: list[str]) -> None:
        room = MAX_LINES - len(self._lines)
        self._lines += lines[: max(0, room)]

    def _laid_out(self, line: TextLine) -> str:
        text = line.text or ""
        if line.double_width:
            # A plain printer has one width: the letters stand apart instead.
            text = " ".join(text) if 2 * len(text) - 1 <= self._width else text
        if line.centred:
            return text.strip().center(self._width).rstrip()
        return (" " * line.indent + text).rstrip()

    def flush(self) -> Receipt | None:
        """What was gathered so far; terminals may complete without an end mark."""
        lines, self._lines = self._lines, []
        while lines and not lines[0]:
            del lines[0]  # an empty line only asks whether the printer works (Ingenico)
        kind, self._kind = self._kind, None
        info, self._info = self._info, 0
        begun, self._begun = self._begun, False
        if not begun or not any(line.strip() for line in lines):
            return None
        if len(self.receipts) >= MAX_RECEIPTS:
            return None
        receipt = Receipt(
            copy=self._copy_of(kind, lines),
            lines=tuple(lines),
            signature_required=bool(info & printing.SIGNATURE_FIELD) or self._to_sign(lines),
            must_print=bool(info & printing.MUST_BE_PRINTED),
        )
        self.receipts.append(receipt)
        return receipt

    def _copy_of(self, kind: int | None, lines: list[str]) -> Copy:
        if kind in _COPIES:
            return _COPIES[kind]
        text = "\n".join(lines).lower()
        for copy, words in _WORDS:
            if any(word in text for word in words):
                return copy
        if not self._for_payment:
            return Copy.OTHER
        first = not any(receipt.copy is Copy.CASHIER for receipt in self.receipts)
        return Copy.CASHIER if first else Copy.CUSTOMER

    def _to_sign(self, lines: list[str]) -> bool:
        """A line to sign on, in words (inferred; 1F37 says it for certain where it is sent)."""
        if not self._for_payment:
            return False
        text = "\n".join(lines).lower()
        return any(word in text for word in _SIGN) and "___" in text
