"""`sim://nexo`: the built-in simulator at the other end of a link in memory.

    sim://nexo?profile=westpay&pace=0.2&seed=7&host=decline

`pace` is seconds per beat of the terminal, `seed` makes another terminal number; all other
parameters: see `terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from opi_pos.wire import nexo
from terminal_bridge.links.link import Receive, Reply
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.simulator.nexo import SimulatedNexo
from terminal_bridge.simulator.words import read_words


class _Parameters(msgspec.Struct, frozen=True, kw_only=True):
    pace: float = 0.0
    seed: int = 0


class SimulatedLink:
    """A terminal of its own, which lives from the first exchange until `close`."""

    def __init__(
        self,
        profile: nexo.Profile,
        parameters: Mapping[str, str],
        *,
        post: Receive | None,
        wall: Callable[[], float] | None,
        key: str,
    ) -> None:
        settings, scenario = read_words(parameters, _Parameters, key, also=("profile",))
        self._make: Callable[[], SimulatedNexo] = lambda: SimulatedNexo(
            profile.name,
            scenario=scenario,
            post=post,
            seed=settings.seed,
            pace_s=settings.pace,
            clock=wall,
        )
        self._terminal: SimulatedNexo | None = None
        self._link = MemoryLink(self._receive)

    @property
    def terminal(self) -> SimulatedNexo:
        """The terminal, with its books."""
        if self._terminal is None:
            self._terminal = self._make()
        return self._terminal

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`."""
        return await self._link.exchange(data, on_written=on_written)

    async def close(self) -> None:
        """Switch the terminal off."""
        await self._link.close()
        if self._terminal is not None:
            await self._terminal.aclose()

    async def _receive(self, data: bytes) -> Reply:
        return await self.terminal.receive(data)
