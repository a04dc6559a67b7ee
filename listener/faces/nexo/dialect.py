"""How a face reads and writes bytes: the profile's version and wrapping, the till's encoding."""

from __future__ import annotations

from listener.nexo.incoming import CONTENT_TYPES, NO_CONTENT, HttpAnswer
from opi_pos.model.errors import ProtocolError
from opi_pos.poi.nexo.effects import Reject, Reply, Send
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.terminals.nexo import asking, writing
from opi_pos.terminals.nexo.writing import PoiIdentity
from opi_pos.wire import nexo
from opi_pos.wire.nexo.codec import sniff


class FaceDialect:
    """Messages of one face."""

    def __init__(self, wire: nexo.Profile, poi: PoiProfile, identity: PoiIdentity) -> None:
        self.wire = wire
        self.poi = poi
        self._identity = identity

    def encode(self, message: nexo.Message, encoding: nexo.Encoding) -> bytes:
        """A message of ours; it echoes what the till wrote, valid or not."""
        return nexo.encode(
            message,
            encoding,
            version=self.wire.version,
            strict=False,
            repeated_response_wrapped=self.wire.repeated_response_wrapped,
        )

    def answer(self, message: nexo.Message | None, encoding: nexo.Encoding) -> HttpAnswer:
        """200 with the message; 204 without one."""
        if message is None:
            return NO_CONTENT
        return HttpAnswer(200, CONTENT_TYPES[encoding], self.encode(message, encoding))

    def reply(self, reply: Reply, encoding: nexo.Encoding) -> HttpAnswer:
        """The answer that ends a till's exchange."""
        message = writing.reply_of(reply, self.poi, self._identity)
        return self.answer(message, encoding)

    def request(self, send: Send, encoding: nexo.Encoding, now: float) -> bytes:
        """A device request or an event of ours."""
        return self.encode(asking.request_of(send, self.poi, now), encoding)

    def rejection(self, reject: Reject, encoding: nexo.Encoding, now: float) -> HttpAnswer:
        """The event Reject as the body of the till's exchange."""
        return self.answer(writing.rejection_of(reject, now), encoding)


def sniffed(data: bytes, otherwise: nexo.Encoding) -> nexo.Encoding:
    """The encoding of bytes that are perhaps no message."""
    try:
        return sniff(data)
    except ProtocolError:
        return otherwise
