"""Messages on a byte stream: 4 bytes of length, big-endian, not counting themselves.

A few installations switch the length off; then a message ends at the end tag of its root. Which of
the two a peer does is told by its first bytes, since `<` begins no length that we would take.
"""

from __future__ import annotations

import re
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.opi.limits import MAX_BYTES

LENGTH_BYTES: Final = 4

_BLANK: Final = b" \t\r\n"
_END_TAG_BLANKS: Final = 64
"""More blanks than anybody puts into an end tag."""
_BOM: Final = b"\xef\xbb\xbf"
_ROOT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+"
    rb"<([A-Za-z_][\w.\-]*(?::[\w.\-]+)?)(?=[\s/>])(?:[^\"'>]|\"[^\"]*\"|'[^']*')*+>",
    re.DOTALL,
).match
"""What may stand before the root element, and its start tag."""

_MAX_HEAD: Final = 16 * 1024
"""Bytes up to the end of the root's start tag, in a message without a length."""


def frame(data: bytes) -> bytes:
    """The message behind its length."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


class Frames:
    """Cuts what one peer sends into messages, however it arrives. After an error: no more of it.

    `max_bytes` bounds one message, and so what is held.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held = bytearray()
        self._broken = False
        self._searched = 0
        self.framed = True
        """Whether the peer's last message stood behind a length: answer it in kind."""

    def receive(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, in order; those of no bytes keep a connection alive and
        are dropped. Raises ProtocolError.
        """
        if self._broken:
            raise ProtocolError("", "the stream of messages broke before")
        self._held += data
        found: list[bytes] = []
        try:
            while (message := self._next()) is not None:
                if message:
                    found.append(message)
        except ProtocolError:
            self._broken = True
            if not found:
                raise
        return found

    def end(self) -> None:
        """The peer closed. Raises ProtocolError when it did so inside a message."""
        if self._broken or bytes(self._held).strip(_BLANK):
            raise ProtocolError("", "the stream ended inside a message")

    def _next(self) -> bytes | None:
        if len(self._held) < LENGTH_BYTES:
            return None
        if self._is_bare():
            return self._until_end_tag()
        length = int.from_bytes(self._held[:LENGTH_BYTES], "big")
        if length > self._max_bytes:
            raise ProtocolError("", f"a message of {length} bytes is too long")
        end = LENGTH_BYTES + length
        if len(self._held) < end:
            return None
        self.framed = True
        return self._cut(LENGTH_BYTES, end)

    def _is_bare(self) -> bool:
        start = bytes(self._held[:LENGTH_BYTES])
        return start.startswith(_BOM) or start.lstrip(_BLANK)[:1] == b"<"

    def _until_end_tag(self) -> bytes | None:
        self.framed = False
        root = _ROOT(self._held, 0, _MAX_HEAD)
        if root is None and len(self._held) >= _MAX_HEAD:
            raise ProtocolError("", "no root element where one should begin")
        end = None if root is None else self._end_of(root)
        if end is not None:
            return self._cut(0, end)
        if len(self._held) > self._max_bytes:
            raise ProtocolError("", f"a message without end, longer than {self._max_bytes} bytes")
        return None

    def _end_of(self, root: re.Match[bytes]) -> int | None:
        if root[0].endswith(b"/>"):
            return root.end()
        name = root[1]
        end_tag = re.compile(rb"</" + re.escape(name) + rb"\s*>")
        # What was searched before need not be searched again, but for a tag that came in halves.
        start = max(root.end(), self._searched - len(name) - _END_TAG_BLANKS)
        found = end_tag.search(self._held, start)
        if found is None:
            self._searched = len(self._held)
            return None
        return found.end()

    def _cut(self, start: int, end: int) -> bytes:
        message = bytes(self._held[start:end])
        del self._held[:end]
        self._searched = 0
        return message
