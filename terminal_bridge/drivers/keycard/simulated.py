"""`sim://keycard`: the built-in server in this process, without a socket.

    sim://keycard?pace=0.2&seed=7&prose_flag=true&host=decline

`pace` is seconds per step of the terminal; members of `terminal_bridge.simulator.keycard.habits`
are what the server does that the documentation leaves open; for all others see
`terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
from typing_extensions import override

from opi_pos.model.callbacks import Callback
from opi_pos.ports import DriverSettings, Inbox
from terminal_bridge.drivers.keycard.calling import Server
from terminal_bridge.drivers.keycard.capabilities import KEYCARD
from terminal_bridge.drivers.keycard.driver import KeycardDriver
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, serving
from terminal_bridge.simulator.keycard.habits import Habits
from terminal_bridge.simulator.keycard.service import CURRENCY, SimulatedKeycard
from terminal_bridge.simulator.words import read_words

TILL: Final = "http://till.invalid"
"""What the server is told as our address; nothing is resolved or sent."""


class _Parameters(Habits, frozen=True, kw_only=True):
    pace: float = 0.0
    seed: int = 0


class OwnServer(MemoryWeb):
    """See `Web`. The server lives until it is closed."""

    def __init__(self, server: SimulatedKeycard) -> None:
        super().__init__(MemoryLink(serving(server.receive)))
        self.server = server
        """With its books."""

    @override
    async def close(self) -> None:
        await super().close()
        await self.server.aclose()


def simulated(settings: DriverSettings, inbox: Inbox, key: str) -> KeycardDriver:
    """A driver with a server that posts into this inbox. Raises `ConfigurationError` at `key`."""
    words = dict(parse_qsl(urlsplit(settings.url).query, keep_blank_values=True))
    given, scenario = read_words(words, _Parameters, key)
    habits = {name: getattr(given, name) for name in Habits.__struct_fields__}
    wall = settings.options.get("wall")
    currency = getattr(settings, "currency", "") or CURRENCY

    async def post(url: str, body: bytes) -> Reply:
        callback = Callback(body=body, peer="simulator")
        answer = await inbox.take(callback, path=url.removeprefix(TILL))
        return Reply(status=answer.status)

    server = SimulatedKeycard(
        post=post,
        scenario=scenario,
        habits=msgspec.convert(habits, Habits),
        currency=currency,
        pace_s=given.pace,
        seed=given.seed,
        clock=wall,
    )
    return KeycardDriver(
        server=Server(OwnServer(server), "http://server.invalid/"),
        inbox=inbox,
        base_url=lambda: TILL,
        capabilities=KEYCARD,
    )
