"""A Tinpay terminal with its own books. An amount that ends in .05 is declined; with .03 nobody
presents a card until somebody wishes to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import msgspec

from opi_pos.aio.tasks import Tasks


class SimulatedTinpay:
    """Serves on loopback from its first use until `aclose`. A payment that has begun goes on when
    its connection breaks, as on a real terminal.
    """

    def __init__(self, port: int = 0) -> None:
        self.taken: dict[str, int] = {}
        """The books: minor units by the till's id."""
        self._port = port
        self._ended: dict[str, dict[str, Any]] = {}
        self._running = ""
        self._stopped = asyncio.Event()
        self._tasks = Tasks()
        self._server: asyncio.Server | None = None

    async def address(self) -> tuple[str, int]:
        """Where it is; switches it on if need be."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self._port)
        host, port = self._server.sockets[0].getsockname()
        return host, port

    async def aclose(self) -> None:
        """Switch it off."""
        if self._server is not None:
            self._server.close()
        await self._tasks.aclose()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.spawn(self._serve(reader, writer), name="simulated Tinpay")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if line := await reader.readline():
                await self._carry_out(msgspec.json.decode(line), writer)
                with contextlib.suppress(OSError):
                    await writer.drain()
        finally:
            writer.close()

    async def _carry_out(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        name = asked["id"]
        match asked["do"]:
            case "pay" if self._running or name in self._ended:
                _say(writer, end="busy", id=name)
            case "pay":
                _say(writer, show="Present card")
                self._running = name
                end = await self._pay(name, asked["amount"])
                self._running = ""
                self._ended[name] = end
                _say(writer, **end)
            case "ask" if name in self._ended:
                _say(writer, **self._ended[name])
            case "ask":
                _say(writer, id=name, running=name == self._running, known=name == self._running)
            case "stop":
                taken = name == self._running
                if taken:
                    self._stopped.set()
                _say(writer, id=name, stopping=taken)
            case _:
                _say(writer, end="not understood", id=name)

    async def _pay(self, name: str, minor: int) -> dict[str, Any]:
        self._stopped.clear()
        if minor % 100 == 3:
            await self._stopped.wait()
            return {"end": "stopped", "id": name}
        if minor % 100 == 5:
            return {"end": "declined", "id": name}
        self.taken[name] = minor
        return {"end": "approved", "id": name, "amount": minor, "number": len(self.taken)}


def _say(writer: asyncio.StreamWriter, **members: Any) -> None:
    """One line; nobody hears it when the till has gone."""
    writer.write(msgspec.json.encode(members) + b"\n")
