"""The transition table of a nexo terminal: the only place that decides which state follows.

Rule 1. No callbacks, no conditions, no I/O. A transition is a row of this table.
Rule 2. One machine serves every terminal; a terminal is a value with a `state`.
"""

from __future__ import annotations

from typing import Protocol, TypedDict

from transitions import Machine

from opi_pos.poi.nexo.states import PoiState as S


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


RUNNING = (S.IN_SERVICE, S.AUTHORISING, S.WAITING_DEVICE)

TABLE: list[Row] = [
    _row("login", [S.LOGGED_OUT, S.IDLE, S.ENABLED], S.IDLE),
    _row("wake", S.LOGGED_OUT, S.IDLE),  # a terminal that knows no sessions
    _row("logout", [S.IDLE, S.ENABLED], S.LOGGED_OUT),
    _row("enable", [S.IDLE, S.ENABLED], S.ENABLED),
    _row("disable", [S.IDLE, S.ENABLED], S.IDLE),
    _row("begin", [S.IDLE, S.ENABLED], S.IN_SERVICE),
    _row("authorise", S.IN_SERVICE, S.AUTHORISING),
    _row("ask_till", S.AUTHORISING, S.WAITING_DEVICE),
    _row("till_answered", S.WAITING_DEVICE, S.AUTHORISING),
    _row("end", [S.IN_SERVICE, S.AUTHORISING], S.IDLE),
    _row("begin_maintenance", S.LOGGED_OUT, S.MAINTENANCE),
    _row("end_maintenance", S.MAINTENANCE, S.LOGGED_OUT),
    _row("reboot", list(S), S.LOGGED_OUT),
]


class HasState(Protocol):
    state: S


class _Machine(Machine):
    """A rule book: it owns no models, so a terminal costs no memory here."""


MACHINE = _Machine(
    model=None,
    states=list(S),
    transitions=TABLE,
    initial=S.LOGGED_OUT,
    auto_transitions=False,
    name="nexo terminal",
)


def fire(terminal: HasState, trigger: str) -> None:
    """Move `terminal` along the table; raises `transitions.MachineError` if no row fits."""
    MACHINE.events[trigger].trigger(terminal)


def may(terminal: HasState, trigger: str) -> bool:
    """Whether the table has a row for `trigger` from where the terminal is."""
    return trigger in MACHINE.get_triggers(terminal.state.name)
