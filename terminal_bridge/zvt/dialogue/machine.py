"""The transition tables: the only place that decides which state follows.

No callbacks, no conditions, no I/O. One machine per table serves everybody; what moves is a value
with a `state`. What may come in any state has a row in every state.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from transitions import Machine

from terminal_bridge.zvt.dialogue.states import TerminalState as P
from terminal_bridge.zvt.dialogue.states import TillState as E


class Row(NamedTuple):
    """`trigger` leads from each of `sources` to `dest`; None as `dest` means: stay."""

    trigger: str
    sources: tuple[enum.Enum, ...]
    dest: enum.Enum | None


_TILL_OPEN = tuple(state for state in E if state is not E.SILENT)
_TILL_OWING = (E.ANSWERING, E.ABORTING_AND_ANSWERING, E.ANSWERING_EARLY, E.ANSWERING_UNASKED)

TILL_TABLE: tuple[Row, ...] = (
    Row("send", (E.IDLE,), E.AWAITING_ANSWER),
    # The answer to our command.
    Row("accepted", (E.AWAITING_ANSWER, E.ABORTING_DIALOG), E.RUNNING),
    Row("accepted", (E.ANSWERING_EARLY,), E.ANSWERING),
    Row("answered", (E.AWAITING_ANSWER, E.ABORTING_DIALOG), E.IDLE),
    Row("answered", (E.ANSWERING_EARLY,), E.ANSWERING_UNASKED),
    # What the terminal says and wants answered. Early or unasked is tolerated.
    Row("asked", (E.RUNNING, E.ANSWERING), E.ANSWERING),
    Row("asked", (E.ABORTING, E.ABORTING_AND_ANSWERING), E.ABORTING_AND_ANSWERING),
    Row("asked", (E.IDLE, E.ANSWERING_UNASKED), E.ANSWERING_UNASKED),
    Row("asked", (E.AWAITING_ANSWER, E.ANSWERING_EARLY, E.ABORTING_DIALOG), E.ANSWERING_EARLY),
    Row("answer", (E.ANSWERING,), E.RUNNING),
    Row("answer", (E.ABORTING_AND_ANSWERING,), E.ABORTING),
    Row("answer", (E.ANSWERING_UNASKED,), E.IDLE),
    Row("answer", (E.ANSWERING_EARLY,), E.AWAITING_ANSWER),
    Row("answer_last", _TILL_OWING, E.IDLE),
    # 06 B0 is a wish; its answer ends nothing.
    Row("abort", (E.RUNNING,), E.ABORTING),
    Row("abort", (E.AWAITING_ANSWER,), E.ABORTING_DIALOG),
    Row("abort_answered", (E.ABORTING,), E.RUNNING),
    Row("abort_answered", (E.ABORTING_AND_ANSWERING,), E.ANSWERING),
    Row("abort_answered", (E.ABORTING_DIALOG,), E.AWAITING_ANSWER),
    # 06 0F or 06 1E, at any time.
    Row("ended", _TILL_OPEN, E.IDLE),
    Row("silence", tuple(E), E.SILENT),
)

_TERMINAL_AT_WORK = (P.MASTER, P.AWAITING_ANSWER, P.HOLDING)

TERMINAL_TABLE: tuple[Row, ...] = (
    # A till that does not answer 06 0F and goes on is understood.
    Row("command", (P.IDLE, P.ENDING, P.AWAITING_UNASKED), P.ANSWERING),
    Row("accept", (P.ANSWERING,), P.MASTER),
    Row("answer", (P.ANSWERING,), P.IDLE),
    Row("say", (P.MASTER,), P.AWAITING_ANSWER),
    Row("say", (P.IDLE,), P.AWAITING_UNASKED),
    Row("end", (P.MASTER,), P.ENDING),
    Row("answered", (P.AWAITING_ANSWER,), P.MASTER),
    Row("answered", (P.AWAITING_UNASKED, P.ENDING), P.IDLE),
    Row("answered_last", (P.AWAITING_ANSWER,), P.IDLE),
    Row("asked_to_wait", (P.AWAITING_ANSWER,), P.HOLDING),
    Row("repeat", (P.HOLDING,), P.AWAITING_ANSWER),
    # Told of, in whatever state: 06 B0, and a till that speaks without the rights.
    Row("abort_asked", _TERMINAL_AT_WORK, None),
    Row("rights_broken", (*_TERMINAL_AT_WORK, P.ANSWERING), None),
    Row("give_up", tuple(P), P.IDLE),
    Row("silence", tuple(P), P.SILENT),
)


class _RuleBook(Machine):
    """It never owns models, so a dialogue costs no memory here."""


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


TILL = _rule_book("till", E, TILL_TABLE)
TERMINAL = _rule_book("terminal", P, TERMINAL_TABLE)


def move(machine: Machine, subject: object, trigger: str) -> None:
    """Move `subject` along a table; raises `transitions.MachineError` where no row fits."""
    machine.events[trigger].trigger(subject)


def may(machine: Machine, state: enum.Enum, trigger: str) -> bool:
    """Whether a row leads on from `state` by `trigger`."""
    return trigger in machine.get_triggers(state.name)
