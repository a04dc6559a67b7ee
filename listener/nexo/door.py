"""Where a nexo terminal's requests come in: bytes in, an HTTP answer out, no socket.

    bytes → nexo message → DeviceRequest → the till's door → DeviceAnswer → nexo response, or 204

Order: limit and authenticate (the HTTP door, then a POIID of ours), parse, then by kind. Displays
and events go to memory and are answered at once. A print is answered when the till has made it
durable, a question when somebody answered it: in the same exchange or, where the profile says so,
by a message of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from listener.nexo import at_once
from listener.nexo.backlog import Backlog
from listener.nexo.held import Held
from listener.nexo.incoming import SHUT, HttpAnswer, Incoming, Waiting, plain
from listener.nexo.reading import CryptoOf, read
from listener.nexo.waited import Post, Waited
from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ProtocolError
from opi_pos.model.ids import POIID
from opi_pos.ports import DeviceDoor
from opi_pos.wire import nexo
from opi_pos.wire.nexo.answers import additional_response

_log = logging.getLogger("listener.nexo")


class NexoDoor:
    """The nexo side of a listener, for every terminal that speaks to it.

    `profile` is the dialect of terminals of which nothing else is known; `profile_of` knows better
    about some. `post` is needed by profiles that answer an input with a message of its own,
    `crypto_of` by terminals that protect theirs.
    """

    def __init__(
        self,
        device_door: DeviceDoor,
        profile: nexo.Profile,
        *,
        profile_of: Callable[[POIID], nexo.Profile | None] | None = None,
        post: Post | None = None,
        crypto_of: CryptoOf | None = None,
    ) -> None:
        self._till = device_door
        self._profile = profile
        self._profile_of = profile_of
        self._crypto_of = crypto_of
        self._tasks = Tasks()
        self._held = Held(self._tasks)
        self._backlog = Backlog(device_door, self._tasks)
        self._waited = Waited(device_door, self._held, self._tasks, post)
        self._closed = False

    async def answer(self, body: bytes, _content_type: str, peer: str) -> HttpAnswer:
        """The answer to one POST, when it is there.

        The content type is not believed: terminals get it wrong, and the body tells.
        """
        taken = self.take(body, peer)
        if isinstance(taken, HttpAnswer):
            return taken
        return await self.finish(taken) or SHUT

    def take(self, body: bytes, peer: str) -> HttpAnswer | Waiting:
        """The answer if it is known at once, else what `finish` waits for."""
        if self._closed:
            return SHUT
        try:
            message, crypto = read(body, self._crypto_of)
        except ProtocolError as error:
            _log.warning("an unreadable request from %s: %s", peer, error)
            return plain(400, additional_response(error))
        poi_id = POIID(message.header.poi_id)
        if not self._till.knows(poi_id):
            _log.warning("a %s from %s for an unknown POIID", _kind(message), peer)
            return plain(403, "this till has no terminal with that POIID")
        profile = self._profile_of(poi_id) if self._profile_of is not None else None
        incoming = Incoming(message, poi_id, profile or self._profile, peer, crypto)
        return self._dispatch(incoming, message.body)

    async def finish(
        self, waiting: Waiting, gone: Callable[[], Awaitable[None]] | None = None
    ) -> HttpAnswer | None:
        """Wait for an answer. None when `gone` ended first: the terminal has hung up.

        Only the wait ends then; what the terminal asked stays with the till, which keeps the
        answer for when it asks again.
        """
        return SHUT if self._closed else await self._held.finish(waiting, gone)

    async def close(self) -> None:
        """Answer what is held with 503, and take nothing more."""
        self._closed = True
        await self._tasks.aclose()

    def _dispatch(self, incoming: Incoming, body: Any) -> HttpAnswer | Waiting:
        taker = _AT_ONCE.get(type(body))
        if taker is not None:
            return taker(self._backlog, incoming, body)
        match body:
            case nexo.InputRequest():
                return self._waited.question(incoming, body)
            case nexo.PrintRequest():
                return self._waited.print_request(incoming, body)
            case nexo.TransmitRequest():
                return self._waited.transmission(incoming, body)
            case _:
                kind = _kind(incoming.message)
                _log.warning("a %s from %s is nothing for a till", kind, incoming.peer)
                return plain(400, f"{kind}: no request of a terminal to a till")


_AT_ONCE: dict[type, Callable[[Backlog, Incoming, Any], HttpAnswer]] = {
    nexo.DisplayRequest: at_once.display,
    nexo.EventNotification: at_once.event,
    nexo.AbortRequest: at_once.abort,
    nexo.InputUpdate: at_once.input_update,
    nexo.SoundRequest: at_once.unavailable,
    nexo.PINRequest: at_once.unavailable,
    nexo.CardReaderInitRequest: at_once.unavailable,
    nexo.CardReaderAPDURequest: at_once.unavailable,
    nexo.CardReaderPowerOffRequest: at_once.unavailable,
}


def _kind(message: nexo.Message) -> str:
    return type(message.body).__name__
