"""Receipts: the terminal's own lines or our rendering of the fields, never wider than the paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.receipts import Copy, Receipt, render

LINES = st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=60), max_size=8)


def test_the_terminals_own_lines_win_over_the_fields() -> None:
    receipt = Receipt(copy=Copy.CUSTOMER, lines=("SHOP", "Thanks"), fields={"Total": "38.00"})
    assert render(receipt) == "SHOP\nThanks"


def test_without_lines_the_fields_stand_left_and_their_values_right() -> None:
    receipt = Receipt(copy=Copy.CASHIER, fields={"Total": "38.00", "Card": "Visa"})
    assert render(receipt, width=16) == "Total      38.00\nCard        Visa"


def test_a_field_that_is_too_wide_goes_on_in_the_next_line() -> None:
    receipt = Receipt(copy=Copy.CASHIER, fields={"Merchant": "Corner Shop and Sons"})
    assert render(receipt, width=16).split("\n") == ["Merchant Corner", "Shop and Sons"]


def test_columns_and_indents_of_the_terminal_are_kept() -> None:
    lines = ("   SHOP", "Total      38,00", "")
    assert render(Receipt(copy=Copy.CUSTOMER, lines=lines), width=20) == "   SHOP\n" + "\n".join(
        lines[1:]
    )


def test_a_receipt_to_sign_has_a_line_for_it() -> None:
    receipt = Receipt(copy=Copy.CASHIER, lines=("SHOP",), signature_required=True)
    assert render(receipt, width=20).split("\n")[-1] == "Signature___________"


@pytest.mark.parametrize("own", ["Unterschrift: __________", "..................", "X_______ "])
def test_a_terminals_own_line_to_sign_on_is_the_only_one(own: str) -> None:
    lines = ("SHOP", own, "Thanks")
    receipt = Receipt(copy=Copy.CASHIER, lines=lines, signature_required=True)
    assert render(receipt).split("\n") == [line.rstrip() for line in lines]


@pytest.mark.parametrize("other", ["--------------------", "Total......... 38.00", "Signature"])
def test_other_lines_are_not_to_sign_on(other: str) -> None:
    receipt = Receipt(copy=Copy.CASHIER, lines=(other,), signature_required=True)
    assert render(receipt, width=20).split("\n")[-1] == "Signature___________"


@pytest.mark.parametrize("width", [9, 8, 1])
def test_paper_that_is_too_narrow_for_the_word_is_not_overrun(width: int) -> None:
    receipt = Receipt(copy=Copy.CASHIER, lines=("SHOP",), signature_required=True)
    assert max(len(line) for line in render(receipt, width).split("\n")) <= width


@given(LINES, st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=5))
def test_no_line_is_wider_than_the_paper(lines: list[str], fields: dict[str, str]) -> None:
    for given_lines in (tuple(lines), ()):
        receipt = Receipt(copy=Copy.CUSTOMER, lines=given_lines, fields=fields)
        assert all(len(line) <= 24 for line in render(receipt, width=24).splitlines())


@given(LINES)
def test_no_word_is_lost(lines: list[str]) -> None:
    text = render(Receipt(copy=Copy.CUSTOMER, lines=tuple(lines)), width=24)
    assert "".join(text.split()) == "".join("".join(lines).split())
