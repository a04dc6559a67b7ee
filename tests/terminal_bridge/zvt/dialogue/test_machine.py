"""The two tables: what may follow, that nothing else does, and that the manual draws them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from transitions import Machine, MachineError

from terminal_bridge.zvt.dialogue.machine import (
    TERMINAL,
    TERMINAL_TABLE,
    TILL,
    TILL_TABLE,
    Row,
    may,
    move,
)
from terminal_bridge.zvt.dialogue.states import TerminalState, TillState


@dataclass
class Standing:
    state: enum.Enum


BOOKS: list[tuple[Machine, tuple[Row, ...], type[enum.Enum]]] = [
    (TILL, TILL_TABLE, TillState),
    (TERMINAL, TERMINAL_TABLE, TerminalState),
]


def pairs(table: tuple[Row, ...]) -> dict[tuple[str, enum.Enum], enum.Enum]:
    return {(row.trigger, source): row.dest or source for row in table for source in row.sources}


LEGAL = [
    (machine, trigger, source, dest)
    for machine, table, _ in BOOKS
    for (trigger, source), dest in pairs(table).items()
]
ILLEGAL = [
    (machine, trigger, source)
    for machine, table, states in BOOKS
    for trigger, source in product(sorted({row.trigger for row in table}), states)
    if (trigger, source) not in pairs(table)
]


@pytest.mark.parametrize(("machine", "trigger", "source", "dest"), LEGAL)
def test_a_legal_pair_leads_where_the_table_says(
    machine: Machine, trigger: str, source: enum.Enum, dest: enum.Enum
) -> None:
    standing = Standing(source)
    assert may(machine, source, trigger)
    move(machine, standing, trigger)
    assert standing.state is dest


@pytest.mark.parametrize(("machine", "trigger", "source"), ILLEGAL)
def test_an_illegal_pair_is_refused_and_changes_nothing(
    machine: Machine, trigger: str, source: enum.Enum
) -> None:
    standing = Standing(source)
    assert not may(machine, source, trigger)
    with pytest.raises(MachineError):
        move(machine, standing, trigger)
    assert standing.state is source


@pytest.mark.parametrize(("machine", "table", "states"), BOOKS)
def test_no_pair_stands_twice_and_every_state_is_reached(
    machine: Machine, table: tuple[Row, ...], states: type[enum.Enum]
) -> None:
    assert sum(len(row.sources) for row in table) == len(pairs(table)), machine.name
    assert set(pairs(table).values()) == set(states)


@pytest.mark.parametrize("state", [state for state in TillState if state is not TillState.SILENT])
@pytest.mark.parametrize("trigger", ["asked", "ended", "silence"])
def test_what_the_terminal_may_say_at_any_time_has_a_row_in_every_state(
    trigger: str, state: TillState
) -> None:
    assert may(TILL, state, trigger)


def test_a_command_is_sent_only_while_idle() -> None:
    assert [state for state in TillState if may(TILL, state, "send")] == [TillState.IDLE]


def diagram(table: tuple[Row, ...], states: type[enum.Enum]) -> str:
    """A table as a Mermaid state diagram; what leads to the silence from anywhere stands once."""
    names = {state: state.value.replace(" ", "_") for state in states}
    first = next(iter(states))
    lines = ["stateDiagram-v2", f"    [*] --> {names[first]}"]
    for row in table:
        if set(row.sources) == set(states) and row.dest is not None:
            lines.append(f"    note left of {names[row.dest]}: {row.trigger}, from anywhere")
            continue
        lines += [
            f"    {names[source]} --> {names[row.dest or source]}: {row.trigger}"
            for source in row.sources
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(("table", "states"), [(table, states) for _, table, states in BOOKS])
def test_the_manual_draws_the_table(table: tuple[Row, ...], states: type[enum.Enum]) -> None:
    manual = Path(__file__).parents[4] / "docs" / "zvt.md"
    drawn = diagram(table, states)
    assert f"```mermaid\n{drawn}\n```" in manual.read_text("utf-8"), drawn
