"""Rule 7: an abort is a wish. What was not sent ends; what was sent stays open until its result."""

from __future__ import annotations

import pytest

from opi_pos.model.devices import EventKind
from opi_pos.model.news import AbortLost, Answer, Ended, Running, Verdict, Written
from opi_pos.model.orders import Totals
from opi_pos.testing.playbook import (
    Playbook,
    abort,
    after,
    confirmed,
    event,
    seen,
    submit,
    told,
    told_login,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    LOGGED_IN,
    SILENCE,
    answer,
    approved,
    in_doubt,
    logged_out,
    order,
    paying,
    querying,
    ready,
    refused,
    reversing,
    running,
    signing,
)

LOST = AbortLost(problem="not known")
ABORTED = Ended(answer=answer(Verdict.ABORTED))


def test_in_the_queue_it_ends_the_exchange_which_is_never_sent() -> None:
    with running() as play:
        play >> submit("B", order("B"))
        play >> abort("B") << "finish B not_started by link"
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"


def test_while_the_order_waits_for_the_login_it_ends_the_exchange() -> None:
    with Playbook(logged_out()) as play:
        play >> submit("A", order()) << "send login #1 light"
        play >> abort() << "finish A not_started by link"
        play >> told_login(LOGGED_IN) << "note logged_in"


def test_before_the_command_has_left_the_abort_waits_for_it() -> None:
    with paying() as play:
        play >> abort("A") << "note A abort_wished"
        play >> told("A", "1", Written()) << "note A written" << "send abort #2 of #1"
        play >> told("A", "1", Written()) << "note A written"
        play >> told("A", "1", ABORTED) << "record A ended: ended"
        play << "finish A aborted by response"


def test_a_sign_of_the_terminal_is_proof_enough_that_it_has_left() -> None:
    with paying() as play:
        play >> abort("A") << "note A abort_wished"
        play >> seen("1") << "send abort #2 of #1"
        play >> seen("1")


def test_after_a_silence_before_the_first_byte_the_abort_still_waits() -> None:
    with paying() as play:
        play >> when_due() << "note A silence" << "send query #2 about #1"
        play >> abort() << "note A abort_wished"
        play >> told("A", "1", Written()) << "note A written" << "send abort #3 of #1"


def test_the_exchange_stays_open_until_its_own_result() -> None:
    with running() as play:
        play >> abort("A") << "note A abort_wished" << "send abort #2 of #1"
        play >> after(50)
        assert play.session.running() is not None


def test_approved_after_an_abort_is_a_normal_result_and_is_raised() -> None:
    with running() as play:
        play >> abort("A") << "note A abort_wished" << "send abort #2 of #1"
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record alarm approved_after_abort" << "alarm A approved_after_abort"


def test_an_abort_that_the_terminal_did_not_know_is_repeated_and_bounded() -> None:
    with running() as play:
        play >> abort("A") << "note A abort_wished" << "send abort #2 of #1"
        play >> told("A", "1", LOST)
        play >> when_due() << "send abort #3 of #1"
        assert play.now == 2.0
        play >> event(EventKind.ABORT_UNKNOWN)
        play >> when_due() << "send abort #4 of #1"
        play >> told("A", "1", LOST)
        play >> when_due() << "note A silence" << "send query #5 about #1"
        play >> abort("A") << "note A abort_wished"


def test_a_lost_abort_that_nobody_wished_is_not_repeated() -> None:
    with running() as play:
        play >> event(EventKind.ABORT_UNKNOWN)
        play >> after(10)


def test_a_terminal_that_cannot_abort_is_not_sent_one() -> None:
    with running(abort=False) as play:
        play >> abort("A") << "note A abort_wished"
        play >> told("A", "1", approved()) << ...


def test_while_the_till_asks_what_became_of_it_the_abort_goes_out() -> None:
    with querying() as play:
        play >> abort("A") << "note A abort_wished" << "send abort #3 of #1"
        play >> told_status("A", Running())
        play >> told_status("A", ABORTED) << "record A ended: ended"
        play << "finish A aborted by status"


def test_in_doubt_it_goes_out_if_the_exchange_is_named() -> None:
    with in_doubt() as play:
        play >> abort()
        play >> abort("A") << "note A abort_wished" << "send abort #2 of #1"


def test_after_the_end_it_does_nothing() -> None:
    with running() as play:
        play >> told("A", "1", approved()) << ...
        play >> abort("A")
        play >> abort()
        play >> told("A", "1", Written())


def test_when_nothing_runs_it_does_nothing() -> None:
    with Playbook(ready()) as play:
        play >> abort()
        play >> abort("Z")


def test_while_the_cashier_looks_at_the_signature_it_does_nothing() -> None:
    with signing() as play:
        play >> submit("B", order("B"))
        play >> abort()
        play >> abort("A")
        assert play.session.place(play.session.queue[0].exchange_id) == 1


def test_the_queued_reversal_of_a_refused_signature_is_not_taken_back() -> None:
    with signing() as play:
        play >> event(EventKind.MAINTENANCE_BEGUN)
        play >> confirmed("A", accepted=False) << "record A reversing: signature_refused"
        play << "send login #2 light"
        play >> abort("A/signature")
        play >> told_login(LOGGED_IN) << "note logged_in"
        play << "record A/signature sending: intent" << "send A/signature #3 reversal" << ...


def test_a_running_reversal_takes_the_wish_and_its_result_decides() -> None:
    with reversing() as play:
        play >> told("A/signature", "2", Written()) << "note A/signature written"
        play >> abort() << "note A/signature abort_wished" << "send abort #3 of #2"
        aborted = Ended(answer=Answer(verdict=Verdict.ABORTED))
        play >> told("A/signature", "2", aborted)
        play << "record A/signature ended, A ended: ended, ended, alarm reversal_failed"
        play << "finish A/signature aborted by response" << "finish A approved by response"
        play << "alarm A reversal_failed"


def test_after_its_time_the_till_wishes_once_that_it_stops_and_the_result_still_decides() -> None:
    with Playbook(ready()) as play:
        play >> submit("A", order(timeout_s=20.0)) << ...
        play >> told("A", "1", Written()) << "note A written"
        play >> when_due() << "note A abort_wished" << "send abort #2 of #1"
        assert play.now == 20.0
        play >> when_due() << "note A silence" << "send query #3 about #1"
        play >> told("A", "1", approved()) << ...


def test_its_time_runs_in_the_queue_too() -> None:
    with running() as play:
        play >> submit("B", order("B", timeout_s=20.0))
        play >> when_due() << "finish B not_started by link"
        assert play.now == 20.0


def test_its_time_runs_in_the_wait_for_a_busy_terminal_too() -> None:
    with Playbook(ready(busy_s=100.0)) as play:
        play >> submit("A", order(timeout_s=2.0)) << ...
        for attempt in "12":
            play >> told("A", attempt, refused(service_id=attempt)) << "note A refused"
            play >> when_due() << ...
        play >> told("A", "3", refused(service_id="3")) << "note A refused"
        play >> when_due() << "record A ended: ended" << "finish A not_started by response"
        assert play.now == 2.0


@pytest.mark.parametrize("whose", ["T", None])
def test_an_order_without_money_is_stopped_by_one_abort(whose: str | None) -> None:
    with Playbook(ready()) as play:
        play >> submit("T", Totals()) << "send T #1 totals"
        play >> abort(whose) << "send abort #2 of #1"
        play >> abort(whose)
        play >> told("T", "1", SILENCE) << "finish T unclear"
