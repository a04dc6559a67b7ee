"""The table of an O.P.I. terminal: what may follow, and that nothing else does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from transitions import MachineError

from opi_pos.poi.opi.machine import TABLE, PoiState, fire


@dataclass
class Standing:
    state: PoiState


LEGAL = {(row["trigger"], source): row["dest"] for row in TABLE for source in row["source"]}
TRIGGERS = sorted({row["trigger"] for row in TABLE})
ILLEGAL = [pair for pair in product(TRIGGERS, PoiState) if pair not in LEGAL]


@pytest.mark.parametrize(("trigger", "source"), sorted(LEGAL, key=str))
def test_a_legal_pair_leads_where_the_table_says(trigger: str, source: PoiState) -> None:
    standing = Standing(source)
    fire(standing, trigger)
    assert standing.state is LEGAL[(trigger, source)]


@pytest.mark.parametrize(("trigger", "source"), ILLEGAL)
def test_an_illegal_pair_is_refused_and_changes_nothing(trigger: str, source: PoiState) -> None:
    standing = Standing(source)
    with pytest.raises(MachineError):
        fire(standing, trigger)
    assert standing.state is source
