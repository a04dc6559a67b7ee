"""The session with a terminal: login and logout, busy, refused, lost, and maintenance."""

from __future__ import annotations

import pytest

from opi_pos.model.devices import EventKind
from opi_pos.model.news import Answer, Ended, NoAnswer, Refusal, Running, Verdict, Written
from opi_pos.model.orders import Diagnose, Totals
from opi_pos.session.sale import MAINTENANCE_AGAIN_S
from opi_pos.testing.playbook import (
    Playbook,
    after,
    event,
    login,
    logout,
    seen,
    submit,
    told,
    told_login,
    told_logout,
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
    ready,
    refused,
    running,
)

REQUIRED = event(EventKind.MAINTENANCE_REQUIRED)
BEGUN = event(EventKind.MAINTENANCE_BEGUN)
DONE = event(EventKind.MAINTENANCE_ENDED)
LOGOUT_BUSY = Ended(answer=Answer(verdict=Verdict.REFUSED, refusal=Refusal.BUSY))
NO_SESSION = Ended(answer=Answer(verdict=Verdict.REFUSED, refusal=Refusal.LOGGED_OUT))


def test_an_order_without_a_session_logs_in_first() -> None:
    with Playbook(logged_out()) as play:
        play >> submit("A", order()) << "send login #1 light"
        play >> submit("B", order("B"))
        play >> told_login(LOGGED_IN) << "note logged_in"
        play << "record A sending: intent" << "send A #2 payment"


def test_a_busy_login_is_tried_again_and_bounded() -> None:
    with Playbook(logged_out(busy_s=3.0)) as play:
        play >> submit("A", order()) << "send login #1 light"
        for number in "234":
            play >> told_login(LOGIN_BUSY)
            play >> when_due() << f"send login #{number} light"
        play >> told_login(LOGIN_BUSY) << "finish A not_started by response"
        assert play.now <= 3.0
        assert play.session.wake_at() is None


def test_a_busy_login_that_only_a_caller_wants_is_tried_again_too() -> None:
    with Playbook(logged_out()) as play:
        play >> login() << "send login #1 light"
        play >> told_login(LOGIN_BUSY)
        play >> login()
        play >> when_due() << "send login #2 light"
        play >> told_login(LOGGED_IN) << "finish login approved" << "finish login approved"
        play << "note logged_in"


def test_a_refused_login_ends_what_waits_for_it_and_is_not_repeated() -> None:
    with Playbook(logged_out()) as play:
        play >> submit("A", order()) << "send login #1 light"
        play >> submit("T", Totals())
        play >> login()
        play >> told_login(LOGIN_REFUSED) << "finish login declined"
        play << "finish A not_started by response" << "finish T refused"
        assert play.session.wake_at() is None


@pytest.mark.parametrize("news", [SILENCE, NoAnswer(written=False, problem="?")])
def test_a_login_without_an_answer_ends_what_waits_for_it(news: NoAnswer) -> None:
    with Playbook(logged_out()) as play:
        play >> submit("A", order()) << "send login #1 light"
        play >> told_login(news) << "finish A not_started by link"


def test_the_next_order_tries_again() -> None:
    with Playbook(logged_out()) as play:
        play >> submit("A", order()) << "send login #1 light"
        play >> told_login(LOGIN_REFUSED) << "finish A not_started by response"
        play >> submit("B", order("B")) << "send login #2 light"


def test_late_and_double_news_of_a_login_change_nothing() -> None:
    with Playbook(logged_out()) as play:
        play >> told_login(LOGGED_IN)
        play >> login() << "send login #1 light"
        play >> told_login(Running())
        play >> told_login(LOGGED_IN) << "finish login approved" << "note logged_in"
        play >> told_login(LOGIN_REFUSED)
        assert play.session.session.ready


@pytest.mark.parametrize("news", [LOGGED_IN, SILENCE, NO_SESSION])
def test_after_a_logout_the_session_counts_as_closed(news: Ended) -> None:
    with Playbook(ready()) as play:
        play >> logout() << "send logout #1"
        play >> logout() << "finish login refused at once"
        play >> told_logout(news) << f"finish login {_verdict(news)}"
        play >> told_logout(news)
        play >> logout() << "finish login approved at once"
        assert not play.session.session.ready


def _verdict(news: Ended) -> str:
    return news.answer.verdict.value if isinstance(news, Ended) else "unclear"


def test_a_refused_logout_keeps_the_session() -> None:
    with Playbook(ready()) as play:
        play >> logout() << "send logout #1"
        play >> told_logout(LOGOUT_BUSY) << "finish login refused"
        assert play.session.session.ready
        assert play.session.wake_at() is None


