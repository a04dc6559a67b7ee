"""Which of two transactions is newer, and how one is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.results import TransactionID
from terminal_bridge.drivers.zvt.numbers import (
    Numbers,
    compare,
    from_transaction,
    numbers_of,
    same,
    transaction_id,
)
from terminal_bridge.zvt.messages.status import StatusInformation

MAY = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_the_long_trace_number_counts_where_there_is_one() -> None:
    status = StatusInformation(trace_no="000000", long_trace_no="00001234567", receipt_no="FFFF")
    assert numbers_of(status) == Numbers(trace="00001234567")


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        (Numbers(receipt="0007"), Numbers(receipt="0008"), 1),
        (Numbers(receipt="0007"), Numbers(receipt="0007"), 0),
        (Numbers(receipt="0007"), Numbers(receipt="0006"), -1),
        (Numbers(receipt="9999"), Numbers(receipt="0001"), 1),
        (Numbers(receipt="0001"), Numbers(receipt="9999"), -1),
        (Numbers(receipt="0007", trace="000041"), Numbers(receipt="0008"), 1),
        (Numbers(receipt="0007", trace="000041"), Numbers(trace="000042"), 1),
        (Numbers(receipt="0007"), Numbers(trace="000042"), None),
        (Numbers(), Numbers(receipt="0001"), None),
        (Numbers(receipt="0100", trace="000041"), Numbers(receipt="0001", trace="000042"), None),
        (Numbers(receipt="007A"), Numbers(receipt="0008"), None),
    ],
)
def test_the_nearer_way_counts(before: Numbers, after: Numbers, way: int | None) -> None:
    assert compare(before, after) == way


@given(st.integers(0, 999_999), st.integers(1, 499_999))
def test_the_next_ones_are_newer_wherever_the_numbers_wrap(start: int, steps: int) -> None:
    before = Numbers(trace=f"{start:06}")
    later = Numbers(trace=f"{(start + steps) % 10**6:06}")
    assert compare(before, later) == 1
    assert compare(later, before) == -1
    assert not same(before, later)


@pytest.mark.parametrize(
    ("date", "now", "stamp"),
    [
        ("0501", MAY, "2024-05-01T14:30:05"),
        ("1231", datetime(2024, 1, 1, tzinfo=UTC), "2023-12-31T14:30:05"),
        ("0101", datetime(2023, 12, 31, tzinfo=UTC), "2024-01-01T14:30:05"),
        ("", MAY, ""),
    ],
)
def test_the_year_that_the_terminal_does_not_tell(date: str, now: datetime, stamp: str) -> None:
    numbers = Numbers(receipt="0007", trace="000041", date=date, time="143005")
    assert transaction_id(numbers, now) == TransactionID(id="0007-000041", time=stamp)


@pytest.mark.parametrize(
    "numbers",
    [Numbers(receipt="0007", trace="000041"), Numbers(receipt="0007"), Numbers(trace="000041")],
)
def test_the_name_of_a_transaction_brings_its_numbers_back(numbers: Numbers) -> None:
    assert from_transaction(transaction_id(numbers, MAY)) == numbers


def test_what_has_no_number_has_no_name() -> None:
    assert transaction_id(Numbers(turnover="000001"), MAY) is None
    assert from_transaction(None) == Numbers()
    assert from_transaction(TransactionID(id="nexo-id/7", time="")) == Numbers()
