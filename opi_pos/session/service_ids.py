"""Service ids that never repeat, not even with a fresh journal."""

from __future__ import annotations

from opi_pos.model.ids import ServiceID

BLOCK = 1_000
"""How many are reserved in the journal at once."""
LOW = 200
"""Reserve more when fewer are left."""

_EPOCH = 1_577_836_800
"""2020-01-01: a count of tenths of seconds since then has ten digits until 2051, the most that a
ServiceID may have."""
_LARGEST = 10**10


def floor(wall: float) -> int:
    """The smallest number that may be given out at `wall` (Unix seconds).

    Ten a second are more than a till uses, so the clock alone keeps a fresh journal above what an
    older one gave out.
    """
    return max(1, int((wall - _EPOCH) * 10)) % _LARGEST


class ServiceIDs:
    """Gives out what was reserved. The runtime reserves, so nothing here can block."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: list[range] = []

    def reserved(self, first: int, count: int) -> None:
        """`count` numbers from `first` on are ours for good."""
        self._blocks.append(range(first, first + count))

    @property
    def left(self) -> int:
        """How many can be given out without a reservation."""
        return sum(len(block) for block in self._blocks)

    def next(self) -> ServiceID:
        """The next one; raises IndexError when nothing is reserved."""
        while not self._blocks[0]:
            self._blocks.pop(0)
        block = self._blocks[0]
        self._blocks[0] = block[1:]
        return ServiceID(str(block[0] % _LARGEST))
