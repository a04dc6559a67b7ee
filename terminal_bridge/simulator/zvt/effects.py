"""All that the rules of the terminal can do to the world, carried out in list order."""

from __future__ import annotations

from dataclasses import dataclass

from opi_pos.poi.books import Entry
from terminal_bridge.simulator.zvt.store import News
from terminal_bridge.zvt.apdu import Apdu


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message on a link; on a link that is gone nothing happens."""

    link: int
    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Wait:
    """Call `elapsed(token)` after that many seconds; None: one beat of the pace."""

    token: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Record:
    """Write a movement into the books, durably, before anything that follows."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep what the store took up, durably."""

    news: News


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """The turnover was submitted: the books begin their next period."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Close a link."""

    link: int


@dataclass(frozen=True, slots=True)
class Reboot:
    """Cut the power now: every link breaks, then call `boot`."""


Effect = Send | Wait | Record | Keep | ClosePeriod | Hang | Reboot
