"""How a simulated terminal says that an exchange ends without an answer."""

from __future__ import annotations

from opi_pos.model.errors import LinkError


class LinkDroppedError(LinkError):
    """The connection breaks. `partial` is the part of an answer that got through before."""

    def __init__(self, problem: str, *, written: bool = True, partial: bytes = b"") -> None:
        super().__init__(problem, written=written)
        self.partial = partial
