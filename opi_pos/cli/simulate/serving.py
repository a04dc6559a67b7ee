"""Any simulated terminal, from its ready line to what its books hold at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from opi_pos.cli.failures import expect_broken_connections, show_log
from opi_pos.cli.interrupts import until_interrupted
from opi_pos.cli.screen import Screen
from opi_pos.poi.books import Books
from opi_pos.poi.scenario import describe_triggers


class Terminal(Protocol):
    @property
    def books(self) -> Books: ...


class Server(Protocol):
    """A simulated terminal that is being served, of whatever kind."""

    @property
    def url(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def terminal(self) -> Terminal: ...


T = TypeVar("T", bound=Server)


async def simulate(
    serving: AbstractAsyncContextManager[T],
    screen: Screen,
    also: Callable[[T], Mapping[str, str]] | None = None,
) -> int:
    """Serve until interrupted; then tell what its books hold. `also`: more URLs, by name."""
    show_log()
    expect_broken_connections()
    async with serving as server:
        more = also(server) if also is not None else {}
        screen.object({"event": "ready", "url": server.url, "port": server.port, **more})
        screen.line(f"ready: {server.url}", "bold")
        for name, url in more.items():
            screen.line(f"{name}: {url}")
        screen.line("Amounts choose what happens; all others are approved with chip and PIN:")
        for line in describe_triggers().splitlines():
            screen.line(f"  {line}", "dim")
        await until_interrupted()
        _tell_books(screen, server)
    return 0


def _tell_books(screen: Screen, server: Server) -> None:
    net = server.terminal.books.net()
    screen.object({"event": "closed", "net_minor": net})
    taken = ", ".join(f"{minor} minor units {currency}" for currency, minor in net.items())
    screen.line(f"closed; net taken: {taken or 'nothing'}")
