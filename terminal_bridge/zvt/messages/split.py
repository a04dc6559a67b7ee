"""How untagged members are told from the bitmaps after them."""

from __future__ import annotations

from opi_pos.model.currencies import CODES
from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.tlv import read_length, read_objects

_CONTAINER = 0x06


def container_at(data: bytes, at: int) -> bool:
    """Whether a TLV container begins at `at` and fills the rest exactly."""
    if at >= len(data) or data[at] != _CONTAINER:
        return False
    try:
        size, start = read_length(data, at + 1)
    except ProtocolError:
        return False
    return start + size == len(data)


def objects_at(data: bytes, at: int) -> bool:
    """Whether a container fills the rest from `at`, and its objects can be read."""
    if not container_at(data, at):
        return False
    try:
        _, start = read_length(data, at + 1)
        return all(True for _ in read_objects(data[start:]))
    except ProtocolError:
        return False


def end_of_rest(data: bytes, at: int) -> int:
    """Where a member that takes what is left ends: at a container that fills the rest, or never.

    A text may hold the byte 06, so the container has to have objects that can be read.
    """
    found = data.find(_CONTAINER, at)
    while found >= 0 and not objects_at(data, found):
        found = data.find(_CONTAINER, found + 1)
    return len(data) if found < 0 else found


def currency_at(data: bytes, at: int, followed_by: tuple[int, ...]) -> bytes | None:
    """Two bytes that are a currency of ISO 4217 and end the message, or stand before a bitmap.

    `06 00` is an empty container and not the guarani (0600).
    """
    if container_at(data, at):
        return None
    code = data[at : at + 2]
    if len(code) < 2 or code.hex()[1:] not in CODES or code[0] > 0x09:
        return None
    following = data[at + 2 : at + 3]
    return code if not following or following[0] in followed_by else None
