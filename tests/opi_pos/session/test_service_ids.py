"""Service ids: 1 to 10 digits, never twice, not even with a fresh journal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.session.service_ids import BLOCK, LOW, ServiceIDs, floor

YEAR = 365.25 * 86_400
NOW = 1_790_000_000.0


@given(st.floats(0, 2_500_000_000))
def test_a_number_seeded_by_the_clock_has_at_most_ten_digits(wall: float) -> None:
    assert 0 <= floor(wall) < 10**10


@given(st.floats(NOW, NOW + 20 * YEAR), st.floats(0.2, YEAR))
def test_a_later_start_begins_above_an_earlier_one(wall: float, later: float) -> None:
    assert floor(wall + later) > floor(wall)


def test_a_fresh_journal_begins_above_what_the_lost_one_gave_out() -> None:
    busy_day = 8 * 3600 * 2
    assert floor(NOW + 86_400) > floor(NOW) + busy_day


@given(st.lists(st.integers(1, 50), min_size=1, max_size=10))
def test_blocks_are_given_out_in_order_and_once(sizes: list[int]) -> None:
    numbers, first = ServiceIDs(), 100
    for size in sizes:
        numbers.reserved(first, size)
        first += size + 7
    left = numbers.left
    given_out = [numbers.next() for _ in range(left)]
    assert len(set(given_out)) == left == sum(sizes)
    assert [int(number) for number in given_out] == sorted(int(number) for number in given_out)
    assert numbers.left == 0


def test_without_a_reservation_none_is_given_out() -> None:
    numbers = ServiceIDs()
    with pytest.raises(IndexError):
        numbers.next()
    numbers.reserved(5, 1)
    assert numbers.next() == "5"
    with pytest.raises(IndexError):
        numbers.next()


def test_a_block_lasts_longer_than_the_warning() -> None:
    assert 0 < LOW < BLOCK
