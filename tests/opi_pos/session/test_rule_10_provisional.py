"""Rule 10: a late result may replace a provisional one, and nothing else."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.facts import Exchange
from opi_pos.model.news import Ended, NotKnown, Running, Verdict
from opi_pos.model.results import Confidence, Outcome
from opi_pos.session.effects import Effect, Instant, SendQuery
from opi_pos.session.terms import CHECKS_AFTER_S
from opi_pos.testing.playbook import WALL, Playbook, after, told, told_status
from tests.opi_pos.session.values import (
    SILENCE,
    UNCLEAR,
    answer,
    approved,
    declined,
    ready,
    running,
)


def perhaps(verdict: Verdict) -> Ended:
    """An end of which the system is known to think better."""
    plain = answer(verdict)
    return Ended(answer=msgspec.structs.replace(plain, confidence=Confidence.PROVISIONAL))


def ended() -> Playbook:
    """A till whose payment A was declined, provisionally."""
    return running() >> told("A", "1", perhaps(Verdict.DECLINED)) << ...


def row_of(play: Playbook) -> Exchange:
    session = play.session
    exchange = session._known("A")  # type: ignore[arg-type]
    assert exchange is not None
    return exchange.row(Instant(0.0, WALL))


def test_a_late_success_replaces_a_provisional_failure_and_is_an_alarm() -> None:
    with ended() as play:
        play >> told_status("A", approved()) << "record A ended: overturned"
        play << "finish A approved by status"
        play << "record alarm provisional_overturned" << "alarm A provisional_overturned"
        assert row_of(play).result is not None
        assert row_of(play).result.outcome is Outcome.APPROVED  # type: ignore[union-attr]
        # From now on it is final, like any other.
        play >> told_status("A", declined()) << "record alarm late_answer_disagrees"
        play << "alarm A late_answer_disagrees"


@pytest.mark.parametrize("news", [perhaps(Verdict.DECLINED), perhaps(Verdict.ABORTED), UNCLEAR])
def test_a_late_failure_changes_nothing(news: Ended) -> None:
    with ended() as play:
        play >> told_status("A", news) << "note A late_answer"


@pytest.mark.parametrize("news", [NotKnown(), Running(), SILENCE])
def test_what_is_no_answer_changes_nothing(news: object) -> None:
    with ended() as play:
        play >> told_status("A", news)  # type: ignore[arg-type]


def test_another_exchanges_success_replaces_nothing() -> None:
    with ended() as play:
        play >> told_status("A", approved("7", "B")) << "record stray_answer"
        play << "alarm A stray_answer"


def test_a_provisional_end_is_looked_at_again_a_few_times() -> None:
    with ended() as play:
        passed = 0.0
        for number, moment in enumerate(CHECKS_AFTER_S, start=2):
            play >> after(moment - passed - 0.5)
            play >> after(0.5) << f"send query #{number} about #1"
            play >> told_status("A", perhaps(Verdict.DECLINED)) << "note A late_answer"
            passed = moment
        play >> after(10 * CHECKS_AFTER_S[-1])
        assert play.session.wake_at() is None


def test_a_final_end_is_not_looked_at_again() -> None:
    with running() >> told("A", "1", declined()) << ... as play:
        play >> after(CHECKS_AFTER_S[0])
        assert play.session.wake_at() is None


def test_a_new_process_looks_once_at_what_was_provisional() -> None:
    row = row_of(ended())
    session = ready()
    at = Instant(50.0, WALL)
    assert session.remember([row], at) == []
    asked = [effect for effect in session.tick(at) if isinstance(effect, SendQuery)]
    assert [(query.target, query.exchange_id) for query in asked] == [("1", "A")]
    assert session.asks_about(row.exchange_id)


def questions(effects: list[Effect]) -> int:
    return sum(isinstance(effect, SendQuery) for effect in effects)


def test_a_check_asks_once_at_a_time() -> None:
    play = ended()
    row, at = row_of(play), Instant(1.0, WALL)
    assert questions(play.session.check(row, at)) == 1
    assert questions(play.session.check(row, at)) == 0
