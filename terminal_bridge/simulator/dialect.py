"""How a simulated terminal reads and writes bytes: its profile's version, wrapping and crypto."""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto
from opi_pos.wire.nexo.profile import Profile
from terminal_bridge.links.link import Reply

CONTENT_TYPES: Final = {
    nexo.Encoding.XML: "application/xml; charset=utf-8",
    nexo.Encoding.JSON: "application/json; charset=utf-8",
}


class Dialect:
    """Bytes to messages and back for one terminal."""

    def __init__(self, profile: Profile, crypto: NexoCrypto | None = None) -> None:
        self.profile = profile
        self._crypto = crypto

    def decode(self, data: bytes) -> nexo.Message:
        """A message of the till. Raises `ProtocolError`."""
        return nexo.decode(self._crypto.open(data) if self._crypto else data)

    def read_header(self, data: bytes) -> nexo.MessageHeader | None:
        """The header of a message that cannot be read as a whole, if it has one."""
        try:
            return nexo.read_header(self._crypto.open(data) if self._crypto else data)
        except ProtocolError:
            return None

    def encode(self, message: nexo.Message, encoding: nexo.Encoding) -> bytes:
        """A message of the terminal. It echoes what the till wrote, valid or not."""
        data = nexo.encode(
            message,
            encoding,
            version=self.profile.version,
            strict=False,
            repeated_response_wrapped=self.profile.repeated_response_wrapped,
        )
        return self._crypto.protect(data) if self._crypto else data

    def reply(self, message: nexo.Message, encoding: nexo.Encoding) -> Reply:
        """A message as the answer to a POST."""
        body = self.encode(message, encoding)
        return Reply(status=200, content_type=CONTENT_TYPES[encoding], body=body)
