"""Rule 9: one money exchange per POI; login passes a running payment only as an explicit reset."""

from __future__ import annotations

import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.orders import Totals
from opi_pos.testing.playbook import (
    Playbook,
    login,
    logout,
    submit,
    told,
    told_login,
    told_logout,
    told_status,
)
from tests.opi_pos.session.values import (
    LOGGED_IN,
    SILENCE,
    approved,
    logged_out,
    order,
    paying,
    querying,
    ready,
    refused,
    running,
    signing,
)


def test_orders_wait_for_each_other_in_the_order_in_which_they_came() -> None:
    with running() as play:
        for reference in "BC":
            play >> submit(reference, order(reference))
        assert [play.session.place(e) for e in ("A", "B", "C", "Z")] == [0, 1, 2, None]  # type: ignore[arg-type]
        play >> told("A", "1", approved()) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record B sending: intent" << "send B #2 payment"


@pytest.mark.parametrize("till", [paying, running, querying, signing])
def test_nothing_else_starts_while_an_exchange_is_open(till: object) -> None:
    with till() as play:  # type: ignore[operator]
        play >> submit("B", order("B"))
        play >> submit("T", Totals())
        play >> login() << "finish login approved at once"
        play >> logout() << "finish login refused at once"


def test_nothing_starts_in_a_busy_wait_either() -> None:
    with running() as play:
        play >> told("A", "1", refused()) << "note A refused"
        play >> submit("B", order("B"))


def test_an_order_without_money_takes_its_turn_too() -> None:
    with Playbook(ready()) as play:
        play >> submit("T", Totals()) << "send T #1 totals"
        play >> submit("B", order("B"))
        play >> told("T", "1", LOGGED_IN) << "finish T approved"
        play << "record B sending: intent" << "send B #2 payment"


def test_a_login_waits_for_no_payment_and_is_refused() -> None:
    with running() as play:
        play.session.session.lost()
        play >> login() << "finish login refused at once"


def test_only_a_reset_passes_a_running_payment() -> None:
    with running() as play:
        play >> login(reset=True) << "send login #2 light"
        play >> told_login(LOGGED_IN) << "finish login approved" << "note logged_in"
        play >> told("A", "1", SILENCE) << "note A silence" << "send query #3 about #1"


def test_a_login_is_refused_while_a_doubt_may_still_run() -> None:
    with running(status=StatusQuery.NONE) as play:
        play >> told("A", "1", SILENCE) << ...
        play.session.session.lost()
        play >> login() << "finish login refused at once"
        play.now = 150.0
        play >> login() << "send login #2 light"


def test_a_question_about_an_exchange_passes_a_login() -> None:
    with querying() as play:
        play >> login(reset=True) << "send login #3 light"
        play >> told_status("A", approved()) << "record A ended: ended"
        play << "finish A approved by status"


# --- several who want a login -----------------------------------------------------------------


def test_who_is_logged_in_already_is_told_at_once() -> None:
    with Playbook(ready()) as play:
        play >> login() << "finish login approved at once"


def test_several_callers_share_one_login() -> None:
    with Playbook(logged_out()) as play:
        play >> login() << "send login #1 light"
        play >> login()
        play >> login(reset=True)
        play >> told_login(LOGGED_IN) << "finish login approved" << "finish login approved"
        play << "finish login approved" << "note logged_in"


def test_a_logout_during_a_login_is_refused_at_once_so_that_nobody_hears_anothers_answer() -> None:
    with Playbook(logged_out()) as play:
        play >> login() << "send login #1 light"
        play >> logout() << "finish login refused at once"
        play >> told_login(LOGGED_IN) << "finish login approved" << "note logged_in"


def test_a_login_during_a_logout_follows_it() -> None:
    with Playbook(ready()) as play:
        play >> logout() << "send logout #1"
        play >> login()
        play >> told_logout(LOGGED_IN) << "finish login approved" << "send login #2 light"
        play >> told_login(LOGGED_IN) << "finish login approved" << "note logged_in"
