"""What a driver asks of a link: send a message, wait for its reply, say whether a byte left."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `status` is HTTP's; links without one say 200, or 204 for an empty body.

    The `repr` hides the body, which may hold card data.
    """

    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)


NOTHING = Reply(status=204)
"""The terminal took the message and has nothing to answer."""


class Link(Protocol):
    """A way to one terminal. Several exchanges may run at a time."""

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """Send `data` once and wait for its reply, for ever.

        `on_written` is called once, when the first byte was handed over and before anything is
        awaited. `LinkError.written` is False only when it is certain that no byte left.
        Cancelling gives the reply up; the terminal may go on.
        """
        ...

    async def close(self) -> None:
        """Close every connection. Exchanges under way end with `LinkError(written=True)`, if a
        byte of theirs left.
        """
        ...


class Kind(enum.Enum):
    """What a message wants of its receiver."""

    REQUEST = "request"
    """An answer."""
    NOTICE = "notice"
    """Nothing."""
    RESPONSE = "response"
    """To be matched with its request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How a message is matched on a link that carries many. A response has its request's `key`."""

    kind: Kind
    key: Hashable = None


Sort = Callable[[bytes], Envelope]
"""Reads the envelope of a message; raises `ProtocolError` if it is none."""

Receive = Callable[[bytes], Awaitable[Reply]]
"""Takes a message and gives what is to be sent back (an empty body: nothing)."""
