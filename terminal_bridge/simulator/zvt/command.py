"""A till's command, with its fields read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.simulator.zvt.fields import NO_FIELDS, Fields, read_fields
from terminal_bridge.zvt.apdu import Apdu

_PASSWORD_BYTES: Final = 3

_HEADS: Final = {
    0x0609: 3,
    0x0610: 3,
    0x0620: 3,
    0x0630: 3,
    0x0631: 3,
    0x0621: 3,
    0x0650: 3,
    0x0651: 3,
    0x0691: 3,
    0x0693: 3,
    0x0695: 6,
    0x061B: 3,
    0x0830: 1,
    0x0840: 1,
    0x06C0: 1,
}
"""Bytes before the bitmaps. 05 01 and 06 00 are read by their own rules."""

WITH_PASSWORD: Final = frozenset(
    {0x0600, 0x0610, 0x0612, 0x061B, 0x0620, 0x0621, 0x0630, 0x0631, 0x0650, 0x0651, 0x0691, 0x0693}
    | {0x0695}
)


@dataclass(frozen=True, slots=True)
class Command:
    """`head` is the untagged part."""

    link: int
    control: int
    head: bytes = b""
    fields: Fields = NO_FIELDS
    data: bytes = field(default=b"", repr=False)

    @property
    def password(self) -> str:
        """Six digits; empty when the command has none."""
        return self.head[:_PASSWORD_BYTES].hex() if self.control in WITH_PASSWORD else ""


_UNTAGGED: Final = frozenset({0x0600, 0x0612, 0x06D1, 0x0FA1})
"""Commands that have a reader of their own."""


def read_command(link: int, apdu: Apdu) -> Command:
    """Raises `ProtocolError` for a command that cannot be read."""
    control, data = apdu.control, apdu.data
    if control in _UNTAGGED:
        return Command(link, control, data[:_PASSWORD_BYTES], NO_FIELDS, data)
    size = _HEADS.get(control, 0)
    if control == 0x0501:
        size = _PASSWORD_BYTES if len(data) >= _PASSWORD_BYTES else 0
    elif control == 0x06C0 and (not data or data[0] in {0x19, 0xFC, 0x06}):
        size = 0
    if not data and control in WITH_PASSWORD:
        size = 0  # a till that leaves the password out is understood where none is insisted on
    if len(data) < size:
        raise ProtocolError("", "the untagged part is cut off")
    return Command(link, control, data[:size], read_fields(data[size:]), data)
