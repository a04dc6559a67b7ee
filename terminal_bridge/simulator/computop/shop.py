"""An O.P.I. terminal whose payments Paygate hears of, as at a shop of Computop's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from terminal_bridge.simulator.computop.server import PaygateConfig, PaygateServer, serve_paygate
from terminal_bridge.simulator.opi.server import OpiServer, OpiServerConfig, serve_opi
from terminal_bridge.simulator.opi.terminal import SimulatedOpi


@dataclass(frozen=True, slots=True)
class ShopServer:
    """Both, while they are served."""

    opi: OpiServer
    paygate: PaygateServer

    @property
    def url(self) -> str:
        """What a till is given for its terminal."""
        return self.opi.url

    @property
    def port(self) -> int:
        """Of the terminal."""
        return self.opi.port

    @property
    def terminal(self) -> SimulatedOpi:
        """The terminal, with its books."""
        return self.opi.terminal


@asynccontextmanager
async def serve_shop(
    terminal: OpiServerConfig, paygate: PaygateConfig
) -> AsyncIterator[ShopServer]:
    """Serve both until the block ends. Raises `ConfigurationError` as `serve_opi` does."""
    async with serve_paygate(paygate) as host, serve_opi(terminal) as served:
        served.terminal.books.heard = host.paygate.heard
        yield ShopServer(served, host)
