"""A driver's link to a simulated terminal in the same process: no socket, virtual time or real."""

from __future__ import annotations

import asyncio

from opi_pos.model.errors import LinkError
from terminal_bridge.links.byte_link import Backoff
from terminal_bridge.simulator.zvt.pipe import MemoryPipe
from terminal_bridge.simulator.zvt.station import SimulatedZvt


class SimulatedLink:
    """See `ByteLink`. `serial` opens the terminal's one serial line instead of a connection."""

    def __init__(self, terminal: SimulatedZvt, *, serial: bool = False) -> None:
        self._terminal = terminal
        self._serial = serial
        self._pipe: MemoryPipe | None = None
        self._backoff = Backoff()

    @property
    def place(self) -> str:
        """Where the terminal is, for errors."""
        return "sim://zvt"

    async def connect(self) -> None:
        """Open the connection, closing an earlier one first. Waits a little after failures."""
        await self.close()
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._backoff.wait_s(loop.time()))
        try:
            self._pipe = self._terminal.connect(serial=self._serial)
        except LinkError:
            self._backoff.failed(loop.time())
            raise
        self._backoff.succeeded()

    async def read(self) -> bytes:
        """The next bytes, as many as came; empty once the terminal has hung up."""
        return await self._opened().read()

    def write(self, data: bytes) -> None:
        """Hand bytes over without waiting. Raises `LinkError` on a connection that is closed."""
        self._opened().write(data)

    async def close(self) -> None:
        """Close the connection; `connect` may open the next."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()

    def _opened(self) -> MemoryPipe:
        if self._pipe is None:
            raise LinkError("not connected", written=False)
        return self._pipe
