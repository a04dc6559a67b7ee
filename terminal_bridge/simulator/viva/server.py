"""The simulated cloud behind a port. One port plays all of Viva's servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opi_pos.http.asgi import Disconnected, Receive, RequestRefused, Scope, Send, read_body, respond
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.tls import ServerTLS
from opi_pos.model.secret import Secret
from opi_pos.poi.faults import Fault
from opi_pos.poi.scenario import Choice, Scenario
from terminal_bridge.links.web import HttpWeb, WebRequest
from terminal_bridge.simulator.dropped import LinkDroppedError
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
    restart; sessions are forgotten.
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
                webhook=(HttpWeb(client), config.webhook_url) if config.webhook_url else None,
                token_life_s=config.token_life_s,
                seed=config.seed,
                pace_s=config.pace_s,
                books=file.books() if file else None,
            )
        )
        settings = DoorConfig(
            host=config.host, port=config.port, peers=config.peers, tls=config.tls
        )
        door = await stack.enter_async_context(Door(CloudApp(cloud), settings))
        url = f"viva+{door.url}/{config.terminals[0]}"
        yield VivaServer(url=url, port=door.port, terminal=cloud)


class CloudApp:
    """The cloud's ASGI app."""

    def __init__(self, cloud: SimulatedViva) -> None:
        self._cloud = cloud

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        try:
            reply = await self._cloud.receive(_request(scope, body))
        except LinkDroppedError as dropped:
            await _break_off(send, dropped.partial)
            return
        content_type = reply.content_type.encode() or None
        await respond(send, reply.status, reply.body, content_type=content_type)


def _request(scope: Scope, body: bytes) -> WebRequest:
    path = scope.get("raw_path") or scope["path"].encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    return WebRequest(
        method=scope["method"], url=(path + query).decode("latin-1"), headers=headers, body=body
    )


async def _break_off(send: Send, partial: bytes) -> None:
    """Promise a body and end without it: the door then closes the connection."""
    promised = [(b"content-length", b"%d" % (len(partial) + 1))]
    await send({"type": "http.response.start", "status": 200, "headers": promised})
    await send({"type": "http.response.body", "body": partial, "more_body": True})
