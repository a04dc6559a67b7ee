"""Rule 5: record, then send; record, then answer."""

from __future__ import annotations

import pytest

from opi_pos.model.ids import ExchangeID
from opi_pos.model.news import Evidence, NotKnown, Written
from opi_pos.session.effects import Effect, Finish, Note, Record, Send, SendQuery
from opi_pos.testing.playbook import Playbook, abort, restore, submit, told, told_status
from tests.opi_pos.session.values import (
    SILENCE,
    TEN,
    approved,
    declined,
    order,
    paying,
    querying,
    ready,
    refused,
    running,
)

A = ExchangeID("A")


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


def test_what_a_driver_keeps_as_evidence_is_durable_before_it_goes_on() -> None:
    with paying() as play:
        play >> told("A", "1", Evidence(data={"trace": 41})) << "record A sending: evidence"
        play >> told("A", "1", Written()) << "note A written"
        play >> told("A", "1", Evidence(data={"receipt": 7})) << "record A running: evidence"
        assert play.session.exchanges[A].row(play.at).evidence == {"trace": 41, "receipt": 7}


def test_evidence_is_no_result() -> None:
    with running() as play:
        play >> told("A", "1", Evidence(data={"result": "approved"}))
        play << "record A running: evidence"
        play >> told("A", "1", declined()) << "record A ended: ended"
        play << "finish A declined by response"
        play >> told("A", "1", Evidence(data={"result": "approved"}))


def test_evidence_comes_back_with_the_question_after_a_restart_too() -> None:
    play = running() >> told("A", "1", Evidence(data={"trace": 41})) << ...
    row = play.session.exchanges[A].row(play.at)
    effects = told("A", "1", SILENCE).step(play.session, play.at)
    again = Playbook(ready())
    effects += restore(row).step(again.session, again.at)
    queries = [effect for effect in effects if isinstance(effect, SendQuery)]
    assert [query.evidence for query in queries] == [{"trace": 41}, {"trace": 41}]


def test_a_match_of_evidence_is_a_proof_of_its_own() -> None:
    with querying() as play:
        play >> told_status("A", approved(service_id=None, by_evidence=True))
        play << "record A ended: ended" << "finish A approved by evidence"


def test_evidence_that_names_another_exchange_is_not_believed() -> None:
    with querying() as play:
        play >> told_status("A", approved(None, "B", by_evidence=True))
        play << "record stray_answer" << "alarm A stray_answer"
