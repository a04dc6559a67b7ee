"""Rule 13: what a terminal cannot do is not sent to it."""

from __future__ import annotations

import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.orders import Integration
from opi_pos.model.results import Operation
from opi_pos.testing.playbook import Playbook, abort, login, logout, submit, told, when_due
from tests.opi_pos.session.values import (
    SILENCE,
    logged_out,
    order,
    ready,
    running,
    terms,
    to_sign,
)


def test_a_terminal_without_sessions_is_always_ready_and_never_sent_a_login() -> None:
    with Playbook(logged_out(login=False)) as play:
        play >> submit("A", order()) << "record A sending: intent" << "send A #1 payment"
        play >> login(reset=True) << "finish login approved at once"


def test_it_has_no_session_to_log_out_from() -> None:
    with Playbook(logged_out(login=False)) as play:
        play >> logout() << "finish login approved at once"


def test_a_terminal_without_status_is_never_asked() -> None:
    with running(status=StatusQuery.NONE) as play:
        play >> told("A", "1", SILENCE) << ...
        assert not any("query" in line for line in play.talk)


def test_a_terminal_without_abort_is_sent_none() -> None:
    with running(abort=False) as play:
        play >> abort() << "note A abort_wished"


def test_where_nothing_can_be_reversed_nobody_is_asked_about_the_signature() -> None:
    able = frozenset({Operation.PAYMENT})
    with running(can_confirm=True, operations=able) as play:
        play >> told("A", "1", to_sign()) << "record A ended: ended"
        play << "finish A approved by response"


@pytest.mark.parametrize("integration", Integration)
def test_the_login_says_what_the_till_can_do(integration: Integration) -> None:
    with Playbook(logged_out(integration=integration)) as play:
        play >> login() << f"send login #1 {integration.value}"


def test_the_silence_that_a_terminal_needs_is_its_own() -> None:
    with running(silence_s=10.0, query_every_s=2.0) as play:
        play >> when_due() << ...
        assert play.now == 10.0


def test_the_terms_say_whether_it_can_be_asked() -> None:
    assert terms().can_ask
    assert not terms(status=StatusQuery.NONE).can_ask
    assert ready().session.ready
