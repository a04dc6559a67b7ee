"""The limits of a door, each a named constant with its reason (design §5, §3.12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# From the first byte of a request (or the connection itself) to the last of its body.
RECEIVE_S: Final = 10.0
# A connection kept alive between requests. Terminals that keep one open poll far more often.
IDLE_S: Final = 30.0
# A peer that takes nothing of what it is sent: a browser tab put to sleep on an event stream.
STALL_S: Final = 30.0
# A request that is being answered when the door closes may still get its answer.
GRACE_S: Final = 3.0
# After a refusal what the peer is still sending is read and dropped for a moment, because closing
# on unread bytes makes TCP reset the connection and the peer lose the refusal.
LINGER_S: Final = 1.0

HEADER_LIMIT: Final = 16 * 1024
# Real responses exceed 5 KiB (receipts in base64).
BODY_LIMIT: Final = 256 * 1024
PEER_CONNECTIONS: Final = 128
# Requests sent ahead on one connection. No terminal does; some test clients do.
PIPELINED: Final = 16
BACKLOG: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes."""

    receive_s: float = RECEIVE_S
    idle_s: float = IDLE_S
    stall_s: float = STALL_S
    grace_s: float = GRACE_S
    linger_s: float = LINGER_S
    header_bytes: int = HEADER_LIMIT
    body_bytes: int = BODY_LIMIT
    peer_connections: int = PEER_CONNECTIONS
    pipelined: int = PIPELINED

    @property
    def shortest_s(self) -> float:
        """The shortest of the times that a connection may stay as it is."""
        return min(self.receive_s, self.idle_s, self.stall_s, self.linger_s)
