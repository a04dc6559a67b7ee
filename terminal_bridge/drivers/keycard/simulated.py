"""`sim://keycard`: the built-in server in this process, without a socket.

    sim://keycard?pace=0.2&seed=7&prose_flag=true&host=decline

`pace` is seconds per step of the terminal; members of `terminal_bridge.simulator.keycard.habits`
are what the server does that the documentation leaves open; for all others see
`terminal_bridge.simulator.words`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from opi_pos.model.callbacks import Callback
from opi_pos.ports import DriverSettings, Inbox
from terminal_bridge.drivers.keycard.calling import Server
from terminal_bridge.drivers.keycard.capabilities import KEYCARD
from terminal_bridge.drivers.keycard.driver import KeycardDriver
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb, WebRequest, serving
from terminal_bridge.simulator.keycard.habits import Habits
from terminal_bridge.simulator.keycard.service import CURRENCY, SimulatedKeycard
from terminal_bridge.simulator.words import read_words

TILL: Final = "http://till.invalid"
"""What the server is told as our address; nothing is resolved or sent."""


class _Parameters(Habits, frozen=True, kw_only=True):
    pace: float = 0.0
    seed: int = 0


class OwnServer:
    """See `Web`. The server lives until the driver is closed."""

    def __init__(self, make: Callable[[], SimulatedKeycard]) -> None:
        self._make = make
        self._server: SimulatedKeycard | None = None
        self._web = MemoryWeb(MemoryLink(serving(self._receive)))

    @property
    def server(self) -> SimulatedKeycard:
        """The server, with its books."""
        if self._server is None:
            self._server = self._make()
        return self._server

    async def _receive(self, request: WebRequest) -> Reply:
        return await self.server.receive(request)

    async def send(
        self,
        request: WebRequest,
        *,
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """See `Web`."""
        return await self._web.send(request, timeout_s=timeout_s, on_written=on_written)

    async def close(self) -> None:
        """See `Web`."""
        await self._web.close()
        if self._server is not None:
            await self._server.aclose()


def simulated(settings: DriverSettings, inbox: Inbox, key: str) -> KeycardDriver:
    """A driver with a server that posts into this inbox. Raises `ConfigurationError` at `key`."""
    words = dict(parse_qsl(urlsplit(settings.url).query))
    given, scenario = read_words(words, _Parameters, key)
    habits = {name: getattr(given, name) for name in Habits.__struct_fields__}
    wall = settings.options.get("wall")
    currency = getattr(settings, "currency", "") or CURRENCY

    async def post(url: str, body: bytes) -> Reply:
        callback = Callback(body=body, peer="simulator")
        answer = await inbox.take(callback, path=url.removeprefix(TILL))
        return Reply(status=answer.status)

    def make() -> SimulatedKeycard:
        return SimulatedKeycard(
            post=post,
            scenario=scenario,
            habits=msgspec.convert(habits, Habits),
            currency=currency,
            pace_s=given.pace,
            seed=given.seed,
            clock=wall,
        )

    return KeycardDriver(
        server=Server(OwnServer(make), "http://server.invalid/"),
        inbox=inbox,
        base_url=lambda: TILL,
        capabilities=KEYCARD,
    )
