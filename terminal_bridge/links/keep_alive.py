"""Find out that the other end of a TCP connection is gone, even while both are silent."""

from __future__ import annotations

import socket
from typing import Final

_WATCH: Final = {
    "TCP_KEEPIDLE": 10,
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 25_000,
}
"""Seconds before the first probe, seconds between probes, probes without an echo; milliseconds
for bytes that nobody acknowledges. A dead peer is found within 25 s, in time to ask again.
"""


def keep_alive(connection: socket.socket) -> None:
    """Let the system probe: a terminal that lost its power says nothing, and is asked for ever."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _WATCH.items():
        option = getattr(socket, name, None)  # not every system has all of them
        if option is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
