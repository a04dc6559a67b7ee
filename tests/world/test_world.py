"""Ten thousand worlds in CI, every mutant found, equal seeds equal traces."""

from __future__ import annotations

import os

import pytest

from tests.world.mutants import NEXO, Mutant
from tests.world.world import run

SEEDS = int(os.environ.get("OPI_POS_SEEDS", "10000"))
PORTION = 100
WITHIN = 1_000
"""Seeds within which every mutant must be found."""


pytestmark = pytest.mark.timeout(900)  # real seconds: many worlds on a busy machine


@pytest.mark.parametrize("first", range(0, SEEDS, PORTION))
def test_money_is_safe_in_every_world(first: int) -> None:
    found = {}
    for seed in range(first, min(first + PORTION, SEEDS)):
        broken = run(seed).broken
        if broken:
            found[seed] = broken
    assert not found, "repeat one with: python -m tests.world --seed N --trace"


@pytest.mark.parametrize("mutant", NEXO, ids=lambda mutant: mutant.name)
def test_the_world_finds_every_classic_mistake(mutant: Mutant) -> None:
    with mutant.at_large():
        found = next((s for s in range(WITHIN) if run(s, unsynced=mutant.unsynced).broken), None)
    assert found is not None, f"{WITHIN} worlds did not notice: {mutant.name}"


def test_equal_seeds_give_equal_traces() -> None:
    for seed in range(100):
        assert run(seed).hash == run(seed).hash, f"seed {seed}"


def test_the_storms_do_happen() -> None:
    """A world in which nothing goes wrong would prove nothing."""
    worlds = [run(seed) for seed in range(200)]
    traces = ["\n".join(world.trace) for world in worlds]
    for sign in (" dies before ", " dies after ", "reboot", " silent", " broken", " refused"):
        assert sum(sign in trace for trace in traces) >= 5, f"too few worlds with {sign!r}"
    outcomes = {told.result.outcome for world in worlds for told in world.told}
    assert {"approved", "declined", "not_started", "aborted", "in_doubt"} <= outcomes
