"""The table of a nexo terminal: what may follow, and that nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

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
