"""Two processes, one terminal (rule 9): the second is heard or queued, never a second driver; when
the first is killed, the second inherits terminal and payment.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest

from opi_pos.poi.books import Books
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo
from tests.kill.life import OPEN, Job
from tests.kill.nurseries import Lived, Nurseries
from tests.kill.steps import FIRST_BYTE
from tests.kill.story import broken, not_approved

pytestmark = pytest.mark.timeout(600)

PACE_S = 0.04
"""Slow enough that the second process comes while the first is at work."""


class Pair(NamedTuple):
    """Owner and guest want the same sales; the guest starts when the owner drives the terminal."""

    owner: Lived
    guest: Lived
    books: Books


async def play(journal: Path, nurseries: Nurseries, kill_owner_at: int | None) -> Pair:
    async with serve_nexo(NexoServerConfig(port=0, pace_s=PACE_S)) as server:
        first = Job(url=server.url, journal=str(journal), kill_at=kill_owner_at)
        second = Job(url=server.url, journal=str(journal))
        drives = asyncio.Event()
        async with asyncio.TaskGroup() as both:
            owner = both.create_task(
                nurseries.live(first, lambda step: drives.set() if step == OPEN else None)
            )
            await drives.wait()
            guest = both.create_task(nurseries.live(second))
        return Pair(owner.result(), guest.result(), server.terminal.books)


async def test_a_second_process_joins_and_never_speaks_to_the_terminal(
    tmp_path: Path, nurseries: Nurseries
) -> None:
    journal = tmp_path / "till.db"
    pair = await play(journal, nurseries, None)
    assert not await broken([pair.owner, pair.guest], journal, pair.books)
    assert not [step for step in pair.guest.steps if "first byte" in step]


@pytest.mark.parametrize(
    "step",
    [
        OPEN,
        "intent is recorded",
        FIRST_BYTE.format("Payment"),
        "the reply to Payment is here",
        "ended is recorded",
        "pay returned",
    ],
)
async def test_when_the_owner_is_killed_the_second_process_ends_its_payment(
    tmp_path: Path, nurseries: Nurseries, step: str
) -> None:
    steps = (await play(tmp_path / "undisturbed.db", nurseries, None)).owner.steps
    journal = tmp_path / "till.db"
    pair = await play(journal, nurseries, steps.index(step) + 1)
    found = await broken([pair.guest], journal, pair.books)
    assert not found + not_approved([pair.owner]), (found, pair)
    assert pair.owner.was_killed
