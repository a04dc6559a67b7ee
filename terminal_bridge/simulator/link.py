"""What a simulated terminal and a link hand each other, whatever carries the bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SimReply:
    """The end of one exchange of the till."""

    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)


class LinkDropped(Exception):  # noqa: N818 - news of the link, not a fault of the program
    """The exchange ends without an answer: the connection breaks.

    `refused`: no connection was made, so no byte of the request arrived. `partial`: the part of
    an answer that got through before the connection broke.
    """

    def __init__(self, *, refused: bool = False, partial: bytes = b"") -> None:
        super().__init__("refused" if refused else "dropped")
        self.refused = refused
        self.partial = partial


Post = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""Carries a message of the terminal to the till's door: HTTP status and body. Raises `OSError`,
`LinkError`, `LinkDropped` or `TimeoutError` when the till was not reached."""
