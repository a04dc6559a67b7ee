"""`sim://opi`: the built-in simulator at the other end of a link in memory, which also asks there.

    sim://opi?profile=nl&pace=0.2&seed=7&host=decline

`pace` is seconds per step of the terminal, `seed` makes another terminal number; all other
parameters: see `terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opi_pos.wire import opi
from terminal_bridge.drivers.opi.link import Serve
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.terminal import SimulatedOpi
from terminal_bridge.simulator.own_link import OwnTerminalLink
from terminal_bridge.simulator.words import Pacing, read_words


class SimulatedLink(OwnTerminalLink[SimulatedOpi]):
    """A terminal of its own, which lives from the first exchange until `close`."""

    def __init__(
        self,
        profile: opi.Profile,
        parameters: Mapping[str, str],
        *,
        serve: Serve,
        wall: Callable[[], float] | None,
        key: str,
    ) -> None:
        given, scenario = read_words(parameters, Pacing, key, also=("profile",))

        async def post(data: bytes) -> Reply:
            return Reply(status=200, body=await serve(data))

        super().__init__(
            lambda: SimulatedOpi(
                profile.name,
                scenario=scenario,
                post=post,
                seed=given.seed,
                pace_s=given.pace,
                clock=wall,
            )
        )
