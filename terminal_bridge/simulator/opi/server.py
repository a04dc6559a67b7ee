"""A simulated O.P.I. terminal behind a port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault
from opi_pos.poi.opi.kept import Kept, Memory
from opi_pos.poi.opi.profile import profile_of
from opi_pos.poi.scenario import Choice, Scenario
from opi_pos.wire import opi
from terminal_bridge.simulator.files import BooksFile
from terminal_bridge.simulator.opi.channel import TillChannel
from terminal_bridge.simulator.opi.door import OpiDoor
from terminal_bridge.simulator.opi.one_socket import OneSocket
from terminal_bridge.simulator.opi.terminal import SimulatedOpi

DEMO_PACE_S: Final = 0.6
"""Seconds between the steps of a payment, so that a person can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpiServerConfig:
    """A terminal to serve. `port` 0 takes a free one, None the profile's own.

    `pos_port` is where the till listens on channel 1: None is the profile's own, 0 none at all.
    Without `pos_host` it is the address from which the till spoke. `kept` keeps one connection to
    the till, `one_socket` asks on the till's own. `books` is a file that keeps books and answers
    over a restart.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    profile: str = "de"
    pos_host: str | None = None
    pos_port: int | None = None
    kept: bool = False
    one_socket: bool = False
    seed: int = 0
    pace_s: float = DEMO_PACE_S
    faults: tuple[Fault, ...] = ()
    books: Path | None = None
    scenario: Scenario | Choice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpiServer:
    """A terminal that is being served."""

    url: str
    """What a till is given: `opi+tcp://127.0.0.1:20002?profile=de&listen=20007`."""
    port: int
    terminal: SimulatedOpi


@asynccontextmanager
async def serve_opi(config: OpiServerConfig) -> AsyncIterator[OpiServer]:
    """Serve a simulated O.P.I. terminal until the block ends. Prints nothing.

    Raises `ConfigurationError` for an unknown profile, a taken port or a damaged books file.
    """
    try:
        wire = opi.profile(config.profile)
    except KeyError:
        raise ConfigurationError("profile", f"unknown profile {config.profile!r}") from None
    pos_port = wire.channel_1_port if config.pos_port is None else config.pos_port
    pos_port = 0 if config.one_socket else pos_port
    async with AsyncExitStack() as stack:
        channel: TillChannel | OneSocket | None = OneSocket() if config.one_socket else None
        if pos_port:
            channel = TillChannel(config.pos_host, pos_port, kept=config.kept)
            stack.push_async_callback(channel.aclose)
        terminal = await stack.enter_async_context(_terminal(config, channel, stack))
        door = OpiDoor(channel)
        port = wire.channel_0_port if config.port is None else config.port
        await door.start(terminal, config.host, port)
        stack.push_async_callback(door.aclose)
        listen = pos_port or "none"
        url = f"opi+tcp://{config.host}:{door.port}?profile={config.profile}&listen={listen}"
        yield OpiServer(url=url, port=door.port, terminal=terminal)


def _terminal(
    config: OpiServerConfig, channel: TillChannel | OneSocket | None, stack: AsyncExitStack
) -> SimulatedOpi:
    books: Books | None = None
    memory: Memory | None = None
    if config.books is not None:
        file = stack.enter_context(BooksFile(config.books))
        limit = profile_of(config.profile).kept_answers
        books = file.books()
        memory = Memory(file.answers(Kept), limit=limit, keep=file.keep_answer)
    return SimulatedOpi(
        config.profile,
        scenario=config.scenario,
        faults=config.faults,
        channel=channel.post if channel is not None else None,
        seed=config.seed,
        pace_s=config.pace_s,
        books=books,
        memory=memory,
    )
