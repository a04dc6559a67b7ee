"""Rule 6: never send money twice. Only the terminal's own refusal lets it go out again."""

from __future__ import annotations

import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.news import AbortLost, NoAnswer, NotKnown, Refusal, Running, Written
from opi_pos.session.effects import Send
from opi_pos.testing.playbook import (
    abort,
    after,
    key_taken,
    seen,
    submit,
    told,
    told_login,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    LOGGED_IN,
    NEVER_LEFT,
    SILENCE,
    UNCLEAR,
    approved,
    declined,
    order,
    paying,
    refused,
    running,
)


def test_busy_is_tried_again_with_a_new_service_id_after_a_wait() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> after(0.4)
        play >> when_due() << "record A sending: sent_again" << "send A #2 payment"
        assert play.now == 0.5


def test_busy_to_the_end_has_not_started() -> None:
    with running(busy_s=3.0) as play:
        for attempt in "123":
            play >> told("A", attempt, refused(service_id=attempt)) << "note A refused"
            play >> when_due() << ...
        play >> told("A", "4", refused(service_id="4")) << "record A ended: ended"
        play << "finish A not_started by response"
        assert play.now <= 3.0


@pytest.mark.parametrize("refusal", [Refusal.LOGGED_OUT, Refusal.NOT_ALLOWED])
def test_without_a_session_it_goes_out_again_once_after_a_login(refusal: Refusal) -> None:
    with running() as play:
        play >> told("A", "1", refused(refusal)) << "note A refused" << "send login #2 light"
        assert play.session.wake_at() is None, "nothing to do before the login is answered"
        play >> told_login(LOGGED_IN) << "note logged_in"
        play << "record A sending: sent_again" << "send A #3 payment"
        play >> told("A", "3", refused(refusal, "3")) << "record A ended: ended"
        play << "finish A not_started by response"
        play >> submit("B", order("B")) << "send login #4 light"


@pytest.mark.parametrize(
    "news",
    [SILENCE, UNCLEAR, Written(), Running(), AbortLost(problem="?"), declined(), approved()],
    ids=["silence", "unclear", "written", "running", "abort_lost", "declined", "approved"],
)
def test_nothing_else_sends_it_again(news: NoAnswer) -> None:
    with running() as play:
        effects = told("A", "1", news).step(play.session, play.at)
        for moment in range(1, 2000, 3):
            play.now = float(moment)
            effects += play.session.tick(play.at)
    assert not [effect for effect in effects if isinstance(effect, Send)]


@pytest.mark.parametrize("refusal", [Refusal.BUSY, Refusal.LOGGED_OUT, Refusal.NOT_ALLOWED])
def test_a_refusal_that_comes_after_silence_ends_it_and_sends_nothing(refusal: Refusal) -> None:
    with running() as play:
        play >> after(60) << "note A silence" << "send query #2 about #1"
        play >> told("A", "1", refused(refusal)) << "record A ended: ended"
        play << "finish A not_started by response"


def test_a_refusal_that_comes_in_doubt_resolves_the_doubt_and_sends_nothing() -> None:
    with running(status=StatusQuery.NONE) as play:
        play >> when_due() << "note A silence"
        play >> when_due() << "record A in_doubt: in_doubt" << "finish A in_doubt by none"
        play << "alarm A in_doubt"
        play >> told("A", "1", refused()) << "record A ended: ended"
        play << "finish A not_started by response"
        play << "record alarm doubt_resolved" << "alarm A doubt_resolved"


def test_a_refusal_of_what_had_begun_may_be_that_of_a_doubled_request_and_is_asked_about() -> None:
    with running() as play:
        play >> seen("1")
        play >> told("A", "1", refused()) << "note A silence" << "send query #2 about #1"
        play >> told_status("A", approved()) << "record A ended: ended"
        play << "finish A approved by status"


def test_such_a_refusal_stands_when_the_status_knows_nothing_of_it_either() -> None:
    with running() as play:
        play >> seen("1")
        play >> told("A", "1", refused()) << "note A silence" << "send query #2 about #1"
        play >> told_status("A", NotKnown()) << "note A status_not_found"
        play >> when_due() << "send query #3 about #1"
        play >> told_status("A", NotKnown()) << "record A ended: ended"
        play << "finish A not_started by status"


def test_where_nobody_can_be_asked_the_class_of_the_refusal_decides() -> None:
    with running(status=StatusQuery.NONE) as play:
        play >> seen("1")
        play >> told("A", "1", refused(Refusal.UNAVAILABLE)) << "record A ended: ended"
        play << "finish A not_started by response"


def test_an_approval_after_the_refusal_stops_the_next_attempt() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"
        assert play.session.wake_at() is None
        play >> after(30)


def test_an_approval_of_an_earlier_attempt_stops_the_next_one_too() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> when_due() << "record A sending: sent_again" << "send A #2 payment"
        play >> told("A", "2", refused(service_id="2")) << "note A refused"
        play >> told("A", "1", approved()) << "record alarm earlier_attempt_approved"
        play << "alarm A earlier_attempt_approved"
        play << "record A ended: ended" << "finish A approved by response"


def test_an_approval_of_an_earlier_attempt_stops_the_one_that_runs_and_stays_the_result() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> when_due() << ...
        play >> told("A", "2", Written()) << "note A written"
        play >> told("A", "1", approved()) << "record alarm earlier_attempt_approved"
        play << "alarm A earlier_attempt_approved"
        play << "note A abort_wished" << "send abort #3 of #2"
        play >> told("A", "2", declined("2")) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record alarm approved_after_abort" << "alarm A approved_after_abort"


def test_a_foreign_approval_is_not_taken_for_an_earlier_attempt() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> when_due() << ...
        play >> told("A", "1", approved("1", "B"))
        play >> told("A", "2", declined("2")) << "record A ended: ended"
        play << "finish A declined by response"


def test_a_key_that_the_journal_holds_already_sends_nothing_and_lets_the_next_go_on() -> None:
    with paying() as play:
        play >> submit("B", order("B"))
        play >> key_taken("A") << "record B sending: intent" << "send B #2 payment"
        assert "A" not in play.session.exchanges


def test_a_second_attempt_that_cannot_be_recorded_ends_as_not_sent() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> when_due() << "record A sending: sent_again" << "send A #2 payment"
        play >> key_taken("A") << "record A ended: ended" << "finish A not_started by link"


def test_a_key_that_was_taken_for_something_unknown_changes_nothing() -> None:
    with paying() as play:
        play >> key_taken("Z")
        assert list(play.session.exchanges) == ["A"]


def test_a_command_of_which_no_byte_left_has_not_started() -> None:
    with paying() as play:
        play >> told("A", "1", NEVER_LEFT) << "record A ended: ended"
        play << "finish A not_started by link"


def test_that_no_byte_left_is_believed_after_a_long_silence_too() -> None:
    with paying() as play:
        play >> when_due() << "note A silence" << "send query #2 about #1"
        play >> told("A", "1", NEVER_LEFT) << "record A ended: ended"
        play << "finish A not_started by link"


@pytest.mark.parametrize("proof", ["written", "seen"])
def test_that_no_byte_left_is_not_believed_against_proof(proof: str) -> None:
    with paying() as play:
        play >> (told("A", "1", Written()) if proof == "written" else seen("1")) << ...
        play >> told("A", "1", NEVER_LEFT) << "note A silence" << "send query #2 about #1"


def test_an_abort_during_the_wait_sends_nothing_more() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> abort("A") << "record A ended: ended" << "finish A not_started by response"
        play >> after(60)
