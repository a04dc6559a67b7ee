"""The simulated cloud and its terminal behind a port; the terminal posts to the till's receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.tls import ServerTLS
from opi_pos.model.errors import LinkError
from opi_pos.poi.faults import Fault
from opi_pos.poi.scenario import Choice, Scenario
from opi_pos.wire.netpay.token import LIFE_S
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.cloud_app import CloudApp
from terminal_bridge.simulator.files import BooksFile
from terminal_bridge.simulator.netpay.cloud import (
    SERIAL,
    STORE,
    Merchant,
    SimulatedNetpay,
)
from terminal_bridge.simulator.netpay.habits import DEFAULT, Habits

DEFAULT_PORT: Final = 8091
DEMO_PACE_S: Final = 0.6
"""Seconds between the steps of a payment, so that a person can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetpayServerConfig:
    """A cloud to serve. `port` 0 takes a free one. `receiver_url` is where the terminal posts, as
    somebody has set it on the terminal. `books` is a file that keeps the books over a restart.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    receiver_url: str = ""
    serial: str = SERIAL
    merchant: Merchant = field(default_factory=Merchant)
    habits: Habits = DEFAULT
    token_life_s: float = LIFE_S
    push_s: float = 0.0
    seed: int = 0
    pace_s: float = DEMO_PACE_S
    faults: tuple[Fault, ...] = ()
    books: Path | None = None
    scenario: Scenario | Choice | None = None
    tls: ServerTLS | None = None
    peers: tuple[str, ...] = ()


class Receiver:
    """Where the terminal posts; may be set while it runs, as on a real one."""

    def __init__(self, client: HttpClient, url: str) -> None:
        self.url = url
        self._client = client

    async def post(self, body: bytes) -> Reply:
        """Raises `LinkError` when nobody takes it."""
        if not self.url:
            raise LinkError("no receiver is set on the terminal", written=False)
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        reply = await self._client.post(self.url, body, headers=headers)
        return Reply(status=reply.status, body=reply.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetpayServer:
    """A cloud that is being served."""

    url: str
    """What a till is given: `netpay+http://127.0.0.1:8091/1490293930?store=9194`."""
    port: int
    terminal: SimulatedNetpay
    receiver: Receiver


@asynccontextmanager
async def serve_netpay(config: NetpayServerConfig) -> AsyncIterator[NetpayServer]:
    """Serve a simulated cloud and its terminal until the block ends. Prints nothing.

    Raises `ConfigurationError` for a taken port or a damaged books file.
    """
    async with AsyncExitStack() as stack:
        file = None if config.books is None else stack.enter_context(BooksFile(config.books))
        client = await stack.enter_async_context(HttpClient())
        receiver = Receiver(client, config.receiver_url)
        cloud = await stack.enter_async_context(
            SimulatedNetpay(
                post=receiver.post,
                serials=(config.serial,),
                merchant=config.merchant,
                scenario=config.scenario,
                faults=config.faults,
                habits=config.habits,
                token_life_s=config.token_life_s,
                push_s=config.push_s,
                pace_s=config.pace_s,
                seed=config.seed,
                books=file.books() if file else None,
            )
        )
        settings = DoorConfig(
            host=config.host, port=config.port, peers=config.peers, tls=config.tls
        )
        door = await stack.enter_async_context(Door(CloudApp(cloud.receive), settings))
        url = f"netpay+{door.url}/{config.serial}?store={STORE}"
        yield NetpayServer(url=url, port=door.port, terminal=cloud, receiver=receiver)
