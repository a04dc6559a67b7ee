"""`sim://nexo`: the built-in simulator at the other end of a link in memory.

    sim://nexo?profile=westpay&pace=0.2&seed=7&host=decline

`pace` is seconds per beat of the terminal, `seed` makes another terminal number; all other
parameters: see `terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opi_pos.wire import nexo
from terminal_bridge.links.link import Receive
from terminal_bridge.simulator.nexo import SimulatedNexo
from terminal_bridge.simulator.own_link import OwnTerminalLink
from terminal_bridge.simulator.words import Pacing, read_words


class SimulatedLink(OwnTerminalLink[SimulatedNexo]):
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
        settings, scenario = read_words(parameters, Pacing, key, also=("profile",))
        super().__init__(
            lambda: SimulatedNexo(
                profile.name,
                scenario=scenario,
                post=post,
                seed=settings.seed,
                pace_s=settings.pace,
                clock=wall,
            )
        )
