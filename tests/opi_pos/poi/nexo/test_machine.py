"""The table of a nexo terminal: what may follow, and that nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from transitions import MachineError

from opi_pos.poi.nexo.machine import RUNNING, TABLE, fire, may
from opi_pos.poi.nexo.states import PoiState


@dataclass
class Standing:
    state: PoiState


LEGAL = {(row["trigger"], source): row["dest"] for row in TABLE for source in row["source"]}
TRIGGERS = sorted({row["trigger"] for row in TABLE})
ILLEGAL = [pair for pair in product(TRIGGERS, PoiState) if pair not in LEGAL]


@pytest.mark.parametrize(("trigger", "source"), sorted(LEGAL, key=str))
def test_a_legal_pair_leads_where_the_table_says(trigger: str, source: PoiState) -> None:
    standing = Standing(source)
    assert may(standing, trigger)
    fire(standing, trigger)
    assert standing.state is LEGAL[(trigger, source)]


@pytest.mark.parametrize(("trigger", "source"), ILLEGAL)
def test_an_illegal_pair_is_refused_and_changes_nothing(trigger: str, source: PoiState) -> None:
    standing = Standing(source)
    assert not may(standing, trigger)
    with pytest.raises(MachineError):
        fire(standing, trigger)
    assert standing.state is source


def test_no_way_leads_back_from_authorising_to_where_an_abort_would_help() -> None:
    reached = {dest for (_, source), dest in LEGAL.items() if source is PoiState.AUTHORISING}
    assert PoiState.IN_SERVICE not in reached


def test_every_state_can_be_reached_and_left() -> None:
    assert set(LEGAL.values()) == set(PoiState)
    assert {source for _, source in LEGAL} == set(PoiState)


def test_a_service_begins_only_when_none_runs() -> None:
    assert not any(may(Standing(state), "begin") for state in RUNNING)


def diagram() -> str:
    """The table as a Mermaid state diagram; what may happen anywhere stands once."""
    anywhere = {row["trigger"] for row in TABLE if set(row["source"]) == set(PoiState)}
    lines = ["stateDiagram-v2", f"    [*] --> {PoiState.LOGGED_OUT.value}"]
    for row in TABLE:
        dest = row["dest"].value
        if row["trigger"] in anywhere:
            lines.append(f"    note left of {dest}: {row['trigger']}, from anywhere")
            continue
        lines += [f"    {source.value} --> {dest}: {row['trigger']}" for source in row["source"]]
    return "\n".join(lines)


def test_the_manual_draws_the_table() -> None:
    manual = Path(__file__).parents[4] / "docs" / "simulator.md"
    assert f"```mermaid\n{diagram()}\n```" in manual.read_text("utf-8"), diagram()
