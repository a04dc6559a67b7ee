"""The world with O.P.I. terminals."""

from __future__ import annotations

import os

import pytest

from tests.world.mutants import Mutant
from tests.world.opi_mutants import OPI
from tests.world.world import run

SEEDS = int(os.environ.get("OPI_POS_SEEDS", "10000")) // 80
PORTION = 25
WITHIN = 500
"""Seeds within which every mutant must be found."""

pytestmark = pytest.mark.timeout(900)  # real seconds: many worlds on a busy machine


@pytest.mark.parametrize("first", range(0, SEEDS, PORTION))
def test_money_is_safe_in_every_world(first: int) -> None:
    found = {}
    for seed in range(first, min(first + PORTION, SEEDS)):
        broken = run(seed, terminal="opi").broken
        if broken:
            found[seed] = broken
    assert not found, "repeat one with: python -m tests.world --terminal opi --seed N --trace"


@pytest.mark.parametrize("mutant", OPI, ids=lambda mutant: mutant.name)
def test_the_world_finds_every_classic_mistake(mutant: Mutant) -> None:
    seeds = (mutant.found_by, *range(WITHIN))
    with mutant.at_large():
        found = next((seed for seed in seeds if run(seed, terminal="opi").broken), None)
    assert found is not None, f"{WITHIN} worlds did not notice: {mutant.name}"


def test_equal_seeds_give_equal_traces() -> None:
    for seed in range(10):
        once, again = run(seed, terminal="opi"), run(seed, terminal="opi")
        assert once.trace, f"seed {seed}"
        assert once.hash == again.hash, f"seed {seed}"
