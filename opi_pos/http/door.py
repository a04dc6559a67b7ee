"""The hardened HTTP door: serves an ASGI app inside the caller's event loop.

It installs no signal handlers, logs to `opi_pos.http` only, and holds the limits of
`opi_pos.http.limits` before the app sees anything of a request. The app's own life is the
caller's: no lifespan events are sent.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from opi_pos.http.asgi import ASGIApp
from opi_pos.http.gate import Gate
from opi_pos.http.limits import BACKLOG, Limits
from opi_pos.http.peers import Peers
from opi_pos.http.tls import ServerTLS
from opi_pos.model.errors import ConfigurationError

_log = logging.getLogger("opi_pos.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorConfig:
    """Where to listen, for whom, and how.

    `port` 0 takes a free one. `peers`: addresses and CIDR networks that may connect; empty means
    any, so whoever listens on more than loopback should list them or ask for tokens.
    """

    host: str = "127.0.0.1"
    port: int = 0
    peers: tuple[str, ...] = ()
    tls: ServerTLS | None = None
    limits: Limits = field(default_factory=Limits)


class Door:
    """One listening address. `async with Door(app, config) as door:` opens and closes it."""

    def __init__(self, app: ASGIApp, config: DoorConfig) -> None:
        """`ConfigurationError` if `peers` or `tls` cannot be used."""
        self._app = app
        self._config = config
        self._peers = Peers(config.peers, limit=config.limits.peer_connections)
        self._ssl = config.tls.context() if config.tls is not None else None
        self._gate: Gate | None = None
        self._server: asyncio.Server | None = None
        self._address = (config.host, config.port)

    @property
    def port(self) -> int:
        """The port listened on; known once started."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Where this machine reaches the door: `http://127.0.0.1:11000`."""
        scheme = "https" if self._ssl is not None else "http"
        return f"{scheme}://{_as_target(self._address[0])}:{self.port}"

    async def start(self) -> None:
        """Listen. `ConfigurationError` names host and port if that is impossible."""
        loop = asyncio.get_running_loop()
        limits = self._config.limits
        self._gate = Gate(self._app, peers=self._peers, limits=limits, loop=loop)
        try:
            self._server = await loop.create_server(
                self._gate.connect,
                self._config.host,
                self._config.port,
                backlog=BACKLOG,
                ssl=self._ssl,
                ssl_handshake_timeout=limits.receive_s if self._ssl else None,
                ssl_shutdown_timeout=limits.linger_s if self._ssl else None,
            )
        except (OSError, OverflowError) as error:
            where = f"{self._config.host}:{self._config.port}"
            reason = _reason(error)
            raise ConfigurationError("listen", f"cannot listen on {where}: {reason}") from error
        self._address = self._server.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Stop listening and end every connection, within 5 s. More calls do no harm."""
        server, gate = self._server, self._gate
        self._server = self._gate = None
        if server is None or gate is None:
            return
        server.close()
        stubborn = await gate.close()
        if stubborn:
            _log.warning("%d requests did not end when they were cancelled", stubborn)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def _as_target(host: str) -> str:
    address = ip_address(host)
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{host}]" if address.version == 6 else host


def _reason(error: OSError | OverflowError) -> str:
    if isinstance(error, socket.gaierror):
        return "the host is not an address of this machine"
    if isinstance(error, OverflowError):
        return "a port is a number from 0 to 65535"
    return (error.strerror or str(error)).lower()
