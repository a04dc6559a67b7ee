"""Rule 12: limits everywhere, each at the limit and one past it."""

from __future__ import annotations

from opi_pos.model.news import AbortLost
from opi_pos.model.orders import Totals
from opi_pos.session.effects import SendAbort
from opi_pos.session.sale import QUEUE_AT_MOST, SaleSession
from opi_pos.session.service_ids import LOW, ServiceIDs
from opi_pos.session.terms import ABORTS_AT_MOST, RETRY_AFTER_BUSY_S, retry_delay_s
from opi_pos.testing.playbook import Playbook, abort, after, login, submit, told
from tests.opi_pos.session.values import order, running, terms


def test_so_many_orders_may_wait_and_not_one_more() -> None:
    with running() as play:
        for number in range(QUEUE_AT_MOST):
            play >> submit(f"B{number}", order(f"B{number}"))
        play >> submit("C", order("C")) << "finish C not_started by link"
        play >> submit("T", Totals()) << "finish T refused"


def test_so_many_aborts_are_sent_and_not_one_more() -> None:
    with running() as play:
        effects = abort("A").step(play.session, play.at)
        for _ in range(ABORTS_AT_MOST + 1):
            told("A", "1", AbortLost(problem="?")).step(play.session, play.at)
            play.now += 2
            effects += after(0).step(play.session, play.at)
    assert sum(isinstance(effect, SendAbort) for effect in effects) == ABORTS_AT_MOST


def test_the_waits_for_a_busy_terminal_grow_and_the_last_one_repeats() -> None:
    waits = [retry_delay_s(attempt) for attempt in range(1, len(RETRY_AFTER_BUSY_S) + 2)]
    assert waits == [*RETRY_AFTER_BUSY_S, RETRY_AFTER_BUSY_S[-1]]


def test_new_service_ids_are_wanted_when_few_are_left() -> None:
    numbers = ServiceIDs()
    numbers.reserved(1, LOW + 1)
    play = Playbook(SaleSession(terms(), numbers))
    play >> login() << "send login #1 light"
    assert numbers.left == LOW
    play >> after(0)
    numbers.next()
    play >> after(0) << "reserve service ids"
