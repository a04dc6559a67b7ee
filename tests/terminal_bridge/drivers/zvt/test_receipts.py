"""Receipts out of print lines and text blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.receipts import Copy, Receipt
from terminal_bridge.drivers.zvt.receipts import MAX_LINES, MAX_RECEIPTS, ReceiptGatherer
from terminal_bridge.zvt.lines import TextLine
from terminal_bridge.zvt.messages.printing import PrintBlock, PrintLine

END = PrintLine(attribute=0x81)


def gathered(*messages: PrintLine | PrintBlock, width: int = 20) -> list[Receipt]:
    gatherer = ReceiptGatherer(width)
    for message in messages:
        if isinstance(message, PrintLine):
            gatherer.take_line(message)
        else:
            gatherer.take_block(message)
    gatherer.flush()
    return gatherer.receipts


def lines_of(*messages: PrintLine | PrintBlock) -> tuple[str, ...]:
    [receipt] = gathered(*messages)
    return receipt.lines


def line(text: str | None, attribute: int = 0) -> PrintLine:
    return PrintLine(attribute=attribute, text=text)


def test_lines_are_laid_out_as_their_attributes_say() -> None:
    assert lines_of(
        line("plain"),
        line("centred", 0x40),
        line("wide", 0x20),
        line("indented", 0x04),
        line(None),
        PrintLine(attribute=0xFF, text="\x02"),
        line("end", 0x81),
    ) == ("plain", "      centred", "w i d e", "    indented", "", "", "", "end")


def test_a_text_that_is_too_wide_is_not_spread() -> None:
    assert lines_of(line("eleven char", 0x20), END) == ("eleven char",)


def test_an_end_mark_alone_prints_nothing() -> None:
    assert gathered(END) == []
    assert gathered(line(None), END) == []
    assert lines_of(line("a"), END) == ("a",)


def test_a_look_at_the_printer_is_no_line() -> None:
    """06 D1 01 00 before the receipt."""
    assert lines_of(line(None), line("a"), END) == ("a",)


def test_without_an_end_mark_a_receipt_ends_with_the_command() -> None:
    assert lines_of(line("a"), line("b")) == ("a", "b")


@pytest.mark.parametrize(("told", "copy"), [(1, Copy.CASHIER), (2, Copy.CUSTOMER), (3, Copy.OTHER)])
def test_the_terminal_says_whose_it_is(told: int, copy: Copy) -> None:
    [receipt] = gathered(PrintLine(attribute=0x81, text="a", receipt_type=told))
    assert receipt.copy is copy


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("K-U-N-D-E-N-B-E-L-E-G", Copy.CASHIER),
        ("Kundenbeleg", Copy.CUSTOMER),
        ("CUSTOMER COPY", Copy.CUSTOMER),
        ("Händlerbeleg", Copy.CASHIER),
    ],
)
def test_else_its_text_does_or_its_place(text: str, copy: Copy) -> None:
    first, second = gathered(line(text), END, line("b"), END)
    assert first.copy is copy
    assert second.copy is (Copy.CUSTOMER if copy is Copy.CASHIER else Copy.CASHIER)


def test_receipts_of_the_administration_are_nobody_s_copy() -> None:
    gatherer = ReceiptGatherer(for_payment=False)
    gatherer.take_line(line("Unterschrift ____"))
    gatherer.flush()
    [receipt] = gatherer.receipts
    assert (receipt.copy, receipt.signature_required) == (Copy.OTHER, False)


def test_blocks_are_gathered_until_one_ends() -> None:
    first = PrintBlock(receipt_type=1, receipt_info=0x82, lines=(TextLine("a", 0x40),))
    second = PrintBlock(lines=(TextLine(None, 0xFF), TextLine("b"), TextLine(None, 0x81)))
    [receipt] = gathered(first, second)
    assert receipt.lines == ("         a", "", "b")
    assert (receipt.copy, receipt.signature_required, receipt.must_print) == (
        Copy.CASHIER,
        True,
        True,
    )


def test_a_line_to_sign_on_asks_for_a_signature() -> None:
    [receipt] = gathered(line("Unterschrift"), line("____________"), END)
    assert receipt.signature_required
    [receipt] = gathered(line("Unterschrift: keine"), END)
    assert not receipt.signature_required


def test_a_terminal_that_never_ends_is_cut_off() -> None:
    [receipt] = gathered(*[line("x")] * (MAX_LINES + 10))
    assert len(receipt.lines) == MAX_LINES
    assert len(gathered(*[line("x", 0x81)] * (MAX_RECEIPTS + 3))) == MAX_RECEIPTS


@given(
    st.lists(
        st.builds(
            PrintLine,
            attribute=st.integers(0, 255),
            text=st.none() | st.text(max_size=30),
        ),
        max_size=30,
    )
)
def test_no_lines_are_more_than_it_can_bear(messages: list[PrintLine]) -> None:
    for receipt in gathered(*messages):
        assert any(text.strip() for text in receipt.lines)
