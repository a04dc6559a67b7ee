"""Where a struct's member stands in a message: untagged in front, in a bitmap, or in a TLV object.

    amount: Annotated[int | None, bmp(0x04)] = None
    tip: Annotated[int | None, tag("1F36")] = None
    texts: Annotated[tuple[str, ...], tag("24.07", many=True)] = ()

How the content is coded follows from the tables; a member may name another coding.
"""

from __future__ import annotations

from typing import NamedTuple


class Untagged(NamedTuple):
    """A member in front of the bitmaps, in the order of the struct."""

    size: int
    coding: str
    required: bool
    leads: bool


class InBmp(NamedTuple):
    """A member in a bitmap."""

    bmp: int
    coding: str


class InTlv(NamedTuple):
    """A member in a TLV object, written at the first of its paths and read from any of them."""

    paths: tuple[tuple[int, ...], ...]
    coding: str
    many: bool


def untagged(size: int, coding: str, *, required: bool = False, leads: bool = False) -> Untagged:
    """`size` in bytes; 0 takes what is left. When writing, a required one is never left out, and
    one that leads is not left out when anything follows, for nobody could tell them apart.
    """
    return Untagged(size, coding, required, leads)


def bmp(number: int, coding: str = "") -> InBmp:
    """The bitmap's number."""
    return InBmp(number, coding)


def tag(*paths: str, coding: str = "", many: bool = False) -> InTlv:
    """Each path is tags with dots between, such as `2F.1F10`; `many` collects a tuple.

    The coding `objects` makes a struct of the object's own members; `lines` reads print texts.
    """
    split = tuple(tuple(int(part, 16) for part in path.split(".")) for path in paths)
    return InTlv(split, coding, many)
