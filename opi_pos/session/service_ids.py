"""Service ids that never repeat, not even with a fresh journal.

An id is a count and a mark, both in capitals and digits: seven of the count and three of the mark,
which is the most that nexo allows. Within one journal the count alone never repeats. It begins at
the clock, so a fresh journal stays above what a lost one gave out; and every process draws a mark,
so two that begin in the same moment, or after the clock was put back, still differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from opi_pos.model.ids import ServiceID

BLOCK = 1_000
"""How many are reserved in the journal at once."""
LOW = 200
"""Reserve more when fewer are left."""
MARK_LENGTH: Final = 3
COUNT_LENGTH: Final = 7

_EPOCH = 1_577_836_800
"""2020-01-01: a count of tenths of seconds since then has seven places until 2268."""
_PLACES: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_COUNTS: Final = len(_PLACES) ** COUNT_LENGTH
_MARKS: Final = len(_PLACES) ** MARK_LENGTH


def floor(wall: float) -> int:
    """The smallest number that may be given out at `wall` (Unix seconds).

    Ten a second are more than a till uses, so the clock alone keeps a fresh journal above what an
    older one gave out.
    """
    return max(1, int((wall - _EPOCH) * 10)) % _COUNTS


def drawn_mark(draw: Callable[[int], int]) -> str:
    """The mark of a process; `draw` gives a random number below its argument."""
    return _written(draw(_MARKS)).rjust(MARK_LENGTH, _PLACES[0])


def _written(number: int) -> str:
    text = ""
    while number:
        number, place = divmod(number, len(_PLACES))
        text = _PLACES[place] + text
    return text


class ServiceIDs:
    """Gives out what was reserved. The runtime reserves, so nothing here can block."""

    __slots__ = ("_blocks", "_mark")

    def __init__(self, mark: str = "") -> None:
        """`mark`: the last places of every id; see `drawn_mark`."""
        self._mark = mark
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
        return ServiceID(_written(block[0] % _COUNTS) + self._mark)
