"""The driver keeps the contract of all drivers, with a real listener for its callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from opi_pos.aio.tasks import Tasks
from opi_pos.model.news import News
from opi_pos.model.orders import Command
from opi_pos.testing.called_back import CalledBack, called_back
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.gate import Gate
from opi_pos.testing.stand import Play, Stand
from terminal_bridge.drivers.keycard import connect
from tests.terminal_bridge.drivers.keycard.server import Server, server


class Cardholder:
    """Plays what the amount says, and keeps the terminal's books."""

    def __init__(self, play: Server) -> None:
        self.taken: list[int] = []
        self._server = play

    async def play(self) -> None:
        """One transaction after the other."""
        while True:
            await self._server.arrived.wait()
            running = self._server.running or {}
            success = True
            if running["Command"] == "Reversal":
                self.taken.pop()
            else:
                success = await self._pays(int(running["Parameter"]))
            await self._server.end(success=success)

    async def _pays(self, minor: int) -> bool:
        if minor % 100 == 3:
            await self._server.cancelled.wait()
            self._server.cancelled.clear()
            return False
        if minor % 100 == 5:
            return False
        self.taken.append(minor)
        return True


class KeycardStand(Stand):
    def __init__(self, till: CalledBack, cardholder: Cardholder, gate: Gate) -> None:
        self.driver = till.driver
        self._till = till
        self._cardholder = cardholder
        self._gate = gate

    @property
    def taken(self) -> int:
        return sum(self._cardholder.taken)

    @property
    def heard(self) -> int:
        return self._gate.heard

    async def intend(self, command: Command) -> None:
        await self._till.intend(command)

    async def ended(self, command: Command, last: News) -> None:
        await self._till.ended(command, last)

    async def hung_up(self) -> None:
        await self._gate.hung_up()


class TestKeycard(DriverContract):
    waits_after = frozenset({Play.CUT_BEFORE})

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        async with server() as terminal, Tasks() as tasks:
            cardholder = Cardholder(terminal)
            tasks.spawn(cardholder.play(), name="cardholder")
            port = urlsplit(terminal.url).port or 0
            async with Gate(play, port, lambda data: b"Authorisation" in data) as gate:
                url = terminal.url.replace(f":{port}", f":{gate.port}")
                async with called_back(connect, url) as till:
                    yield KeycardStand(till, cardholder, gate)
