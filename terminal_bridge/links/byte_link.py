"""What a byte-stream driver asks of a link: one connection, opened again after it was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

CHUNK: Final = 4096
MAX_UNSENT: Final = 1 << 17
"""Bytes that may wait for a peer that does not read; two of the longest ZVT messages (rule 12)."""

DELAYS_S: Final = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Waits before a connection is tried again, by how often it failed in a row; the last repeats."""


class ByteLink(Protocol):
    """A way to one terminal that has at most one connection."""

    @property
    def place(self) -> str:
        """Where the terminal is, for errors."""
        ...

    async def connect(self) -> None:
        """Open the connection, closing an earlier one first. Waits a little after failures.

        Raises `LinkError` with `written=False`.
        """
        ...

    async def read(self) -> bytes:
        """The next bytes, as many as came; empty once the other side has hung up.

        Raises `LinkError` when the connection broke.
        """
        ...

    def write(self, data: bytes) -> None:
        """Hand bytes over without waiting. Raises `LinkError` on a connection that is closed."""
        ...

    async def close(self) -> None:
        """Close the connection; `connect` may open the next."""
        ...


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next try. The first try after a success waits for nothing."""

    failures: int = 0
    failed_at: float = 0.0

    def wait_s(self, now: float) -> float:
        """Seconds from `now`; 0 when the last failure is long ago."""
        delay_s = DELAYS_S[min(self.failures, len(DELAYS_S) - 1)]
        return max(0.0, self.failed_at + delay_s - now) if self.failures else 0.0

    def failed(self, now: float) -> None:
        """A try failed."""
        self.failures += 1
        self.failed_at = now

    def succeeded(self) -> None:
        """The connection stands."""
        self.failures = 0
