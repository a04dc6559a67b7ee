"""A simulated nexo terminal behind a port: HTTP, or TCP with the 4-byte length."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.tls import ClientTLS, ServerTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.faults import Fault
from opi_pos.poi.nexo.customer import Customer
from opi_pos.poi.nexo.profile import profile_of
from opi_pos.poi.scenario import Choice, Scenario
from opi_pos.wire.nexo.crypto import NexoCrypto
from opi_pos.wire.nexo.profile import Profile, profile
from terminal_bridge.links.link import Receive
from terminal_bridge.simulator.dialect import Dialect
from terminal_bridge.simulator.files import BooksFile
from terminal_bridge.simulator.framed import FramedDoor
from terminal_bridge.simulator.nexo import SimulatedNexo
from terminal_bridge.simulator.web import TerminalApp, TillDoor

DEMO_PACE_S: Final = 0.6
"""Seconds between the steps of a payment, so that a person can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NexoServerConfig:
    """A terminal to serve. `port` 0 takes a free one, None the profile's own.

    `pos_url` is the till's door for full integration; without a path it is the profile's. `books`
    is a file that keeps books and answers over a restart. `crypto` is for `adyen-local`.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    profile: str = "swedbank"
    pos_url: str | None = None
    seed: int = 0
    pace_s: float = DEMO_PACE_S
    faults: tuple[Fault, ...] = ()
    books: Path | None = None
    scenario: Scenario | Choice | None = None
    customer: Customer | None = None
    crypto: NexoCrypto | None = None
    tls: ServerTLS | None = None
    pos_tls: ClientTLS | None = None
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NexoServer:
    """A terminal that is being served."""

    url: str
    """What a till is given: `nexo+http://127.0.0.1:11000/EPASSaleToPOI/3.1?profile=swedbank`."""
    port: int
    terminal: SimulatedNexo


@asynccontextmanager
async def serve_nexo(config: NexoServerConfig) -> AsyncIterator[NexoServer]:
    """Serve a simulated nexo terminal until the block ends. Prints nothing.

    Raises `ConfigurationError` for an unknown profile, a taken port or a damaged books file.
    """
    try:
        wire = profile(config.profile)
    except KeyError:
        raise ConfigurationError("profile", f"unknown profile {config.profile!r}") from None
    serve = _serve_framed if wire.transport == "framed-tcp" else _serve_http
    async with AsyncExitStack() as stack:
        yield await serve(config, wire, stack)


async def _serve_http(config: NexoServerConfig, wire: Profile, stack: AsyncExitStack) -> NexoServer:
    till = TillDoor(config.pos_url, wire, config.pos_tls)
    stack.push_async_callback(till.aclose)
    terminal = await _open_terminal(config, wire, stack, till.post)
    app = TerminalApp(terminal, wire, till)
    port = wire.default_port if config.port is None else config.port
    settings = DoorConfig(host=config.host, port=port, peers=config.peers, tls=config.tls)
    door = await stack.enter_async_context(Door(app, settings))
    url = f"nexo+{door.url}{wire.path}?profile={config.profile}"
    return NexoServer(url=url, port=door.port, terminal=terminal)


async def _serve_framed(
    config: NexoServerConfig, wire: Profile, stack: AsyncExitStack
) -> NexoServer:
    """The connection carries the terminal's own messages too, so no till's door is needed."""
    door = FramedDoor()
    terminal = await _open_terminal(config, wire, stack, door.post)
    port = wire.default_port if config.port is None else config.port
    tls = config.tls.context() if config.tls is not None else None
    await door.start(terminal, config.host, port, tls)
    stack.push_async_callback(door.aclose)
    url = f"nexo+tcp://{config.host}:{door.port}?profile={config.profile}"
    return NexoServer(url=url, port=door.port, terminal=terminal)


async def _open_terminal(
    config: NexoServerConfig, wire: Profile, stack: AsyncExitStack, post: Receive
) -> SimulatedNexo:
    file = None if config.books is None else stack.enter_context(BooksFile(config.books))
    kept_answers = profile_of(config.profile).kept_answers
    terminal = SimulatedNexo(
        config.profile,
        dialect=Dialect(wire, config.crypto),
        scenario=config.scenario,
        faults=config.faults,
        post=post,
        seed=config.seed,
        pace_s=config.pace_s,
        books=file.books() if file else None,
        memory=file.memory(kept_answers) if file else None,
        customer=config.customer,
    )
    return await stack.enter_async_context(terminal)
