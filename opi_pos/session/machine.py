"""The transition tables: the only place that decides which state follows.

Rule 1. No callbacks, no conditions, no I/O. A transition is a row of a table.
Rule 2. One machine per table serves everybody; what moves is a value with a `state`.
Rule 3. News may come in any state, so every state that can hear them has a row for them.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, Protocol

from transitions import Machine

from opi_pos.session.states import ExchangeState as X
from opi_pos.session.states import SessionState as S


class Row(NamedTuple):
    """`trigger` leads from each of `sources` to `dest`; None as `dest` means: stay."""

    trigger: str
    sources: tuple[enum.Enum, ...]
    dest: enum.Enum | None


SESSION_TABLE: tuple[Row, ...] = (
    Row("login", (S.CLOSED, S.READY, S.MAINTENANCE, S.LOGGING_IN), S.LOGGING_IN),
    Row("login_accepted", (S.LOGGING_IN,), S.READY),
    Row("login_refused", (S.LOGGING_IN,), S.CLOSED),
    Row("session_lost", (S.READY, S.CLOSED), S.CLOSED),
    Row("session_lost", (S.LOGGING_IN, S.LOGGING_OUT, S.MAINTENANCE), None),
    Row("session_resumed", (S.CLOSED,), S.READY),
    Row("logout", (S.READY,), S.LOGGING_OUT),
    Row("logged_out", (S.LOGGING_OUT,), S.CLOSED),
    Row("logged_out_for_maintenance", (S.LOGGING_OUT,), S.MAINTENANCE),
    Row("logout_refused", (S.LOGGING_OUT,), S.READY),
    Row("maintenance_begun", (S.CLOSED, S.READY, S.MAINTENANCE), S.MAINTENANCE),
    Row("maintenance_begun", (S.LOGGING_IN, S.LOGGING_OUT), None),
    Row("maintenance_ended", (S.MAINTENANCE, S.CLOSED), S.CLOSED),
    Row("maintenance_ended", (S.READY, S.LOGGING_IN, S.LOGGING_OUT), None),
)

_AT_WORK = (X.SENDING, X.RUNNING)
_OPEN = (X.SENDING, X.RUNNING, X.QUERYING, X.IN_DOUBT)
_DECIDED = (X.CONFIRMING, X.REVERSING, X.ENDED)

EXCHANGE_TABLE: tuple[Row, ...] = (
    Row("send", (X.QUEUED, X.WAITING), X.SENDING),
    Row("withdraw", (X.QUEUED, X.WAITING), X.ENDED),
    Row("restore_query", (X.QUEUED,), X.QUERYING),
    Row("restore_doubt", (X.QUEUED,), X.IN_DOUBT),
    Row("restore_question", (X.QUEUED,), X.CONFIRMING),
    Row("restore_reversal", (X.QUEUED,), X.REVERSING),
    Row("restore_end", (X.QUEUED,), X.ENDED),
    # What a driver tells. Late and double news find a row in every state (rule 10).
    Row("written", _AT_WORK, X.RUNNING),
    Row("written", (X.WAITING, X.QUERYING, X.IN_DOUBT, *_DECIDED), None),
    Row("runs", _AT_WORK, X.RUNNING),
    Row("runs", (X.QUEUED, X.WAITING, X.QUERYING, X.IN_DOUBT, *_DECIDED), None),
    Row("refused", _AT_WORK, X.WAITING),
    Row("silence", (*_AT_WORK, X.QUERYING), X.QUERYING),
    Row("silence", (X.WAITING, X.IN_DOUBT, *_DECIDED), None),
    Row("answered", (X.WAITING, *_OPEN), X.ENDED),
    Row("answered_to_sign", (X.WAITING, *_OPEN), X.CONFIRMING),
    Row("answered_in_doubt", (X.WAITING, *_AT_WORK, X.QUERYING), X.IN_DOUBT),
    Row("late", (X.WAITING, *_DECIDED), None),
    Row("overturned", (X.ENDED,), None),
    Row("stray", (X.WAITING, *_OPEN, *_DECIDED), None),
    # Asking.
    Row("query", (X.QUERYING, X.IN_DOUBT), None),
    Row("check", (X.ENDED,), None),
    Row("exhausted", (X.QUERYING,), X.IN_DOUBT),
    Row("proved_absent", (X.QUERYING, X.IN_DOUBT), X.ENDED),
    # The signature after completion.
    Row("signature_accepted", (X.CONFIRMING,), X.ENDED),
    Row("signature_left_open", (X.CONFIRMING,), X.ENDED),
    Row("signature_refused", (X.CONFIRMING,), X.REVERSING),
    Row("reversal_ended", (X.REVERSING,), X.ENDED),
    # A person decides.
    Row("resolve", (X.QUERYING, X.IN_DOUBT, X.REVERSING), X.ENDED),
)


class HasState(Protocol):
    """A session or an exchange."""

    state: enum.Enum


class _RuleBook(Machine):
    """It never owns models, so a session costs no memory here."""


def _rule_book(name: str, states: type[enum.Enum], table: tuple[Row, ...]) -> Machine:
    return _RuleBook(
        model=None,
        states=list(states),
        transitions=[
            {"trigger": row.trigger, "source": list(row.sources), "dest": row.dest or "="}
            for row in table
        ],
        initial=next(iter(states)),
        auto_transitions=False,
        name=name,
    )


SESSION = _rule_book("session", S, SESSION_TABLE)
EXCHANGE = _rule_book("exchange", X, EXCHANGE_TABLE)


def move(machine: Machine, subject: object, trigger: str) -> None:
    """Move `subject` along a table; raises `transitions.MachineError` where no row fits."""
    machine.events[trigger].trigger(subject)


def may(machine: Machine, state: enum.Enum, trigger: str) -> bool:
    """Whether a row leads on from `state` by `trigger`."""
    return trigger in machine.get_triggers(state.name)
