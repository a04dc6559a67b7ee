"""The two ways to the face: channel 0 over TCP, and HTTP."""

from __future__ import annotations

from typing import Any, Final

from listener.faces.opi.asking import CONTENT_TYPES, ChannelOne, Posted, TillDoor
from listener.faces.opi.door import ChannelZeroDoor
from listener.faces.opi.face import OpiFace
from listener.faces.opi.settings import OpiFaceSettings, OpiJsonFaceSettings
from listener.faces.posting import Poster
from listener.faces.switchboard import Switchboard
from listener.faces.targets import TargetRefusedError, Targets
from listener.nexo.incoming import NO_CONTENT, SHUT, HttpAnswer
from listener.opi.door import OpiDoor
from listener.opi.outputs import is_display
from opi_pos.http.peers import is_loopback
from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.wire import opi

_DEVICE_REPLIES: Final = ("response", "no_content")


class OpiTcpFace(OpiFace):
    """Both channels over TCP. It has a door of its own."""

    def __init__(
        self, name: str, settings: OpiFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        super().__init__(name, settings, till, switchboard)
        for key in ("tokens_file", "tls", "origins", "callback_hosts"):
            if getattr(settings, key):
                problem = "is of no use over TCP: list the tills in peers"
                raise ConfigurationError(f"face.{name}.{key}", problem)
        if not is_loopback(settings.host) and not settings.peers:
            problem = f"{settings.host} is reached from other machines: list peers"
            raise ConfigurationError(f"face.{name}.host", problem)
        self._tcp = settings
        self._door = ChannelZeroDoor(self._take, settings.peers)

    async def listen(self) -> str:
        """Open channel 0; gives its URL. Raises `ConfigurationError`."""
        settings = self._tcp
        await self._door.start(settings.host, settings.port, f"face.{self.name}.port")
        return f"opi+tcp://{settings.host}:{self._door.port}"

    async def hang_up(self) -> None:
        """Close the door."""
        await self._door.aclose()

    async def _take(self, data: bytes, peer: str) -> bytes:
        settings = self._tcp
        port = self.wire.channel_1_port if settings.till_port is None else settings.till_port
        door = ChannelOne(settings.till_host or peer, port) if port else None
        return await self.answer(data, door)


class OpiJsonFace(OpiFace):
    """HTTP, behind the door that all such faces share."""

    def __init__(
        self, name: str, settings: OpiJsonFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        super().__init__(name, settings, till, switchboard)
        own = [settings.till_url] if settings.till_url else []
        self._targets = Targets([*settings.callback_hosts, *own], key=f"face.{name}.till_url")
        self._poster = Poster()
        self._till_url = settings.till_url
        reply = settings.device_reply or self.wire.device_reply
        if reply not in _DEVICE_REPLIES:
            problem = f"must be one of: {', '.join(_DEVICE_REPLIES)}"
            raise ConfigurationError(f"face.{name}.device_reply", problem)
        self._says_nothing = reply == "no_content"

    async def aclose(self) -> None:
        """See `OpiFace`."""
        await super().aclose()
        await self._poster.aclose()

    async def take(self, data: bytes, peer: str, callback_url: str) -> Any:
        """One POST of a till, or of the terminal behind, which asks for the exchange at work."""
        try:
            message, form, *_ = opi.read(data)
            if isinstance(message, opi.DeviceRequest):
                return await self._asked(message, form, data)
            door = await self._till_door(callback_url, peer)
            answer = await self.answer(data, door)
        except TargetRefusedError:
            return HttpAnswer(403)
        except ProtocolError:
            return HttpAnswer(400)
        return HttpAnswer(200, CONTENT_TYPES[form], answer) if answer else SHUT

    async def _asked(self, request: opi.DeviceRequest, form: opi.Form, data: bytes) -> HttpAnswer:
        station = self._till.station(self.poi)
        running = station.poi.rules.running() if station.poi is not None else None
        front = OpiDoor(self._till.door, station.settings.poi_id, self.wire)
        answer = await front.answer(data, running.service_id if running is not None else None)
        if self._says_nothing and all(map(is_display, request.output)) and request.input is None:
            return NO_CONTENT
        return HttpAnswer(200, CONTENT_TYPES[form], answer)

    async def _till_door(self, callback_url: str, peer: str) -> TillDoor | None:
        url = self._till_url or callback_url
        if not url:
            return None
        timeout_s = self._rules.profile.question_timeout_s
        return Posted(self._poster, await self._targets.checked(url, peer), timeout_s)
