"""`sim://viva`: the simulated cloud in this process.

    sim://viva?pace=0.2&seed=7&host=decline

`pace` is seconds per step of the terminal, `seed` draws the numbers; all other parameters are
members of `opi_pos.poi.scenario.Scenario`. Without any of those the amount's last two digits choose
what happens (`opi_pos.poi.scenario.TRIGGERS`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec
from typing_extensions import override

from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.scenario import Scenario
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.viva.cloud import SimulatedViva

T = TypeVar("T", bound=msgspec.Struct)


class _Parameters(msgspec.Struct, frozen=True, kw_only=True):
    pace: float = 0.0
    seed: int = 0


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
    own = {name: words[name] for name in _Parameters.__struct_fields__ if name in words}
    rest = {name: words[name] for name in words if name not in own}
    given = _converted(own, _Parameters, key)
    for name in rest:
        if name not in Scenario.__struct_fields__:
            every = ", ".join((*_Parameters.__struct_fields__, *Scenario.__struct_fields__))
            raise ConfigurationError(key, f"unknown parameter {name}; known: {every}")
    scenario = _converted(rest, Scenario, key) if rest else None
    cloud = SimulatedViva(scenario=scenario, seed=given.seed, pace_s=given.pace, clock=wall)
    return OwnCloud(cloud)


def _converted(words: Mapping[str, str], kind: type[T], key: str) -> T:
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise ConfigurationError(key, f"{place.rstrip('`')}: {problem}") from None
