"""A till and a simulated terminal play a story on virtual time, over TCP or the serial line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from opi_pos.aio.virtual import run
from terminal_bridge.simulator.zvt.profile import PtProfile, profile_of
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from tests.terminal_bridge.simulator.zvt.till import Till

EPOCH = 1_714_564_800.0
"""2024-05-01 12:00 UTC."""
PACE_S = 0.5
FRAMINGS = [False, True]

Story = Callable[[Till, SimulatedZvt], Awaitable[None]]


def play(
    story: Story,
    *,
    serial: bool = False,
    profile: str | PtProfile = "strict",
    **settings: Any,
) -> SimulatedZvt:
    """Play it, and give back the terminal as it was left."""

    async def main() -> SimulatedZvt:
        loop = asyncio.get_running_loop()
        settings.setdefault("pace_s", PACE_S)
        async with SimulatedZvt(profile, clock=lambda: EPOCH + loop.time(), **settings) as terminal:
            await story(Till(terminal.connect(serial=serial), serial=serial), terminal)
        return terminal

    return run(main())


def varied(name: str, **changes: Any) -> PtProfile:
    """A profile with some fields changed."""
    return msgspec.structs.replace(profile_of(name), **changes)
