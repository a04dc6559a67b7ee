"""One request of a terminal with what its answer needs, and the HTTP answers there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import msgspec

from opi_pos.model.devices import DeviceBody, DeviceRequest
from opi_pos.model.ids import POIID, DeviceID, ServiceID
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto


class HttpAnswer(msgspec.Struct, frozen=True):
    """What goes back over HTTP."""

    status: int
    content_type: str = ""
    body: bytes = b""


Waiting: TypeAlias = Callable[[], Awaitable[HttpAnswer]]
"""An answer that somebody or something must be waited for; called once."""

NO_CONTENT: Final = HttpAnswer(204)

SHUT: Final = HttpAnswer(503)
"""No answer at all: the till ends, or could not keep what it was given. Never taken for a no."""

CONTENT_TYPES: Final = {
    nexo.Encoding.XML: "application/xml; charset=utf-8",
    nexo.Encoding.JSON: "application/json; charset=utf-8",
}


class Incoming(msgspec.Struct, frozen=True):
    """One message, the address that it came from, and what protected it."""

    message: nexo.Message
    poi_id: POIID
    profile: nexo.Profile
    peer: str
    crypto: NexoCrypto | None = None

    @property
    def service_id(self) -> ServiceID:
        """The exchange it belongs to; empty when it names none."""
        return ServiceID(self.message.header.service_id or "")

    def asks(self, body: DeviceBody, device_id: str | None = None) -> DeviceRequest:
        """The neutral request."""
        header = self.message.header
        return DeviceRequest(
            poi_id=self.poi_id,
            body=body,
            service_id=ServiceID(header.service_id or ""),
            device_id=DeviceID(device_id or header.device_id or ""),
        )

    def reply(self, body: Any | None) -> HttpAnswer:
        """200 with the response; 204 when there is none."""
        return NO_CONTENT if body is None else HttpAnswer(200, *self.written(body))

    def written(self, body: Any) -> tuple[str, bytes]:
        """A response to this request: its content type and its bytes."""
        response = nexo.Message(header=nexo.reply_header(self.message.header), body=body)
        received = self.message.received
        encoding = received.encoding if received is not None else self.profile.encoding
        data = nexo.encode(response, encoding, strict=False)
        return CONTENT_TYPES[encoding], data if self.crypto is None else self.crypto.protect(data)


def plain(status: int, text: str) -> HttpAnswer:
    """An answer in words, for those who set the terminal up."""
    return HttpAnswer(status, "text/plain; charset=utf-8", text.encode())
