"""kill -9 at the steps of a till on a ZVT terminal over TCP, in both readings of the standard."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from opi_pos.model.results import Outcome
from terminal_bridge.simulator.zvt.profile import PtProfile, profile_of
from tests.kill.nurseries import Nurseries
from tests.kill.story import Stage

pytestmark = pytest.mark.timeout(3600)

STEP = max(1, 11 * 10_000 // int(os.environ.get("OPI_POS_SEEDS", "10000")))
"""With ten thousand seeds every eleventh step, others on each terminal; with more than a hundred
thousand every one.
"""
QUICK = [
    msgspec.structs.replace(profile_of(name), gap_s=0.001, host_reversal_s=0.01)
    for name in ("strict", "recording", "sync")
]


@pytest.mark.parametrize("terminal", QUICK, ids=lambda terminal: terminal.name)
async def test_killed_at_any_step_the_next_life_pays_once(
    tmp_path: Path, nurseries: Nurseries, terminal: PtProfile
) -> None:
    stage = Stage(tmp_path, nurseries, zvt=terminal)
    undisturbed = await stage.play()
    assert not undisturbed.broken
    (life,) = undisturbed.lives
    assert [told.outcome for told in life.told] == [Outcome.APPROVED] * 2
    assert life.steps.count("before evidence is recorded") == 4
    first = QUICK.index(terminal) * STEP // len(QUICK) + 1
    stories = await stage.play_all((n,) for n in range(first, len(life.steps) + 1, STEP))
    assert all(story.lives[0].was_killed for story in stories)
    assert not "\n".join(str(story) for story in stories if story.broken)
