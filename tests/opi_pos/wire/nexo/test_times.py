"""Time stamps as moments."""

from __future__ import annotations

import datetime as dt

import pytest

from opi_pos.wire import nexo

MOMENT = dt.datetime(2026, 3, 1, 8, 30, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T08:30:00Z", MOMENT),
        ("2026-03-01T09:30:00+01:00", MOMENT),
        ("2026-03-01T09:30:00+01.00", MOMENT),
        (" 2026-03-01T08:30:00 ", MOMENT),
        ("2026-03-01T08:30:00.498Z", MOMENT.replace(microsecond=498000)),
        ("2026-03-01T09:30:00.9834651+01:00", MOMENT.replace(microsecond=983465)),
        ("2026-03-01T08:30:00.02Z", MOMENT.replace(microsecond=20000)),
    ],
)
def test_what_terminals_send_is_the_moment_it_names(text: str, moment: dt.datetime) -> None:
    assert nexo.parse_time(text) == moment


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+09:00"]
)
def test_other_texts_are_no_moment(text: str) -> None:
    assert nexo.parse_time(text) is None
