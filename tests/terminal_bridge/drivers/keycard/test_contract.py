"""The driver keeps the contract of all drivers, with a real listener for its callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opi_pos.model.news import News
from opi_pos.model.orders import Command
from opi_pos.testing.called_back import CalledBack, called_back
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.gate import Gate
from opi_pos.testing.stand import Play, Stand
from terminal_bridge.drivers.keycard import connect
from terminal_bridge.simulator.keycard.server import (
    KeycardServer,
    KeycardServerConfig,
    serve_keycard,
)


class KeycardStand(Stand):
    def __init__(self, till: CalledBack, server: KeycardServer, gate: Gate) -> None:
        self.driver = till.driver
        self._till = till
        self._server = server
        self._gate = gate

    @property
    def taken(self) -> int:
        return self._server.terminal.books.net().get(self.currency, 0)

    @property
    def heard(self) -> int:
        return self._gate.heard

    async def intend(self, command: Command) -> None:
        await self._till.intend(command)

    async def ended(self, command: Command, last: News) -> None:
        await self._till.ended(command, last)

    async def hung_up(self) -> None:
        await self._gate.hung_up()


def is_payment(data: bytes) -> bool:
    return b"Authorisation" in data


class TestKeycard(DriverContract):
    waits_after = frozenset({Play.CUT_BEFORE})

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        config = KeycardServerConfig(port=0, pace_s=0.0)
        async with (
            serve_keycard(config) as server,
            Gate(play, server.port, is_payment) as gate,
        ):
            url = server.url.replace(f":{server.port}", f":{gate.port}")
            async with called_back(connect, url) as till:
                yield KeycardStand(till, server, gate)
