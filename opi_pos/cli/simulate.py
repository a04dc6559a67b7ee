"""`simulate`: a terminal to test against, with a cardholder, a host, and faults as data."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Protocol

from opi_pos.cli.failures import expect_broken_connections, show_log
from opi_pos.cli.grammar import Group, Option
from opi_pos.cli.interrupts import until_interrupted
from opi_pos.cli.options import Json
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import UsageError
from opi_pos.poi.books import Books
from opi_pos.poi.scenario import describe_triggers
from terminal_bridge.simulator.files import load_faults
from terminal_bridge.simulator.server import DEMO_PACE_S, NexoServerConfig, serve_nexo


def nexo(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Beyond loopback, name --peer.")] = "127.0.0.1",
    port: Annotated[
        int | None, Option(help="0 takes a free one; by default the profile's own.")
    ] = None,
    pos_url: Annotated[
        str | None, Option("--pos-url", metavar="URL", help="The till's listener (full).")
    ] = None,
    profile: Annotated[str, Option(help="swedbank, westpay, adyen-local, …")] = "swedbank",
    seed: Annotated[int, Option(min=0, help="For ids; the same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None, Option(metavar="FILE", help="TOML or JSON: what goes wrong, and when.")
    ] = None,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep the terminal's own books here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    peer: Annotated[
        list[str] | None, Option("--peer", help="An address or network to let in; repeatable.")
    ] = None,
    json: Json = False,
) -> int:
    """A nexo terminal over HTTP or TCP. The amount's last two digits choose what happens:
    `x.05` is declined, `x.07` wants a signature; the ready text lists them all.
    """
    if host not in {"127.0.0.1", "::1", "localhost"} and not peer:
        raise UsageError(f"--host {host} is reached from other machines: name --peer as well")
    config = NexoServerConfig(
        host=host,
        port=port,
        profile=profile,
        pos_url=pos_url,
        seed=seed,
        pace_s=pace,
        faults=load_faults(faults) if faults is not None else (),
        books=books,
        peers=tuple(peer or ()),
    )
    return asyncio.run(_simulate(serve_nexo(config), Screen(json=json)))


def zvt(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, Option(help="0 takes a free one.")] = 20007,
    serial: Annotated[bool, Option("--serial", help="On a pty instead of a port.")] = False,
    profile: Annotated[str, Option(help="strict, ingenico, card-complete, …")] = "strict",
    seed: Annotated[int, Option(min=0, help="The same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None, Option(metavar="FILE", help="TOML or JSON: what goes wrong, and when.")
    ] = None,
    noise: Annotated[
        float, Option(min=0.0, max=1.0, help="Chance that a byte is lost, doubled or flipped.")
    ] = 0.0,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep books, turnover and numbers here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    json: Json = False,
) -> int:
    """A ZVT terminal over TCP or a serial line. The amount chooses what happens, as with nexo."""
    from terminal_bridge.simulator.zvt.server import (  # noqa: PLC0415 - not the nexo one's
        ZvtServerConfig,
        serve_zvt,
    )

    config = ZvtServerConfig(
        host=host,
        port=port,
        serial=serial,
        profile=profile,
        seed=seed,
        faults=load_faults(faults) if faults is not None else (),
        noise=noise,
        books=books,
        pace_s=pace,
    )
    return asyncio.run(_simulate(serve_zvt(config), Screen(json=json)))


SIMULATE = Group(
    help="A terminal to test against, without hardware.", commands={"nexo": nexo, "zvt": zvt}
)


class _Terminal(Protocol):
    @property
    def books(self) -> Books: ...


class _Server(Protocol):
    """A simulated terminal that is being served, of whatever kind."""

    @property
    def url(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def terminal(self) -> _Terminal: ...


async def _simulate(serving: AbstractAsyncContextManager[_Server], screen: Screen) -> int:
    show_log()
    expect_broken_connections()
    async with serving as server:
        screen.object({"event": "ready", "url": server.url, "port": server.port})
        screen.line(f"ready: {server.url}", "bold")
        screen.line("Amounts choose what happens; all others are approved with chip and PIN:")
        for line in describe_triggers().splitlines():
            screen.line(f"  {line}", "dim")
        await until_interrupted()
        _tell_books(screen, server)
    return 0


def _tell_books(screen: Screen, server: _Server) -> None:
    net = server.terminal.books.net()
    screen.object({"event": "closed", "net_minor": net})
    taken = ", ".join(f"{minor} minor units {currency}" for currency, minor in net.items())
    screen.line(f"closed; net taken: {taken or 'nothing'}")
