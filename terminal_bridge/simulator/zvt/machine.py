"""The transition table of a ZVT terminal: the only place that decides which state follows.

Rule 1. No callbacks, no conditions, no I/O. A transition is a row of this table.
Rule 2. One machine serves every terminal; a terminal is a value with a `state`.
"""

from __future__ import annotations

from typing import Protocol, TypedDict

from transitions import Machine

from terminal_bridge.simulator.zvt.states import PtState as S


class Row(TypedDict):
    trigger: str
    source: list[S]
    dest: S


def _row(trigger: str, source: S | list[S], dest: S) -> Row:
    return {
        "trigger": trigger,
        "source": source if isinstance(source, list) else [source],
        "dest": dest,
    }


TABLE: list[Row] = [
    _row("begin", S.IDLE, S.WORKING),
    _row("ask_till", S.WORKING, S.AWAITING),
    _row("till_answered", S.AWAITING, S.WORKING),
    _row("till_silent", S.AWAITING, S.WORKING),
    _row("end", S.WORKING, S.IDLE),
    _row("cut_power", list(S), S.OFF),
    _row("boot", S.OFF, S.IDLE),
]


class HasState(Protocol):
    state: S


class _Machine(Machine):
    """A rule book: it owns no models, so a terminal costs no memory here."""


MACHINE = _Machine(
    model=None,
    states=list(S),
    transitions=TABLE,
    initial=S.IDLE,
    auto_transitions=False,
    name="ZVT terminal",
)


def fire(terminal: HasState, trigger: str) -> None:
    """Move `terminal` along the table; raises `transitions.MachineError` if no row fits."""
    MACHINE.events[trigger].trigger(terminal)