def test_an_order_during_the_logout_logs_in_again() -> None:
    with Playbook(ready()) as play:
        play >> logout() << "send logout #1"
        play >> submit("A", order())
        play >> told_logout(LOGGED_IN) << "finish login approved" << "send login #2 light"


def test_an_earlier_process_may_have_left_the_session_open() -> None:
    with Playbook(ready()) as play:
        play >> submit("A", order()) << "record A sending: intent" << "send A #1 payment"


# --- orders without money -----------------------------------------------------------------------


def test_an_order_without_money_ends_with_the_terminals_answer() -> None:
    with Playbook(ready()) as play:
        play >> submit("T", Totals()) << "send T #1 totals"
        play >> told("T", "1", Written())
        play >> told("T", "1", LOGGED_IN) << "finish T approved"
        play >> told("T", "1", LOGGED_IN) << "note T answer_for_nobody"


def test_one_that_gets_no_answer_ends_too_and_the_next_goes_on() -> None:
    with Playbook(ready()) as play:
        play >> submit("T", Totals()) << "send T #1 totals"
        play >> submit("D", Diagnose())
        play >> when_due() << "finish T unclear" << "send D #2 diagnose"
        assert play.now == 150.0


def test_its_signs_of_life_put_that_off() -> None:
    with Playbook(ready()) as play:
        play >> submit("T", Totals()) << "send T #1 totals"
        play.now = 100.0
        play >> told("T", "1", Running())
        assert play.session.wake_at() == 250.0
        play.now = 200.0
        play >> seen("1")
        assert play.session.wake_at() == 350.0


def test_a_terminal_that_has_no_session_is_logged_in_for_the_next_order() -> None:
    with Playbook(ready()) as play:
        play >> submit("T", Totals()) << "send T #1 totals"
        play >> told("T", "1", refused(Refusal.LOGGED_OUT)) << "finish T refused"
        play >> submit("D", Diagnose()) << "send login #2 light"


# --- maintenance --------------------------------------------------------------------------------


def test_the_maintenance_flow() -> None:
    with Playbook(ready()) as play:
        play >> REQUIRED << "send logout #1 for maintenance"
        play >> told_logout(LOGGED_IN, maintenance_allowed=True)
        play >> BEGUN
        play >> DONE << "send login #2 light"
        play >> told_login(LOGGED_IN) << "note logged_in"


def test_a_running_payment_is_finished_first() -> None:
    with running() as play:
        play >> REQUIRED
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response" << "send logout #2 for maintenance"


def test_a_refused_logout_for_maintenance_is_tried_again_after_a_pause() -> None:
    with Playbook(ready()) as play:
        play >> REQUIRED << "send logout #1 for maintenance"
        play >> told_logout(LOGOUT_BUSY, maintenance_allowed=True)
        play >> after(1)
        play >> when_due() << "send logout #2 for maintenance"
        assert play.now == MAINTENANCE_AGAIN_S
        play >> told_logout(LOGGED_IN, maintenance_allowed=True)
        assert play.session.wake_at() is None


def test_a_payment_during_the_maintenance_logs_in_for_itself() -> None:
    with Playbook(ready()) as play:
        play >> BEGUN
        play >> submit("A", order()) << "send login #1 light"
        play >> told_login(LOGIN_BUSY)
        play >> when_due() << "send login #2 light"


def test_a_busy_wait_that_maintenance_interrupts_logs_in_again() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> BEGUN
        play >> when_due() << "send login #2 light"
        play >> told_login(LOGGED_IN) << "note logged_in"
        play << "record A sending: sent_again" << "send A #3 payment"


def test_in_maintenance_the_till_is_logged_out_already() -> None:
    with Playbook(ready()) as play:
        play >> BEGUN
        play >> logout() << "finish login approved at once"


def test_the_end_of_a_maintenance_that_nobody_saw_begin_logs_in() -> None:
    with Playbook(logged_out()) as play:
        play >> DONE << "send login #1 light"


def test_the_end_of_a_maintenance_does_not_log_in_again_where_a_session_is_open() -> None:
    with Playbook(ready()) as play:
        play >> DONE


def test_nobody_is_told_of_a_logout_that_nobody_asked_for() -> None:
    with Playbook(ready()) as play:
        play >> REQUIRED << "send logout #1 for maintenance"
        play >> login()
        play >> told_logout(LOGGED_IN, maintenance_allowed=True) << "send login #2 light"
        play >> told_login(LOGGED_IN) << "finish login approved" << "note logged_in"


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_is_taken_in_every_state_of_the_session(kind: EventKind) -> None:
    logging_in = Playbook(logged_out()) >> login() << ...
    logging_out = Playbook(ready()) >> logout() << ...
    maintenance = Playbook(ready()) >> BEGUN << ...
    for play in (Playbook(logged_out()), Playbook(ready()), logging_in, logging_out, maintenance):
        play >> event(kind) << ...
