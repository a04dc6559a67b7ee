"""All that the rules of a terminal can do to the world, carried out in list order."""

from __future__ import annotations

import msgspec

from opi_pos.model.devices import Display, PrintJob, Question
from opi_pos.model.ids import DeviceID
from opi_pos.poi.books import Entry
from opi_pos.poi.opi.answers import (
    CardAnswer,
    MoneyAnswer,
    OfflineAnswer,
    PlainAnswer,
    StateAnswer,
    TotalsAnswer,
)
from opi_pos.poi.opi.kept import Kept
from opi_pos.poi.opi.requests import Header

DeviceBody = Display | Question | PrintJob


class RepeatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The last message again: the success of repeating it, whatever it said."""

    kept: Kept


Answer = (
    PlainAnswer
    | MoneyAnswer
    | CardAnswer
    | TotalsAnswer
    | StateAnswer
    | OfflineAnswer
    | RepeatAnswer
)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer the till's request on channel 0."""

    to: Header
    answer: Answer


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """Ask something of the till on channel 1, in order, about the request `about`.

    `awaited`: feed back `device_answered` with the `device_id`.
    """

    device_id: DeviceID
    """Ours, never twice the same; on the wire stand the two below."""
    request_id: str
    sequence: int
    about: Header
    body: DeviceBody
    awaited: bool = True
    deadline_s: float = 10.0


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Call `elapsed(token)` after that many seconds; None: one beat of the pace."""

    token: int
    seconds: float | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Write a movement into the books, durably, before anything that follows."""

    entry: Entry


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """Keep an answer durably, so that it can be repeated after a reboot."""

    kept: Kept


class Reboot(msgspec.Struct, frozen=True):
    """Cut the power now: every open connection breaks, then call `reboot`."""


Effect = Reply | Send | Wait | Record | Keep | Reboot
