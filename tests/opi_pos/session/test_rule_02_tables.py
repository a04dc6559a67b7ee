"""Rule 2: two flat tables. What is not a row raises and moves nothing; news always have a row."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import pytest
from transitions import Machine, MachineError

from opi_pos.session.machine import (
    EXCHANGE,
    EXCHANGE_TABLE,
    SESSION,
    SESSION_TABLE,
    Row,
    may,
    move,
)
from opi_pos.session.states import ExchangeState, SessionState

BOOKS: list[tuple[Machine, tuple[Row, ...], type[enum.Enum]]] = [
    (SESSION, SESSION_TABLE, SessionState),
    (EXCHANGE, EXCHANGE_TABLE, ExchangeState),
]
LEGAL = [
    pytest.param(book, source, row.trigger, row.dest or source, id=f"{source.name}-{row.trigger}")
    for book, table, _ in BOOKS
    for row in table
    for source in row.sources
]
ILLEGAL = [
    pytest.param(book, state, trigger, id=f"{state.name}-{trigger}")
    for book, table, states in BOOKS
    for state in states
    for trigger in sorted({row.trigger for row in table})
    if not any(state in row.sources for row in table if row.trigger == trigger)
]
NEWS = ["written", "runs", "silence", "stray"]
"""Triggers by which a driver's news move an exchange without a look at its state before."""


@dataclass
class Subject:
    state: enum.Enum


@pytest.mark.parametrize(("book", "source", "trigger", "dest"), LEGAL)
def test_a_row_leads_where_the_table_says(
    book: Machine, source: enum.Enum, trigger: str, dest: enum.Enum
) -> None:
    subject = Subject(source)
    assert may(book, source, trigger)
    move(book, subject, trigger)
    assert subject.state is dest


@pytest.mark.parametrize(("book", "state", "trigger"), ILLEGAL)
def test_every_other_pair_raises_and_moves_nothing(
    book: Machine, state: enum.Enum, trigger: str
) -> None:
    subject = Subject(state)
    assert not may(book, state, trigger)
    with pytest.raises(MachineError):
        move(book, subject, trigger)
    assert subject.state is state


@pytest.mark.parametrize("trigger", NEWS)
@pytest.mark.parametrize("state", [s for s in ExchangeState if s is not ExchangeState.QUEUED])
def test_news_have_a_row_in_every_state_in_which_a_command_has_been_sent(
    state: ExchangeState, trigger: str
) -> None:
    assert may(EXCHANGE, state, trigger)


@pytest.mark.parametrize("trigger", ["session_lost", "maintenance_begun", "maintenance_ended"])
@pytest.mark.parametrize("state", SessionState)
def test_what_a_terminal_reports_has_a_row_in_every_state_of_the_session(
    state: SessionState, trigger: str
) -> None:
    assert may(SESSION, state, trigger)


@pytest.mark.parametrize(("book", "table", "states"), BOOKS)
def test_no_pair_stands_in_two_rows(
    book: Machine, table: tuple[Row, ...], states: type[enum.Enum]
) -> None:
    pairs = [(row.trigger, source) for row in table for source in row.sources]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize(("book", "table", "states"), BOOKS)
def test_every_state_can_be_reached_from_the_first(
    book: Machine, table: tuple[Row, ...], states: type[enum.Enum]
) -> None:
    reached = {next(iter(states))}
    for _ in states:
        reached |= {r.dest for r in table if r.dest is not None and reached & set(r.sources)}
    assert reached == set(states)


def test_nothing_leads_out_of_the_end() -> None:
    leaving = [r for r in EXCHANGE_TABLE if ExchangeState.ENDED in r.sources and r.dest is not None]
    assert leaving == []


@pytest.mark.parametrize("book", [SESSION, EXCHANGE])
def test_the_books_own_no_models_and_have_no_callbacks(book: Machine) -> None:
    assert book.models == []
    transitions = [t for e in book.events.values() for ts in e.transitions.values() for t in ts]
    assert transitions
    assert not any(t.before or t.after or t.conditions or t.prepare for t in transitions)
