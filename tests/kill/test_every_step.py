"""kill -9 at every step, singly and in pairs: one charge each, and the truth, in the end."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest

from opi_pos.poi.faults import Fault, Strike
from tests.kill.life import OPEN
from tests.kill.nurseries import Nurseries
from tests.kill.steps import ANSWERED, ASKED, FIRST_BYTE
from tests.kill.story import Stage, Story

pytestmark = pytest.mark.timeout(600)

SECOND_KILLS = range(3, 13)
"""Steps of a second life; at its first two it has not done anything yet."""


def every_step(undisturbed: Story) -> range:
    return range(1, len(undisturbed.lives[0].steps) + 1)


def tell(stories: list[Story]) -> str:
    return "\n".join(str(story) for story in stories if story.broken)


async def test_an_undisturbed_life_has_the_steps_that_matter(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    story = await Stage(tmp_path, nurseries, fine=True).play()
    assert not story.broken
    (life,) = story.lives
    taken = Counter(life.steps)
    for name in (ASKED, "intent is recorded", FIRST_BYTE.format("Payment")):
        assert taken[name] == 2
    for name in (ANSWERED, "before ended is recorded", "ended is recorded"):
        assert taken[name] == 2
    assert taken["pay returned"] == 2
    assert taken["before COMMIT"] == taken["after COMMIT"] >= 7


async def test_killed_at_any_step_the_next_life_ends_it(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    stage = Stage(tmp_path, nurseries, fine=True)
    steps = every_step(await stage.play())
    stories = await stage.play_all((step,) for step in steps)
    assert not tell(stories)
    assert all(story.lives[0].was_killed for story in stories)


async def test_a_till_that_does_not_wait_for_its_journal_is_found(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    stage = Stage(tmp_path, nurseries, fine=True, careless=True)
    steps = (await stage.play()).lives[0].steps
    story = await stage.play(steps.index(ANSWERED) + 1)
    assert "2 charges" in tell([story])


async def test_killed_again_while_it_recovers_the_third_life_ends_it(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    stage = Stage(tmp_path, nurseries)
    steps = every_step(await stage.play())
    stories = await stage.play_all(itertools.product(steps, SECOND_KILLS))
    assert not tell(stories)
    for story in stories:
        first, second, _ = story.lives
        assert first.was_killed
        # A life that has little left to do ends before its turn.
        assert second.was_killed or len(second.steps) < story.kills[1]


LOST = Fault(strike=Strike.DROP_AFTER, category="Payment")
BUSY = Fault(strike=Strike.BUSY, category="Payment")


@pytest.mark.parametrize("fault", [LOST, BUSY], ids=["answer lost", "busy once"])
async def test_killed_while_the_terminal_has_its_moods(
    tmp_path: Path, nurseries: Nurseries, fault: Fault
) -> None:
    stage = Stage(tmp_path, nurseries, faults=(fault,))
    undisturbed = await stage.play()
    stories = [undisturbed, *await stage.play_all((step,) for step in every_step(undisturbed))]
    assert not tell(stories)


async def test_killed_while_the_terminal_works_on_its_payment(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    stage = Stage(tmp_path, nurseries, pace_s=0.04)
    undisturbed = await stage.play()
    steps = undisturbed.lives[0].steps
    left = [n for n, name in enumerate(steps, 1) if name == FIRST_BYTE.format("Payment")]
    assert len(left) == 2
    plans = [*((first,) for first in left), *itertools.product(left, SECOND_KILLS)]
    stories = [undisturbed, *await stage.play_all(plans)]
    assert not tell(stories)
    assert all(story.lives[0].was_killed for story in stories[1:])


async def test_killed_before_it_spoke_the_terminal_was_never_asked_for_money(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    stage = Stage(tmp_path, nurseries)
    steps = (await stage.play()).lives[0].steps
    story = await stage.play(steps.index(OPEN) + 1)
    assert not tell([story])
    assert story.lives[1].steps.count(FIRST_BYTE.format("Payment")) == 2
