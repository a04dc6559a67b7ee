"""Rule 5: record, then send; record, then answer."""

from __future__ import annotations

import pytest

from opi_pos.model.news import NotKnown
from opi_pos.session.effects import Effect, Finish, Note, Record, Send
from opi_pos.testing.playbook import Playbook, abort, submit, told, told_status
from tests.opi_pos.session.values import (
    SILENCE,
    TEN,
    approved,
    order,
    paying,
    querying,
    ready,
    refused,
    running,
)


def test_the_intent_with_id_and_amount_is_durable_before_a_byte_leaves() -> None:
    session = ready()
    play = Playbook(session)
    first, second = submit("A", order()).step(session, play.at)
    assert isinstance(first, Record)
    assert isinstance(second, Send)
    (row,) = first.exchanges
    assert row.service_id == second.service_id == "1"
    assert (row.order.amount, row.order.reference, row.state) == (TEN, "A", "sending")
    assert row.begun_at == play.at.wall


def test_a_second_attempt_is_durable_with_its_own_id_before_it_leaves() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play.now += 0.5
        record, send = play.session.tick(play.at)
        assert isinstance(record, Record)
        assert isinstance(send, Send)
        assert record.exchanges[0].service_id == send.service_id == "2"


def test_a_result_is_durable_before_the_caller_sees_it() -> None:
    with running() as play:
        record, finish = told("A", "1", approved()).step(play.session, play.at)
        assert isinstance(record, Record)
        assert isinstance(finish, Finish)
        assert record.exchanges[0].result == finish.result
        assert finish.result.ended_at == play.at.wall


def test_a_clean_payment_costs_two_durable_commits() -> None:
    with paying() as play:
        later = [
            *told("A", "1", SILENCE).step(play.session, play.at),
            *told_status("A", NotKnown()).step(play.session, play.at),
            *told("A", "1", approved()).step(play.session, play.at),
        ]
    assert sum(isinstance(effect, Record) for effect in later) == 1


def test_a_doubt_is_durable_before_the_caller_hears_of_it() -> None:
    with querying() as play:
        play.now = 1000.0
        effects = play.session.tick(play.at)
    assert [type(effect).__name__ for effect in effects] == ["Record", "Finish", "Alarm"]


def test_an_abort_wish_costs_no_commit() -> None:
    with running() as play:
        effects: list[Effect] = abort("A").step(play.session, play.at)
    assert isinstance(effects[0], Note)


@pytest.mark.parametrize("state", ["running", "querying"])
def test_every_row_names_the_state_that_holds_after_the_step(state: str) -> None:
    with running() if state == "running" else querying() as play:
        effects = told("A", "1", approved()).step(play.session, play.at)
    rows = [row for effect in effects if isinstance(effect, Record) for row in effect.exchanges]
    assert [row.state for row in rows] == ["ended"]
