"""Rule 8: recover before the next payment. Silence is asked about; the rest is in doubt."""

from __future__ import annotations

import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.news import NoAnswer, NoSession, NotKnown, Running, Written
from opi_pos.model.results import Outcome
from opi_pos.testing.playbook import (
    Playbook,
    after,
    resolve,
    restore,
    seen,
    submit,
    told,
    told_login,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    LOGGED_IN,
    LOGIN_BUSY,
    LOGIN_REFUSED,
    SILENCE,
    approved,
    logged_out,
    order,
    paying,
    querying,
    ready,
    row,
    running,
)

NO_ANSWER = NoAnswer(written=True, problem="timeout")


def exhaust(play: Playbook) -> Playbook:
    """Answer nothing until the till gives up."""
    exchange = play.session.exchanges["A"]  # type: ignore[index]
    while exchange.state.value == "querying":
        if exchange.query.asking:
            play >> told_status("A", NO_ANSWER) << ...
        play >> when_due() << ...
    return play


def test_silence_is_asked_about_at_once_and_every_five_seconds() -> None:
    with running() as play:
        play >> when_due() << "note A silence" << "send query #2 about #1"
        assert play.now == 60.0
        play >> told_status("A", NO_ANSWER)
        play >> when_due() << "send query #3 about #1"
        assert play.now == 65.0


def test_every_sign_of_the_exchange_starts_the_silence_anew() -> None:
    with running() as play:
        play.now = 50.0
        play >> seen("1")
        play >> after(59)
        play >> told("A", "1", Running())
        play >> when_due() << "note A silence" << "send query #2 about #1"
        assert play.now == 169.0


def test_a_sign_of_another_exchange_does_not() -> None:
    with running() as play:
        play.now = 50.0
        play >> seen("7")
        play >> when_due() << ...
        assert play.now == 60.0


def test_the_request_stays_open_while_the_till_asks() -> None:
    with querying() as play:
        play >> told("A", "1", Written()) << "note A written"
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"


def test_without_any_answer_it_is_in_doubt_after_ninety_seconds() -> None:
    with querying() as play:
        exhaust(play)
        assert play.now == 90.0
        assert [doubt.exchange_id for doubt in play.session.doubts()] == ["A"]


def test_a_till_that_could_not_run_asks_once_more_before_it_doubts() -> None:
    with querying() as play:
        play >> told_status("A", NO_ANSWER)
        play >> after(500) << "send query #3 about #1"
        play >> told_status("A", approved()) << "record A ended: ended"
        play << "finish A approved by status"


def test_the_answer_to_an_open_question_is_waited_for_but_not_for_ever() -> None:
    with querying() as play:
        play >> told_status("A", NO_ANSWER)
        play >> after(85) << "send query #3 about #1"
        play >> when_due() << "record A in_doubt: in_doubt" << "finish A in_doubt by none"
        play << "alarm A in_doubt"
        assert play.now == 105.0


def test_the_proof_that_it_runs_puts_that_off() -> None:
    with querying() as play:
        for moment in (80.0, 160.0, 240.0):
            play.now = moment
            play >> told_status("A", Running())
            play.session.exchanges["A"].query.asking = True  # type: ignore[index]
        assert play.session.wake_at() == 300.0


def test_but_not_over_the_hard_cap() -> None:
    with querying() as play:
        for _ in range(70):
            if play.session.doubts():
                break
            play >> told_status("A", Running())
            play >> when_due() << ...
        assert play.now == 300.0
        assert play.session.doubts()


def test_one_not_found_is_no_proof_for_the_request_may_still_be_on_its_way() -> None:
    with querying() as play:
        play >> told_status("A", NotKnown()) << "note A status_not_found"
        play >> when_due() << "send query #3 about #1"
        assert play.now == 5.0, "after the longest delay that the link allows"
        play >> told_status("A", NotKnown()) << "record A ended: ended"
        play << "finish A not_started by status"


def test_two_not_found_within_the_links_delay_are_no_proof_either() -> None:
    with querying(link_delay_s=12.0) as play:
        play >> told_status("A", NotKnown()) << "note A status_not_found"
        play >> after(5) << "send query #3 about #1"
        play >> told_status("A", NotKnown())
        play >> after(5) << "send query #4 about #1"
        play >> told_status("A", NotKnown())
        play >> when_due() << "send query #5 about #1"
        assert play.now == 12.0
        play >> told_status("A", NotKnown()) << ...
        assert not play.session.exchanges


