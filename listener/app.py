"""The listener: one port for many terminals, up before and after every login session.

    Front: guard → by path → the nexo door of that path | callbacks | Starlette for everything else

Found by the runtime through the entry point `opi_pos.listeners`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from listener.callbacks import PREFIX, CallbackEndpoint
from listener.guard import Guard, require_guard
from listener.nexo.door import NexoDoor
from listener.nexo.endpoint import NexoEndpoint
from listener.nexo.replies import Replies
from opi_pos.http.asgi import Receive, Scope, Send, respond
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.listen import ListenConfig
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.ids import POIID
from opi_pos.ports import DeviceDoor
from opi_pos.wire import nexo

_log = logging.getLogger("listener")

HEALTH: Final = "/health"


class Front:
    """The ASGI app: terminals' paths first, without a framework; then everything else."""

    def __init__(self, door: DeviceDoor, config: ListenConfig, *, guarded: bool) -> None:
        """`guarded`: the HTTP door below already turns away foreign peers."""
        self._replies = Replies(config.reply_url) if config.reply_url is not None else None
        self._doors = _doors(door, config, self._replies)
        self._endpoints = {path: NexoEndpoint(each) for path, each in self._doors.items()}
        self._callbacks = CallbackEndpoint(config.callbacks) if config.callbacks else None
        needs_guard = config.tokens or (config.peers and not guarded)
        self._guard = Guard(config) if needs_guard or not guarded else None
        self._rest = Starlette(routes=[Route(HEALTH, _health)], lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of a mounted app."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        path: str | None = scope["path"] if self._guard is None else self._guard.path(scope)
        if path is None:
            await respond(send, 404)
            return
        if self._callbacks is not None and path.startswith(PREFIX):
            await self._callbacks(scope, receive, send)
            return
        await (self._endpoints.get(path) or self._rest)(scope, receive, send)

    async def close(self) -> None:
        """Let go of everything that is held."""
        for door in self._doors.values():
            await door.close()
        if self._replies is not None:
            await self._replies.aclose()

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.close()


class HttpListener:
    """A `Front` on a port of its own."""

    def __init__(self, front: Front, door: Door) -> None:
        self._front = front
        self._door = door

    @property
    def url(self) -> str:
        """Where this machine reaches it: `http://127.0.0.1:11000`."""
        return self._door.url

    @property
    def port(self) -> int:
        """The port, also when a free one was asked for."""
        return self._door.port

    async def close(self) -> None:
        """End within 5 s: what is held is answered with 503, what runs may end."""
        await self._front.close()
        await self._door.close()


async def start(door: DeviceDoor, config: ListenConfig) -> HttpListener:
    """Listen. `ConfigurationError` names the key that is wrong."""
    require_guard(config)
    front = Front(door, config, guarded=True)
    http = Door(
        front,
        DoorConfig(
            host=config.host,
            port=config.port,
            peers=config.peers,
            tls=config.tls,
            limits=config.limits,
        ),
    )
    await http.start()
    _log.info("listening on %s", http.url)
    return HttpListener(front, http)


def asgi(door: DeviceDoor, config: ListenConfig) -> Front:
    """The same for a program that serves HTTP itself; it mounts this, and binds what it likes."""
    return Front(door, config, guarded=False)


def _doors(door: DeviceDoor, config: ListenConfig, replies: Replies | None) -> dict[str, NexoDoor]:
    """One nexo door per path; the first profile with a path is that path's own."""
    profiles = [_profile(name) for name in config.profiles]

    def profile_of(poi_id: POIID) -> nexo.Profile | None:
        name = config.profile_of(poi_id) if config.profile_of is not None else None
        return None if name is None else _profile(name)

    return {
        profile.path: NexoDoor(
            door,
            profile,
            profile_of=None if config.profile_of is None else profile_of,
            post=None if replies is None else replies.post,
            crypto_of=config.crypto_of,
        )
        for profile in reversed(profiles)
        if profile.transport == "http"
    }


def _profile(name: str) -> nexo.Profile:
    try:
        return nexo.profile(name)
    except KeyError:
        raise ConfigurationError("listen.profiles", f"{name!r} is no profile") from None


async def _health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})
