"""Sequence ids (tag 1F73): every message bears one once both sides agreed at the registration."""

from __future__ import annotations

from typing import Final

from terminal_bridge.simulator.zvt.fields import number_in, pack
from terminal_bridge.simulator.zvt.message import SEQUENCE_ID
from terminal_bridge.zvt.apdu import Apdu

_MARK: Final = SEQUENCE_ID.to_bytes(2, "big") + b"\x03"
_LAST: Final = 999_999


class SequenceIds:
    """An answer bears the id of its command; the next own command bears the next id."""

    def __init__(self) -> None:
        self.heard: bytes | None = None
        """The id that the next answer bears."""
        self._last: bytes | None = None

    def hear(self, apdu: Apdu) -> None:
        """Take the id of a command."""
        self.heard = self._last = _id_of(apdu)

    def repeats(self, apdu: Apdu) -> bool:
        """Whether the till sends a command again: with the id of the last one."""
        return self._last is not None and _id_of(apdu) == self._last

    def next(self) -> bytes:
        """The id of the terminal's next command."""
        number = number_in(self.heard or b"") or 0
        self.heard = pack(number % _LAST + 1, 3)
        return self.heard


def _id_of(apdu: Apdu) -> bytes | None:
    """It stands last in its container."""
    at = apdu.data.rfind(_MARK)
    return apdu.data[at + 3 : at + 6] if at >= 0 else None
