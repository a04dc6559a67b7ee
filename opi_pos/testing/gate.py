"""A TCP proxy before a simulated terminal: it cuts, swallows and counts, whatever is spoken."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Self

from opi_pos.aio.tasks import Tasks
from opi_pos.testing.stand import Play

_CHUNK = 65536


class Gate:
    """Strikes once: the first chunk of the till's for which `is_money` holds. Everything else,
    and everything after, passes.
    """

    def __init__(
        self,
        play: Play,
        port: int,
        is_money: Callable[[bytes], bool],
        *,
        host: str = "127.0.0.1",
        shared: bool = False,
    ) -> None:
        """`host` and `port` are the terminal's. `shared`: one connection carries all commands, so
        that only the command itself is swallowed and nobody hangs up.
        """
        self.heard = 0
        """Bytes that came from the till."""
        self._play = play
        self._target = (host, port)
        self._is_money = is_money
        self._shared = shared
        self._struck = play not in {Play.CUT_BEFORE, Play.CUT_AFTER, Play.SILENT}
        self._tasks = Tasks()
        self._server: asyncio.Server | None = None
        self._swallowed: set[asyncio.StreamWriter] = set()
        self._left = asyncio.Event()
        # Bound from the start: without `listen` it refuses connections, and nobody else gets it.
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """What the till is given."""
        return int(self._socket.getsockname()[1])

    async def __aenter__(self) -> Self:
        if self._play is not Play.UNREACHABLE:
            self._server = await asyncio.start_server(self._accepted, sock=self._socket)
        return self

    async def __aexit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        await self._tasks.aclose()
        self._socket.close()
        assert failed or self._struck, "no money command was seen: does `is_money` know it?"

    async def hung_up(self) -> None:
        """Return when the till has left the connection whose command was swallowed."""
        while not self._shared and (self._swallowed or not self._struck):
            await self._left.wait()
            self._left.clear()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.spawn(self._serve(reader, writer), name="gate")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            try:
                await self._pass(reader, writer, far_reader, far_writer)
            finally:
                far_writer.close()
        except OSError:
            pass  # one of the two has gone, and so the other is let go
        finally:
            writer.close()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        async with Tasks() as tasks:
            back = tasks.spawn(_pump(far_reader, writer), name="gate, terminal to till")
            # When the terminal hangs up, the till is let go, too.
            back.add_done_callback(lambda _: writer.close())
            while data := await reader.read(_CHUNK):
                self.heard += len(data)
                if not self._struck and self._is_money(data):
                    self._struck = True
                    if self._shared and self._play is Play.SILENT:
                        continue
                    await self._strike(data, reader, writer, far_writer)
                    return
                far_writer.write(data)
                await far_writer.drain()

    async def _strike(
        self,
        data: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        far_writer: asyncio.StreamWriter,
    ) -> None:
        match self._play:
            case Play.CUT_AFTER:
                far_writer.write(data)
                await far_writer.drain()
                writer.close()
                # The terminal sees no end of the connection, and goes on.
                await asyncio.Event().wait()
            case Play.SILENT:
                self._swallowed.add(writer)
                with contextlib.suppress(OSError):
                    while await reader.read(_CHUNK):
                        pass
                self._swallowed.discard(writer)
                self._left.set()
            case _:
                pass


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
