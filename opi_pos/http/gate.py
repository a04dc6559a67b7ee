"""All connections of one door: made here, ended together."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import uvicorn
from uvicorn.server import ServerState

from opi_pos.http.asgi import ASGIApp
from opi_pos.http.deadlines import Deadlines
from opi_pos.http.limits import Limits
from opi_pos.http.peers import Peers
from opi_pos.http.protocol import DoorProtocol, Shared

# Together with the grace of 3 s these keep the promise to be closed within 5 s.
_CANCEL_S: Final = 1.0
_CUT_S: Final = 0.5


class Gate:
    """Makes the connections of one door and ends them together."""

    def __init__(
        self, app: ASGIApp, *, peers: Peers, limits: Limits, loop: asyncio.AbstractEventLoop
    ) -> None:
        state = ServerState()
        self._loop = loop
        self._limits = limits
        self._tasks = state.tasks
        self._connections = cast("set[DoorProtocol]", state.connections)
        self._emptied: asyncio.Future[None] | None = None
        self._shared = Shared(
            config=_uvicorn_config(app),
            state=state,
            loop=loop,
            limits=limits,
            peers=peers,
            deadlines=Deadlines(loop, self._connections, shortest_s=limits.shortest_s),
            connection_ended=self._connection_ended,
        )

    def connect(self) -> DoorProtocol:
        """A new connection, for `loop.create_server`."""
        return DoorProtocol(self._shared)

    async def close(self) -> int:
        """End every connection; requests being answered get `grace_s` for it.

        Returns how many tasks of the app did not even end when they were cancelled.
        """
        for connection in list(self._connections):
            connection.shutdown()
        await self._wait_for_tasks(self._limits.grace_s)
        for connection in list(self._connections):
            connection.cut()
        for task in list(self._tasks):
            task.cancel()
        await self._wait_for_tasks(_CANCEL_S)
        await self._wait_for_connections(_CUT_S)
        self._shared.deadlines.close()
        return len(self._tasks)

    def _connection_ended(self) -> None:
        if self._emptied is not None and not self._connections and not self._emptied.done():
            self._emptied.set_result(None)

    async def _wait_for_tasks(self, seconds: float) -> None:
        tasks = set(self._tasks) - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _wait_for_connections(self, seconds: float) -> None:
        if self._connections:
            self._emptied = self._loop.create_future()
            await asyncio.wait([self._emptied], timeout=seconds)


def _uvicorn_config(app: Any) -> uvicorn.Config:
    """The part of uvicorn's configuration that its protocol reads; the rest is the door's own."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        # An address that a header claims is nobody's address.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        workers=1,
    )
    config.load()
    return config
