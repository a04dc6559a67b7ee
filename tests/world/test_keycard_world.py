"""The world with a Key & Card server."""

from __future__ import annotations

import os

import pytest

from tests.world.keycard_mutants import KEYCARD
from tests.world.mutants import Mutant
from tests.world.world import run

SEEDS = int(os.environ.get("OPI_POS_SEEDS", "10000")) // 200
PORTION = 25
WITHIN = 500
"""Seeds within which every mutant must be found."""

pytestmark = pytest.mark.timeout(900)  # real seconds: many worlds on a busy machine


@pytest.mark.parametrize("first", range(0, SEEDS, PORTION))
def test_money_is_safe_in_every_world(first: int) -> None:
    found = {}
    for seed in range(first, min(first + PORTION, SEEDS)):
        broken = run(seed, terminal="keycard").broken
        if broken:
            found[seed] = broken
    assert not found, "repeat one with: python -m tests.world --terminal keycard --seed N --trace"


@pytest.mark.parametrize("mutant", KEYCARD, ids=lambda mutant: mutant.name)
def test_the_world_finds_every_classic_mistake(mutant: Mutant) -> None:
    seeds = (mutant.found_by, *range(WITHIN))
    with mutant.at_large():
        found = next((seed for seed in seeds if run(seed, terminal="keycard").broken), None)
    assert found is not None, f"{WITHIN} worlds did not notice: {mutant.name}"


def test_equal_seeds_give_equal_traces() -> None:
    for seed in range(5):
        once, again = run(seed, terminal="keycard"), run(seed, terminal="keycard")
        assert once.trace, f"seed {seed}"
        assert once.hash == again.hash, f"seed {seed}"


def test_the_storms_do_happen() -> None:
    """A world in which nothing goes wrong would prove nothing."""
    worlds = [run(seed, terminal="keycard") for seed in range(30)]
    traces = ["\n".join(world.trace) for world in worlds]
    signs = (" dies before ", " dies after ", " silent", " broken", " refused", "nobody listens")
    for sign in signs:
        assert sum(sign in trace for trace in traces) >= 2, f"too few worlds with {sign!r}"
    outcomes = {told.result.outcome for world in worlds for told in world.told}
    assert {"approved", "declined", "not_started", "aborted", "in_doubt"} <= outcomes
