"""A ZVT payment struck at every byte and killed at every effect: told the truth, and never left
in doubt where the terminal had shown a payment before and can be asked again.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator

import pytest

from opi_pos.model.results import Outcome
from terminal_bridge.simulator.zvt.line import TO_TERMINAL
from tests.world.sweep import SETTINGS, Place, Setting, extent, flipped, killed, struck

SEEDS = int(os.environ.get("OPI_POS_SEEDS", "10000"))
BYTES, DEATHS, FLIPS = 113, 7, 13
"""With ten thousand seeds every nth place; prime, so that no kind of fault is left out. With a
million every place.
"""

pytestmark = pytest.mark.timeout(3600)  # real seconds


def some(places: Iterable[Place], step: int) -> Iterator[Place]:
    """As many of them as the seeds allow."""
    step = max(1, step * 10_000 // SEEDS)
    return itertools.islice(places, step // 2, None, step)


def found(places: Iterable[Place]) -> list[str]:
    """What was broken, or not found out."""
    bad = []
    for place in places:
        seen = place.happen()
        last = seen.told[-1].result.outcome if seen.told else Outcome.IN_DOUBT
        if seen.broken or last is Outcome.IN_DOUBT:
            bad.append(f"{place}: {seen.broken or last}")
    return bad


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_struck_at_any_byte_the_till_finds_out(setting: Setting) -> None:
    assert extent(setting).outcome in {"approved", "declined"}
    assert not found(some(struck(setting), BYTES))


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_killed_at_any_effect_the_next_life_finds_out(setting: Setting) -> None:
    assert extent(setting).effects > 30
    assert not found(some(killed(setting), DEATHS))


@pytest.mark.parametrize("setting", [s for s in SETTINGS if not s.serial], ids=str)
def test_a_bit_flipped_on_its_way_to_a_terminal_makes_no_lie(setting: Setting) -> None:
    """ZVT over TCP has no checksum of its own. What the terminal mishears it does not take for an
    acknowledgement, or tells as it understood it. (What the till mishears it cannot know of.)
    """
    places = list(some(flipped(setting, TO_TERMINAL), FLIPS))
    assert places
    lies = {str(place): broken for place in places if (broken := place.happen().broken)}
    assert not lies
