"""The transition table of an O.P.I. terminal: the only place that decides which state follows.

Logins are no states: they belong to workstations, of which a terminal may serve several.

Rule 1. No callbacks, no conditions, no I/O. A transition is a row of this table.
Rule 2. One machine serves every terminal; a terminal is a value with a `state`.
"""

from __future__ import annotations

import enum
from typing import Final, Protocol, TypedDict

from transitions import Machine


class PoiState(enum.Enum):
    IDLE = "idle"
    IN_SERVICE = "in_service"
    """A request is carried out and can still be stopped."""
    AUTHORISING = "authorising"
    """The host was asked: from here on the result wins over any abort."""
    WAITING_TILL = "waiting_till"
    """The till must answer a question before the request can end."""


_S = PoiState


class Row(TypedDict):
    trigger: str
    source: list[PoiState]
    dest: PoiState


def _row(trigger: str, source: list[PoiState], dest: PoiState) -> Row:
    return {"trigger": trigger, "source": source, "dest": dest}


TABLE: Final[list[Row]] = [
    _row("begin", [_S.IDLE], _S.IN_SERVICE),
    _row("authorise", [_S.IN_SERVICE], _S.AUTHORISING),
    _row("ask_till", [_S.AUTHORISING], _S.WAITING_TILL),
    _row("till_answered", [_S.WAITING_TILL], _S.AUTHORISING),
    _row("end", [_S.IN_SERVICE, _S.AUTHORISING], _S.IDLE),
    _row("reboot", list(_S), _S.IDLE),
]


class HasState(Protocol):
    state: PoiState


class _Machine(Machine):
    """A rule book: it owns no models, so a terminal costs no memory here."""


MACHINE: Final = _Machine(
    model=None,
    states=list(PoiState),
    transitions=TABLE,
    initial=PoiState.IDLE,
    auto_transitions=False,
    name="O.P.I. terminal",
)


def fire(terminal: HasState, trigger: str) -> None:
    """Move `terminal` along the table; raises `transitions.MachineError` if no row fits."""
    MACHINE.events[trigger].trigger(terminal)
