"""A simulated ZVT terminal behind a TCP port, or on a pty as a serial terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.faults import Fault
from opi_pos.poi.scenario import Choice, Scenario
from terminal_bridge.simulator.zvt.customer import Customer
from terminal_bridge.simulator.zvt.pipe import PtyPipe, StreamPipe
from terminal_bridge.simulator.zvt.profile import PROFILES, PtProfile
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.simulator.zvt.store_file import StoreFile

DEFAULT_PORT: Final = 20007
DEMO_PACE_S: Final = 0.6
"""Seconds between the steps of a payment, so that a person can follow."""
MAX_CONNECTIONS: Final = 128
"""Tills connected at one time; one more is turned away (rule 12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZvtServerConfig:
    """A terminal to serve. `port` 0 takes a free one. `serial` serves a pty instead of a port.

    `books` is a file that keeps books, turnover and numbers over a restart. `noise` is the chance
    that a byte of the line is lost, doubled or flipped, drawn from `seed`.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    serial: bool = False
    profile: str | PtProfile = "strict"
    seed: int = 0
    pace_s: float = DEMO_PACE_S
    faults: tuple[Fault, ...] = ()
    noise: float = 0.0
    books: Path | None = None
    scenario: Scenario | Choice | None = None
    customer: Customer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZvtServer:
    """A terminal that is being served."""

    url: str
    """What a till is given: `zvt+tcp://127.0.0.1:20007` or `zvt+serial:///dev/pts/3`."""
    port: int
    """0 on a serial line."""
    path: str
    """The serial device to open; empty on TCP."""
    terminal: SimulatedZvt


@asynccontextmanager
async def serve_zvt(config: ZvtServerConfig) -> AsyncIterator[ZvtServer]:
    """Serve a simulated ZVT terminal until the block ends. Prints nothing.

    Raises `ConfigurationError` for an unknown profile, a taken port, a damaged books file, or a
    serial line where the system has no ptys.
    """
    if isinstance(config.profile, str) and config.profile not in PROFILES:
        known = ", ".join(PROFILES)
        raise ConfigurationError("profile", f"unknown profile {config.profile!r}; known: {known}")
    async with AsyncExitStack() as stack:
        terminal = await _open_terminal(config, stack)
        serve = _serve_pty if config.serial else _serve_tcp
        yield await serve(config, terminal, stack)


async def _open_terminal(config: ZvtServerConfig, stack: AsyncExitStack) -> SimulatedZvt:
    file = None if config.books is None else stack.enter_context(StoreFile(config.books))
    terminal = SimulatedZvt(
        config.profile,
        scenario=config.scenario,
        faults=config.faults,
        noise=config.noise,
        seed=config.seed,
        pace_s=config.pace_s,
        books=file.books() if file else None,
        store=file.store() if file else None,
        keep=file.keep if file else None,
        customer=config.customer,
    )
    return await stack.enter_async_context(terminal)


async def _serve_tcp(
    config: ZvtServerConfig, terminal: SimulatedZvt, stack: AsyncExitStack
) -> ZvtServer:
    tasks = await stack.enter_async_context(Tasks())

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(tasks) >= MAX_CONNECTIONS:
            writer.close()
            return
        tasks.spawn(_serve_till(terminal, StreamPipe(reader, writer)), name="zvt till")

    try:
        server = await asyncio.start_server(connected, config.host, config.port)
    except OSError as error:
        where = f"{config.host}:{config.port}"
        problem = f"cannot listen on {where}: {error.strerror or type(error).__name__}"
        raise ConfigurationError("listen", problem) from None
    stack.callback(server.close)
    port: int = server.sockets[0].getsockname()[1]
    url = f"zvt+tcp://{config.host}:{port}"
    return ZvtServer(url=url, port=port, path="", terminal=terminal)


async def _serve_till(terminal: SimulatedZvt, pipe: StreamPipe) -> None:
    try:
        await terminal.attach(pipe)
    finally:
        pipe.close()


async def _serve_pty(
    config: ZvtServerConfig, terminal: SimulatedZvt, stack: AsyncExitStack
) -> ZvtServer:
    if not hasattr(os, "openpty"):
        raise ConfigurationError("serial", "this system has no ptys; serve on TCP instead")
    tasks = await stack.enter_async_context(Tasks())
    pipe = PtyPipe()
    stack.callback(pipe.close)
    tasks.spawn(terminal.attach(pipe, serial=True), name="zvt pty")
    return ZvtServer(url=f"zvt+serial://{pipe.path}", port=0, path=pipe.path, terminal=terminal)
