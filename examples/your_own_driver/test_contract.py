"""What every driver must keep, tried on this one: over real sockets, with a gate that cuts them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from tinpay.connecting import TINPAY
from tinpay.driver import TinpayDriver
from tinpay.simulator import SimulatedTinpay

from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.gate import Gate
from opi_pos.testing.stand import Play, Stand


class TinpayStand(Stand):
    """The driver, the gate, and the terminal behind it."""

    def __init__(self, gate: Gate, terminal: SimulatedTinpay) -> None:
        async def address() -> tuple[str, int]:
            return "127.0.0.1", gate.port

        self.driver = TinpayDriver(address, TINPAY)
        self._gate = gate
        self._terminal = terminal

    @property
    def taken(self) -> int:
        """From the terminal's own books."""
        return sum(self._terminal.taken.values())

    @property
    def heard(self) -> int:
        """Bytes that reached the terminal."""
        return self._gate.heard

    async def hung_up(self) -> None:
        """Wait until the driver has left a payment that was swallowed."""
        await self._gate.hung_up()


class TestTinpay(DriverContract):
    """The whole contract."""

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        """A fresh terminal behind a fresh gate."""
        async with aclosing(SimulatedTinpay()) as terminal:
            _, port = await terminal.address()
            async with Gate(play, port, lambda line: b'"pay"' in line) as gate:
                yield TinpayStand(gate, terminal)
