"""The simulated server behind a port; it posts to the CallbackUrl of each command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import ConfigurationError, LinkError, UsageError
from opi_pos.poi.faults import Fault
from opi_pos.poi.scenario import Choice, Scenario
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.cloud_app import CloudApp
from terminal_bridge.simulator.files import BooksFile
from terminal_bridge.simulator.keycard.habits import DEFAULT, Habits
from terminal_bridge.simulator.keycard.service import CURRENCY, SimulatedKeycard
from terminal_bridge.simulator.keycard.told import JSON

DEFAULT_PORT: Final = 8098
DEMO_PACE_S: Final = 0.6
"""Seconds between the steps of a payment, so that a person can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeycardServerConfig:
    """A server to serve. `port` 0 takes a free one. `books` is a file that keeps the books over a
    restart.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    habits: Habits = DEFAULT
    currency: str = CURRENCY
    seed: int = 0
    pace_s: float = DEMO_PACE_S
    faults: tuple[Fault, ...] = ()
    books: Path | None = None
    scenario: Scenario | Choice | None = None
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeycardServer:
    """A server that is being served."""

    url: str
    """What a till is given: `keycard+http://127.0.0.1:8098/`."""
    port: int
    terminal: SimulatedKeycard


@asynccontextmanager
async def serve_keycard(config: KeycardServerConfig) -> AsyncIterator[KeycardServer]:
    """Serve a simulated Key & Card server until the block ends. Prints nothing.

    It calls back wherever it is told to, as the original: let in only who may tell it.

    Raises `ConfigurationError` for a taken port or a damaged books file.
    """
    async with AsyncExitStack() as stack:
        file = None if config.books is None else stack.enter_context(BooksFile(config.books))
        client = await stack.enter_async_context(HttpClient())

        async def post(url: str, body: bytes) -> Reply:
            try:
                got = await client.post(url, body, headers={"Content-Type": JSON})
            except (ConfigurationError, UsageError) as error:
                raise LinkError(str(error), written=False) from None
            return Reply(status=got.status)

        server = await stack.enter_async_context(
            SimulatedKeycard(
                post=post,
                scenario=config.scenario,
                faults=config.faults,
                habits=config.habits,
                currency=config.currency,
                pace_s=config.pace_s,
                seed=config.seed,
                books=file.books() if file else None,
            )
        )
        settings = DoorConfig(host=config.host, port=config.port, peers=config.peers)
        door = await stack.enter_async_context(Door(CloudApp(server.receive), settings))
        yield KeycardServer(url=f"keycard+{door.url}/", port=door.port, terminal=server)
