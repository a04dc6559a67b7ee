"""What a line does to bytes on their way: faults as data, and noise from a seed.

Bytes are counted in each direction over all connections: `Fault(strike="flip", category="to_till",
nth=17)` flips a bit of the 17th byte that the terminal sends.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from opi_pos.poi.faults import Fault, Strike, Struck

TO_TERMINAL: Final = "to_terminal"
TO_TILL: Final = "to_till"
DIRECTIONS: Final = frozenset({TO_TERMINAL, TO_TILL})

_NOISE: Final = (Strike.LOSE, Strike.DOUBLE, Strike.FLIP)


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of some bytes. `event`, if any, happens after `data` was carried."""

    data: bytes
    event: Strike | None = None
    seconds: float = 0.0
    rest: bytes = b""
    """What stood behind the byte of the event; it is carried only if the line still works."""


_EVENTS: Final = (Strike.RESET, Strike.REBOOT, Strike.SILENCE)


class Line:
    """Both directions of a terminal's line."""

    def __init__(self, faults: Iterable[Fault] = (), *, noise: float = 0.0, seed: int = 0) -> None:
        """`noise`: the chance that a byte is lost, doubled or flipped."""
        given = tuple(faults)
        self._faults = {
            direction: tuple(fault for fault in given if fault.category == direction)
            for direction in DIRECTIONS
        }
        self._passed = dict.fromkeys(DIRECTIONS, 0)
        self._noise = noise
        self._random = random.Random(seed)  # noqa: S311 - a simulation that repeats

    def carry(self, direction: str, data: bytes) -> Passed:
        """Carry bytes as far as nothing else happens."""
        first = self._passed[direction] + 1
        if not self._noise and not self._strikes(direction, first, first + len(data)):
            self._passed[direction] += len(data)
            return Passed(data)
        carried = bytearray()
        for index, byte in enumerate(data):
            self._passed[direction] += 1
            number = first + index
            struck = self._strikes(direction, number, number + 1)
            for event in _EVENTS:
                if struck.by(event):
                    rest = data[index + 1 :]
                    return Passed(bytes(carried), event, struck.seconds(event), rest)
            carried += self._touch(byte, struck)
        return Passed(bytes(carried))

    def _strikes(self, direction: str, first: int, end: int) -> Struck:
        """The faults that strike one of these bytes."""
        return Struck(
            fault
            for fault in self._faults[direction]
            if fault.nth < end and first < fault.nth + fault.times
        )

    def _touch(self, byte: int, struck: Struck) -> bytes:
        strikes = [strike for strike in _NOISE if struck.by(strike)]
        if self._noise and self._random.random() < self._noise:
            strikes.append(self._random.choice(_NOISE))
        value = bytes((byte,))
        for strike in strikes:
            match strike:
                case Strike.LOSE:
                    return b""
                case Strike.DOUBLE:
                    value += value
                case _:
                    value = bytes((value[0] ^ 1 << self._random.randrange(8),)) + value[1:]
        return value