def test_a_sign_of_life_between_two_not_found_takes_the_first_one_back() -> None:
    with querying() as play:
        play >> told_status("A", NotKnown()) << "note A status_not_found"
        play >> when_due() << "send query #3 about #1"
        play >> told_status("A", Running())
        play >> when_due() << "send query #4 about #1"
        play >> told_status("A", NotKnown())
        assert play.session.running() is not None


def test_not_found_proves_nothing_once_the_exchange_had_begun() -> None:
    with running() as play:
        play >> seen("1")
        play >> told("A", "1", SILENCE) << "note A silence" << "send query #2 about #1"
        for _ in range(6):
            play >> told_status("A", NotKnown()) << ...
            play >> when_due() << ...
        assert play.session.running() is not None
        exhaust(play)
        play.now += 500
        play >> told_status("A", NotKnown()) << ...
        assert play.session.doubts(), (
            "a terminal that forgot is no proof that it did not take money"
        )


def test_not_found_proves_nothing_while_the_request_may_yet_leave() -> None:
    with paying() as play:
        play >> when_due() << "note A silence" << "send query #2 about #1"
        play >> told_status("A", NotKnown()) << "note A status_not_found"
        play >> after(20) << "send query #3 about #1"
        play >> told_status("A", NotKnown())
        play >> told("A", "1", Written()) << "note A written"
        assert play.session.running() is not None


def test_not_found_proves_nothing_against_an_answer_that_came() -> None:
    with running() as play:
        play >> told("A", "1", approved(foreign_currency="USD", authorized=None)) << ...
        for _ in range(3):
            play >> when_due() << ...
            play >> told_status("A", NotKnown()) << ...
        assert play.session.doubts()


def test_where_nobody_can_be_asked_silence_is_in_doubt_at_once() -> None:
    with running(status=StatusQuery.NONE) as play:
        play >> told("A", "1", SILENCE) << "note A silence" << "record A in_doubt: in_doubt"
        play << "finish A in_doubt by none" << "alarm A in_doubt"
        assert play.session.wake_at() is None


def test_where_nobody_can_be_asked_an_open_request_is_waited_for() -> None:
    with running(status=StatusQuery.NONE) as play:
        play >> when_due() << "note A silence"
        play >> after(80)
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"


def test_a_doubt_is_asked_about_in_the_background_and_resolves_itself() -> None:
    with querying() as play:
        exhaust(play)
        for _ in range(3):
            play >> when_due() << ...
            play >> told_status("A", NO_ANSWER)
        play >> told_status("A", approved()) << "record A ended: ended"
        play << "finish A approved by status"
        play << "record alarm doubt_resolved" << "alarm A doubt_resolved"


# --- the session, while asking ---------------------------------------------------------------


def test_a_certain_lack_of_a_session_logs_in_and_asks_again_at_once() -> None:
    with querying() as play:
        play >> told_status("A", NoSession(certain=True)) << "send login #3 light"
        play >> told_login(LOGGED_IN) << "note logged_in" << "send query #4 about #1"


def test_an_uncertain_one_logs_in_only_when_the_payment_can_no_longer_run() -> None:
    with querying() as play:
        play >> told_status("A", NoSession(certain=False))
        play.now = 149.0
        play >> told_status("A", NoSession(certain=False)) << ...
        assert play.session.session.ready
        play.now = 150.0
        play >> told_status("A", NoSession(certain=False)) << "send login #3 light"


def test_no_login_for_one_exchange_while_another_may_run() -> None:
    with querying(doubt_closes=False) as play:
        exhaust(play)
        play.now = 1000.0
        play >> submit("B", order("B")) << ...
        for certain in (False, True):
            play >> told_status("A", NoSession(certain=certain))
            play.now += 10
            play >> after(0) << ...
        assert play.session.running() is not None
        assert play.session.session.state.value != "logging_in"


def test_a_refused_login_does_not_make_the_till_ask_and_log_in_without_a_pause() -> None:
    with Playbook(logged_out(), now=1.0) as play:
        play >> restore(row(state="in_doubt", changed_at=0.0)) << "send query #1 about #900"
        sent = []
        for _ in range(40):
            effects = told_status("A", NoSession(certain=True)).step(play.session, play.at)
            sent += [type(e).__name__ for e in effects]
            if play.session.session.state.value == "logging_in":
                told_login(LOGIN_REFUSED).step(play.session, play.at)
            play >> when_due() << ...
        assert play.now >= 190.0
        assert 2 <= sent.count("SendLogin") <= 5


def test_a_busy_login_for_a_doubt_is_tried_again() -> None:
    with querying() as play:
        play >> told_status("A", NoSession(certain=True)) << "send login #3 light"
        play >> told_login(LOGIN_BUSY)
        play >> when_due() << "send login #4 light"
        play >> told_login(LOGGED_IN) << "note logged_in" << "send query #5 about #1"


