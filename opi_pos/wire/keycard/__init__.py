"""Key & Card's ZVT REST API: JSON over HTTP, a command and its immediate answer, then callbacks.

Spoken from both sides: the face in `listener` reads commands and writes callbacks, the driver in
`terminal_bridge` the other way round. Reading takes what the documentation contradicts itself in;
writing follows its schema.
"""

from __future__ import annotations

from opi_pos.wire.keycard.codec import (
    read_callback,
    read_reply,
    read_request,
    write_callback,
    write_reply,
    write_request,
)
from opi_pos.wire.keycard.messages import NO_RECEIPT, Callback, Command, Reply, Request
from opi_pos.wire.keycard.text import decoded, encoded

__all__ = [
    "NO_RECEIPT",
    "Callback",
    "Command",
    "Reply",
    "Request",
    "decoded",
    "encoded",
    "read_callback",
    "read_reply",
    "read_request",
    "write_callback",
    "write_reply",
    "write_request",
]
