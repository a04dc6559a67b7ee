"""From `[face.NAME]` tables to open doors.

faces = Faces(settings, cashier)
till = SaleSystem.open(config=settings, cashier=faces.cashier)
async with till, faces.open(till) as urls: ...
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Protocol, cast, runtime_checkable

import msgspec

from listener.faces.endpoint import FaceApp, Take
from listener.faces.keycard.face import KeycardFace
from listener.faces.keycard.settings import KeycardFaceSettings
from listener.faces.nexo.face import NexoFace
from listener.faces.nexo.settings import NexoFaceSettings
from listener.faces.opi.settings import OpiFaceSettings, OpiJsonFaceSettings
from listener.faces.opi.ways import OpiJsonFace, OpiTcpFace
from listener.faces.settings import FaceSettings, listen_config, read_table
from listener.faces.switchboard import Guests, Switchboard
from listener.guard import Guard, require_guard
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.listen import ListenConfig
from opi_pos.model.errors import ConfigurationError
from opi_pos.ports import Cashier
from opi_pos.runtime.config import TillSettings
from opi_pos.runtime.sale_system import SaleSystem

_log = logging.getLogger("listener.faces")


class Face(Guests, Protocol):
    """What the doors need of a face."""

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...

    async def open(self) -> None:
        """Know again what the journal knows."""
        ...

    async def aclose(self) -> None:
        """Take nothing more, and let nobody wait. More calls do no harm."""
        ...


class HttpFace(Face, Protocol):
    """One that shares a door with others."""

    async def take(self, data: bytes, peer: str, callback_url: str) -> Any: ...


@runtime_checkable
class OwnDoor(Protocol):
    """A face that listens by itself."""

    async def listen(self) -> str:
        """Gives its URL. Raises `ConfigurationError`."""
        ...

    async def hang_up(self) -> None: ...


class Make(Protocol):
    """A face's class."""

    def __call__(
        self, name: str, settings: Any, till: SaleSystem, switchboard: Switchboard
    ) -> Face: ...


_KINDS: Final[Mapping[str, tuple[type[FaceSettings], Make]]] = {
    "nexo": (NexoFaceSettings, NexoFace),
    "keycard": (KeycardFaceSettings, KeycardFace),
    "opi": (OpiFaceSettings, OpiTcpFace),
    "opi-json": (OpiJsonFaceSettings, OpiJsonFace),
}


class Faces:
    """All faces of one configuration."""

    def __init__(self, settings: TillSettings, cashier: Cashier) -> None:
        """`cashier` is who sits at this process, for everything that is no foreign till's.

        Raises `ConfigurationError` that names the key.
        """
        self._settings = {
            name: _read(name, table, settings) for name, table in settings.faces.items()
        }
        self._switchboard = Switchboard(cashier)
        self.cashier: Cashier = self._switchboard if self._settings else cashier

    @asynccontextmanager
    async def open(self, till: SaleSystem) -> AsyncIterator[dict[str, str]]:
        """Serve until the block ends; gives the URL of each face by its name."""
        faces: dict[str, Face] = {}
        async with AsyncExitStack() as stack:
            for name, settings in self._settings.items():
                face = _KINDS[settings.kind][1](name, settings, till, self._switchboard)
                stack.push_async_callback(face.aclose)
                await face.open()
                faces[name] = face
            self._switchboard.bind(till, dict(faces))
            urls = await self._listen(faces, stack)
            for face in faces.values():
                # Before its door: what is held there is answered, not waited for.
                stack.push_async_callback(face.aclose)
            yield urls

    async def _listen(self, faces: Mapping[str, Face], stack: AsyncExitStack) -> dict[str, str]:
        """One door for all faces at the same host and port."""
        ports: dict[tuple[str, int], list[str]] = {}
        urls: dict[str, str] = {}
        for number, (name, settings) in enumerate(self._settings.items()):
            face = faces[name]
            if isinstance(face, OwnDoor):
                stack.push_async_callback(face.hang_up)
                urls[name] = await face.listen()
                _log.info("face %s: %s", name, urls[name])
                continue
            # Port 0 is a free one for each.
            place = (settings.host, settings.port or -number)
            ports.setdefault(place, []).append(name)
        for names in ports.values():
            door = await stack.enter_async_context(self._door(names, faces))
            for name in names:
                urls[name] = door.url + faces[name].path
                _log.info("face %s: %s", name, urls[name])
        return {name: urls[name] for name in faces}

    def _door(self, names: list[str], faces: Mapping[str, Face]) -> Door:
        settings = [self._settings[name] for name in names]
        config = listen_config(settings[0], names[0])
        _require_alike(names, settings)
        _require_guard(config, names[0])
        takes: dict[str, Take] = {}
        for name in names:
            if faces[name].path in takes:
                raise ConfigurationError(f"face.{name}.path", "is another face's at this port")
            takes[faces[name].path] = cast("HttpFace", faces[name]).take
        guard = Guard(config) if config.tokens else None
        app = FaceApp(takes, guard=guard, origins=settings[0].origins)
        return Door(
            app,
            DoorConfig(host=config.host, port=config.port, peers=config.peers, tls=config.tls),
        )


def _read(name: str, table: Mapping[str, Any], settings: TillSettings) -> FaceSettings:
    where = f"face.{name}."
    kind = table.get("kind", name)
    if kind not in _KINDS:
        known = ", ".join(_KINDS)
        raise ConfigurationError(where + "kind", f"must be one of: {known}")
    read = msgspec.structs.replace(read_table(_KINDS[kind][0], name, table), kind=kind)
    pois = [poi.name for poi in settings.pois]
    poi = read.poi or (pois[0] if len(pois) == 1 else "")
    if poi not in pois:
        raise ConfigurationError(where + "poi", f"must be one of: {', '.join(pois)}")
    return msgspec.structs.replace(read, poi=poi)


def _require_alike(names: list[str], settings: list[FaceSettings]) -> None:
    """Faces behind one port share what guards it."""
    for name, each in zip(names, settings, strict=True):
        for key in ("peers", "tls", "tokens_file", "origins"):
            if getattr(each, key) != getattr(settings[0], key):
                problem = f"must be that of face.{names[0]}, which has the same port"
                raise ConfigurationError(f"face.{name}.{key}", problem)


def _require_guard(config: ListenConfig, name: str) -> None:
    try:
        require_guard(config)
    except ConfigurationError as error:
        key = "host" if error.key.endswith("host") else "tokens_file"
        problem = error.problem.replace("`tokens`", "`tokens_file`")
        raise ConfigurationError(f"face.{name}.{key}", problem) from None