# --- what a doubt closes ---------------------------------------------------------------------


def resting(**changes: object) -> Playbook:
    """A till whose payment A is in doubt since long, with no question open."""
    play = exhaust(running(**changes) >> told("A", "1", SILENCE) << ...)
    play.now += 1000.0
    if play.session.exchanges["A"].query.asking:  # type: ignore[index]
        play >> told_status("A", NO_ANSWER) << ...
    return play


def test_a_doubt_is_asked_about_once_and_closes_the_terminal_to_new_money() -> None:
    with resting() as play:
        play >> submit("B", order("B")) << ...
        assert play.session.queue
        play >> told_status("A", NO_ANSWER) << "finish B not_started by link"


def test_the_refusal_names_the_doubt_and_the_command_that_resolves_it() -> None:
    with resting(status=StatusQuery.NONE) as play:
        (finish,) = submit("B", order("B")).step(play.session, play.at)
    message = finish.result.message  # type: ignore[union-attr]
    assert "opi-pos journal resolve A" in message


def test_if_the_question_resolves_the_doubt_the_new_payment_goes_on() -> None:
    with resting() as play:
        play >> submit("B", order("B")) << ...
        play >> told_status("A", approved()) << "record A ended: ended"
        play << "finish A approved by status"
        play << "record alarm doubt_resolved" << "alarm A doubt_resolved"
        play << "record B sending: intent" << ...


def test_a_person_opens_the_terminal_again() -> None:
    with resting(status=StatusQuery.NONE) as play:
        play >> resolve("A", Outcome.APPROVED) << "record A ended: resolved"
        play << "finish A approved by manual"
        play >> submit("B", order("B")) << "record B sending: intent" << ...


def test_beside_a_doubt_new_money_is_taken_only_if_the_shop_allows_it() -> None:
    with resting(doubt_closes=False) as play:
        play >> submit("B", order("B")) << "record B sending: intent" << ...


@pytest.mark.parametrize("status", [s for s in StatusQuery if s is not StatusQuery.BY_ID])
def test_and_only_where_the_terminal_can_be_asked_by_id(status: StatusQuery) -> None:
    with resting(doubt_closes=False, status=status) as play:
        play >> submit("B", order("B")) << ...
        if status is not StatusQuery.NONE:
            play >> told_status("A", NO_ANSWER) << "finish B not_started by link"
        assert not play.session.running()


def test_a_doubt_that_may_still_run_is_not_stopped_by_a_login_for_the_next_order() -> None:
    with querying(doubt_closes=False) as play:
        exhaust(play)
        play.session.session.lost()
        play >> submit("B", order("B")) << ...
        assert play.session.session.state.value == "closed"
        assert not play.session.queue


# --- a person decides -------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.IN_DOUBT])
def test_a_person_may_decide_any_end(outcome: Outcome) -> None:
    with resting(status=StatusQuery.NONE) as play:
        _, finish = resolve("A", outcome).step(play.session, play.at)
    result = finish.result  # type: ignore[union-attr]
    assert (result.outcome, result.ended_at) == (outcome, play.at.wall)
    assert (result.authorized is not None) == (outcome is Outcome.APPROVED)


def test_in_doubt_is_no_decision() -> None:
    with resting(status=StatusQuery.NONE) as play, pytest.raises(Exception, match="no end"):
        resolve("A", Outcome.IN_DOUBT).step(play.session, play.at)


def test_a_person_cannot_decide_about_what_runs_or_has_ended() -> None:
    with running() as play:
        play >> resolve("A", Outcome.DECLINED)
        play >> told("A", "1", approved()) << ...
        play >> resolve("A", Outcome.DECLINED)
        play >> resolve("Z", Outcome.DECLINED)


def test_asking_by_hand_asks_once() -> None:
    with resting() as play:
        session, at = play.session, play.at
        (query,) = session.ask("A", at)  # type: ignore[arg-type]
        assert type(query).__name__ == "SendQuery"
        assert session.ask("A", at) == []  # type: ignore[arg-type]
        assert session.ask("Z", at) == []  # type: ignore[arg-type]
        told_status("A", approved()).step(session, at)
        assert session.ask("A", at) == []  # type: ignore[arg-type]


def test_a_payment_in_a_fresh_second_is_asked_about_before_the_next_one() -> None:
    with Playbook(ready()) as play:
        play >> restore(row(state="in_doubt")) << "send query #1 about #900"
        play >> submit("B", order("B"))
        play >> told_status("A", NO_ANSWER) << "finish B not_started by link"
