"""The playbook itself: it takes what was expected, and shows the whole talk when it differs."""

from __future__ import annotations

import pytest

from opi_pos.model.news import Written
from opi_pos.testing.playbook import Playbook, after, submit, told, when_due
from tests.opi_pos.session.values import order, ready

TALK = """\
the talk was:
     0.0 >> submit A payment
         <<   record A sending: intent
         - send A #2 payment
         + send A #1 payment"""


def test_a_mismatch_shows_the_talk_what_was_expected_and_what_came() -> None:
    play = Playbook(ready()) >> submit("A", order()) << "record A sending: intent"
    with pytest.raises(AssertionError) as caught:
        play << "send A #2 payment"
    assert str(caught.value) == TALK


def test_what_does_not_come_is_a_mismatch_too() -> None:
    play = Playbook(ready()) >> after(1)
    with pytest.raises(AssertionError, match=r"- send A #1 payment\n +\+ nothing"):
        play << "send A #1 payment"


def test_what_nobody_expected_fails_at_the_next_event() -> None:
    play = Playbook(ready()) >> submit("A", order()) << "record A sending: intent"
    with pytest.raises(AssertionError, match=r"\+ send A #1 payment"):
        play >> told("A", "1", Written())


def test_or_at_the_end() -> None:
    with (
        pytest.raises(AssertionError, match=r"\+ record A sending: intent"),
        Playbook(ready()) as play,
    ):
        play >> submit("A", order())


def test_an_error_in_the_block_is_not_hidden_by_that() -> None:
    play = Playbook(ready())
    with pytest.raises(ZeroDivisionError), play:
        (play >> submit("A", order())).now /= 0


def test_three_dots_take_whatever_comes() -> None:
    with Playbook(ready()) as play:
        play >> submit("A", order()) << ...
        assert len(play.talk) == 3


def test_time_goes_on_by_seconds_or_until_the_rules_want_to_be_woken() -> None:
    with Playbook(ready()) as play:
        play >> submit("A", order()) << ...
        play >> after(59.5)
        assert play.now == 59.5
        play >> when_due() << ...
        assert play.now == 60.0


def test_waiting_for_rules_that_want_nothing_fails() -> None:
    with pytest.raises(AssertionError, match="want to be woken"):
        Playbook(ready()) >> when_due()
