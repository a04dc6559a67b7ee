"""The simulated cloud behind a port. One port plays all of Viva's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.tls import ServerTLS
from opi_pos.model.secret import Secret
from opi_pos.poi.faults import Fault
from opi_pos.poi.scenario import Choice, Scenario
from terminal_bridge.links.web import HttpWeb
from terminal_bridge.simulator.cloud_app import CloudApp
from terminal_bridge.simulator.files import BooksFile
from terminal_bridge.simulator.viva.cloud import (
    CLIENT_ID,
    CLIENT_SECRET,
    TERMINAL_ID,
    TOKEN_LIFE_S,
    SimulatedViva,
)

DEFAULT_PORT: Final = 8090
DEMO_PACE_S: Final = 0.6
"""Seconds between the steps of a payment, so that a person can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VivaServerConfig:
    """A cloud to serve. `port` 0 takes a free one. `books` is a file that keeps the books over a
    restart, and with them the sessions that moved money. `webhook_url` hears of every session,
    without a handshake.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    terminals: tuple[str, ...] = (TERMINAL_ID,)
    client: tuple[str, Secret] = field(default=(CLIENT_ID, Secret(CLIENT_SECRET)))
    webhook_url: str = ""
    token_life_s: int = TOKEN_LIFE_S
    seed: int = 0
    pace_s: float = DEMO_PACE_S
    faults: tuple[Fault, ...] = ()
    books: Path | None = None
    scenario: Scenario | Choice | None = None
    tls: ServerTLS | None = None
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VivaServer:
    """A cloud that is being served."""

    url: str
    """What a till is given: `viva+http://127.0.0.1:8090/16008507`."""
    port: int
    terminal: SimulatedViva


@asynccontextmanager
async def serve_viva(config: VivaServerConfig) -> AsyncIterator[VivaServer]:
    """Serve a simulated cloud until the block ends. Prints nothing.

    Raises `ConfigurationError` for a taken port or a damaged books file.
    """
    async with AsyncExitStack() as stack:
        file = None if config.books is None else stack.enter_context(BooksFile(config.books))
        client = await stack.enter_async_context(HttpClient())
        cloud = await stack.enter_async_context(
            SimulatedViva(
                scenario=config.scenario,
                faults=config.faults,
                terminals=config.terminals,
                client=config.client,
                webhook=(HttpWeb(client), config.webhook_url),
                token_life_s=config.token_life_s,
                seed=config.seed,
                pace_s=config.pace_s,
                books=file.books() if file else None,
            )
        )
        settings = DoorConfig(
            host=config.host, port=config.port, peers=config.peers, tls=config.tls
        )
        door = await stack.enter_async_context(Door(CloudApp(cloud.receive), settings))
        url = f"viva+{door.url}/{config.terminals[0]}"
        yield VivaServer(url=url, port=door.port, terminal=cloud)
