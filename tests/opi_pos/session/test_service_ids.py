"""Service ids: 1 to 10 letters and digits, never twice, not even with a fresh journal."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.session.service_ids import BLOCK, LOW, ServiceIDs, drawn_mark, floor

YEAR = 365.25 * 86_400
NOW = 1_790_000_000.0


MARKS = st.integers(0, 36**3 - 1)


def marked(mark: int, first: int, count: int) -> list[str]:
    numbers = ServiceIDs(drawn_mark(lambda below: mark % below))
    numbers.reserved(first, count)
    return [numbers.next() for _ in range(count)]


@given(st.floats(0, 9_000_000_000), MARKS)
def test_an_id_seeded_by_the_clock_has_at_most_ten_places(wall: float, mark: int) -> None:
    (made,) = marked(mark, floor(wall), 1)
    assert len(made) <= 10
    assert made.isascii()
    assert made.isalnum()
    assert made == made.upper()


@given(st.floats(NOW, NOW + 20 * YEAR), MARKS, MARKS, st.floats(-1.0, 1.0))
def test_two_fresh_journals_of_the_same_moment_do_not_meet(
    wall: float, one: int, other: int, later: float
) -> None:
    hypothesis.assume(one != other)
    first = set(marked(one, floor(wall), 20))
    second = set(marked(other, floor(wall + later), 20))
    assert len(first) == len(second) == 20
    assert not first & second


def test_a_count_never_meets_another_count_of_the_same_journal() -> None:
    ends = [36**place + step for place in range(1, 7) for step in (-1, 0, 1)]
    made = {each for end in ends for each in marked(0, end, 1)}
    assert len(made) == len(ends)


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
    counts = [int(number, 36) for number in given_out]
    assert counts == sorted(counts)
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
