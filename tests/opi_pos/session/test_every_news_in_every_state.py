"""Rule 2: news that arrive in any state have a row or a recorded alarm, never an exception.

Every kind of news, and every pair of them, is fed into every state that a till can reach; then the
clock runs on until nothing is left to do. A watch objects to whatever could lose or double money.
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable

import pytest

from opi_pos.model.capabilities import StatusQuery
from opi_pos.model.devices import EventKind
from opi_pos.model.news import (
    AbortLost,
    Answer,
    Ended,
    Evidence,
    News,
    NoSession,
    NotKnown,
    Refusal,
    Running,
    Verdict,
    Written,
)
from opi_pos.model.orders import Totals
from opi_pos.model.results import Outcome
from opi_pos.session.effects import Effect, SendLogin, SendLogout, SendQuery
from opi_pos.session.sale import SaleSession
from opi_pos.testing.playbook import (
    Happening,
    Playbook,
    abort,
    after,
    confirmed,
    event,
    key_taken,
    login,
    logout,
    resolve,
    seen,
    submit,
    told,
    told_login,
    told_logout,
    told_status,
    when_due,
)
from tests.opi_pos.session.values import (
    LOGGED_IN,
    LOGIN_BUSY,
    LOGIN_REFUSED,
    NEVER_LEFT,
    SILENCE,
    answer,
    approved,
    declined,
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
    to_sign,
)
from tests.opi_pos.session.watch import Watch

Till = Callable[..., Playbook]
REST_S = 400.0
"""Longer than anything that the rules wait for but a person; a till does less than a step a second.
"""


def waiting(**changes: object) -> Playbook:
    return running(**changes) >> told("A", "1", refused()) << ...


def second_attempt(**changes: object) -> Playbook:
    return waiting(**changes) >> when_due() << ...


def asked_in_doubt(**changes: object) -> Playbook:
    play = querying(**changes)
    play.now = 90.0
    return play >> after(0) << ...


def beside_a_doubt(**changes: object) -> Playbook:
    play = asked_in_doubt(doubt_closes=False, **changes)
    return play >> submit("B", order("B")) << ...


def ended(**changes: object) -> Playbook:
    return running(**changes) >> told("A", "1", declined()) << ...


def reversal_asked_about(**changes: object) -> Playbook:
    return reversing(**changes) >> told("A/signature", "2", SILENCE) << ...


def with_a_service(**changes: object) -> Playbook:
    return Playbook(ready(**changes)) >> submit("A", Totals()) << ...


def logging_in(**changes: object) -> Playbook:
    return Playbook(logged_out(**changes)) >> submit("A", order()) << ...


def logging_out(**changes: object) -> Playbook:
    return Playbook(ready(**changes)) >> logout() << ... >> submit("A", order()) << ...


TILLS: list[Till] = [
    paying,
    running,
    waiting,
    second_attempt,
    querying,
    asked_in_doubt,
    in_doubt,
    beside_a_doubt,
    signing,
    reversing,
    reversal_asked_about,
    ended,
    with_a_service,
    logging_in,
    logging_out,
]

NEWS: dict[str, News] = {
    "written": Written(),
    "evidence": Evidence(data={"receipt": 7}),
    "approved, by evidence": approved(service_id=None, by_evidence=True),
    "running": Running(),
    "approved": approved(),
    "approved, to sign": to_sign(),
    "approved, nothing taken": approved(authorized=None, foreign_currency="USD"),
    "approved, another's": approved("7", "Z"),
    "approved, the second": approved("2"),
    "declined": declined(),
    "aborted": Ended(answer=answer(Verdict.ABORTED)),
    "unclear": Ended(answer=Answer(verdict=Verdict.UNCLEAR)),
    **{f"refused {r.value}": refused(r) for r in Refusal},
    "not known": NotKnown(),
    "no session": NoSession(certain=False),
    "surely no session": NoSession(certain=True),
    "silence": SILENCE,
    "never left": NEVER_LEFT,
    "abort lost": AbortLost(problem="?"),
}
CHILD = "A/signature"
HAPPENINGS: dict[str, Happening] = {
    **{name: told("A", "1", news) for name, news in NEWS.items()},
    **{f"{name} (2nd)": told("A", "2", news) for name, news in NEWS.items()},
    **{f"{name} (status)": told_status("A", news) for name, news in NEWS.items()},
    **{f"{name} (reversal)": told(CHILD, "2", news) for name, news in NEWS.items()},
    **{f"{name} (reversal's status)": told_status(CHILD, news) for name, news in NEWS.items()},
    "logged in": told_login(LOGGED_IN),
    "login busy": told_login(LOGIN_BUSY),
    "login refused": told_login(LOGIN_REFUSED),
    "logged out": told_logout(LOGGED_IN, maintenance_allowed=True),
    "logout refused": told_logout(LOGIN_BUSY, maintenance_allowed=True),
    **{f"event {kind.value}": event(kind) for kind in EventKind},
    "seen": seen("1"),
    "signature accepted": confirmed("A", accepted=True),
    "signature refused": confirmed("A", accepted=False),
    "signature left open": confirmed("A", accepted=None),
    "resolved": resolve("A", Outcome.DECLINED),
    "reversal resolved": resolve(CHILD, Outcome.APPROVED),
    "aborted by id": abort("A"),
    "aborted": abort(),
    "key taken": key_taken("A"),
    "reversal's key taken": key_taken(CHILD),
    "wish for a login": login(),
    "reset": login(reset=True),
    "wish for a logout": logout(),
    "another order": submit("C", order("C")),
    "a minute": after(60),
    "ten minutes": after(600),
}


class Feed:
    """Feeds happenings under a watch, then lets the till come to rest."""

    def __init__(self, till: Playbook) -> None:
        self.play = till
        self.watch = Watch()
        session = till.session
        self.watch.rows = {e.exchange_id: e.row(till.at) for e in session.exchanges.values()}
        self.watch.sent = {e.service_id: e.exchange_id for e in session.exchanges.values()}
        self.watch.told = {d.exchange_id: d.result for d in session.doubts() if d.result}

    def __call__(self, happening: Happening) -> list[Effect]:
        play = self.play
        if happening.wait_s is None:
            play.now = max(play.now, play.session.wake_at() or play.now)
        else:
            play.now += happening.wait_s
        effects = happening.step(play.session, play.at)
        self.watch.look(effects, play.session)
        return effects

    def come_to_rest(self) -> None:
        """Nobody answers any more; every command, query and login gets its NoAnswer."""
        steps, end = 0, self.play.now + REST_S
        while (due := self.play.session.wake_at()) is not None and due < end:
            steps += 1
            assert steps < REST_S, "the till is busy without end"
            self._unanswered(self(when_due()))
        self._unanswered([])

    def _unanswered(self, effects: list[Effect]) -> None:
        session = self.play.session
        for effect in effects:
            if isinstance(effect, SendQuery):
                self(told_status(effect.exchange_id, SILENCE))
            elif isinstance(effect, SendLogin):
                self(told_login(SILENCE))
            elif isinstance(effect, SendLogout):
                self(told_logout(SILENCE, maintenance_allowed=effect.maintenance_allowed))
        for doubt in session.exchanges.values():
            if doubt.query.asking:
                self(told_status(doubt.exchange_id, SILENCE))


def check_rest(session: SaleSession) -> None:
    resting = {"in_doubt", "confirming", "reversing"}
    states = {e.exchange_id: e.state.value for e in session.exchanges.values()}
    assert set(states.values()) <= resting, states
    if "reversing" in states.values():
        assert "in_doubt" in states.values(), "nobody can decide about the reversal"
    in_between = session.session.state.value in {"logging_in", "logging_out"}
    held = "confirming" in states.values() or in_between
    assert held or not session.queue, "orders wait for nothing"


SECOND = [
    name
    for name in HAPPENINGS
    if name.partition(" (")[0]
    in {"written", "approved", "approved, to sign", "declined", "unclear", "never left", "silence"}
    or name.startswith(("refused busy", "refused logged_out", "not known", "surely no session"))
    or name in {"logged in", "login busy", "logged out", "logout refused", "key taken", "aborted"}
    or name in {"signature refused", "reversal's key taken", "resolved", "reset", "ten minutes"}
]
"""What the second of two news is: one of each kind that the rules tell apart."""


def concerns(name: str, session: SaleSession) -> bool:
    """Whether such news can come here: of a reversal only if there is one, and so on."""
    attempts = max((e.attempts for e in session.exchanges.values()), default=0)
    if name.endswith("(2nd)"):
        return attempts > 1
    return "reversal" not in name or CHILD in session.exchanges


@pytest.mark.parametrize("till", TILLS)
def test_no_news_raise_or_endanger_money_in_any_state(till: Till) -> None:
    for name, happening in HAPPENINGS.items():
        feed = Feed(till())
        if concerns(name, feed.play.session):
            try:
                feed._unanswered(feed(happening))
                feed.come_to_rest()
                check_rest(feed.play.session)
            except Exception as error:
                error.add_note(f"after {happening.text!r}")
                raise


@pytest.mark.parametrize("till", TILLS)
def test_no_pair_of_news_does_either(till: Till) -> None:
    play = till()
    frozen = pickle.dumps(play)  # four times faster than to live through it again
    firsts = [HAPPENINGS[name] for name in HAPPENINGS if concerns(name, play.session)]
    for first, name in itertools.product(firsts, SECOND):
        feed, second = Feed(pickle.loads(frozen)), HAPPENINGS[name]
        try:
            feed(first)
            if concerns(name, feed.play.session):
                feed(second)
        except Exception as error:
            error.add_note(f"after {first.text!r}, then {second.text!r}")
            raise


@pytest.mark.parametrize("till", [t for t in TILLS if t is not in_doubt])
def test_nor_where_nobody_can_be_asked_or_the_cashier_confirms(till: Till) -> None:
    changes: dict[str, object] = {"can_confirm": True}
    if till in {signing, reversing, reversal_asked_about}:
        changes = {}
    if till not in {querying, asked_in_doubt, beside_a_doubt}:
        changes["status"] = StatusQuery.NONE
    for happening in HAPPENINGS.values():
        feed = Feed(till(**changes))
        feed._unanswered(feed(happening))
        feed.come_to_rest()
        check_rest(feed.play.session)
