"""A link in memory with a terminal of its own behind it: what `sim://` stands for where a terminal
answers whole messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink


class _Terminal(Protocol):
    async def receive(self, data: bytes) -> Reply: ...

    async def aclose(self) -> None: ...


T = TypeVar("T", bound=_Terminal)


class OwnTerminalLink(Generic[T]):
    """See `Link`. The terminal lives from the first exchange until `close`."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._terminal: T | None = None
        self._link = MemoryLink(self._receive)

    @property
    def terminal(self) -> T:
        """The terminal, with its books."""
        if self._terminal is None:
            self._terminal = self._make()
        return self._terminal

    async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
        """See `Link`."""
        return await self._link.exchange(data, on_written=on_written)

    async def close(self) -> None:
        """Switch the terminal off."""
        await self._link.close()
        if self._terminal is not None:
            await self._terminal.aclose()

    async def _receive(self, data: bytes) -> Reply:
        return await self.terminal.receive(data)
