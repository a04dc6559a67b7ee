"""`sim://viva`: the simulated cloud in this process.

    sim://viva?pace=0.2&seed=7&host=decline

`pace` is seconds per step of the terminal, `seed` draws the numbers; for all others see
`terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from typing_extensions import override

from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.viva.cloud import SimulatedViva
from terminal_bridge.simulator.words import Pacing, read_words


class OwnCloud(MemoryWeb):
    """See `Web`. The cloud lives until it is closed."""

    def __init__(self, cloud: SimulatedViva) -> None:
        super().__init__(MemoryLink(serving(cloud.receive)))
        self.cloud = cloud
        """With its books."""

    @override
    async def close(self) -> None:
        await super().close()
        await self.cloud.aclose()


def simulated(words: Mapping[str, str], wall: Callable[[], float] | None, key: str) -> OwnCloud:
    """A cloud of its own. Raises `ConfigurationError` under `key`."""
    given, scenario = read_words(words, Pacing, key)
    cloud = SimulatedViva(scenario=scenario, seed=given.seed, pace_s=given.pace, clock=wall)
    return OwnCloud(cloud)
