"""All that the rules of a terminal can do to the world, carried out in list order."""

from __future__ import annotations

import msgspec

from opi_pos.model.devices import AbortInput, Display, Event, PrintJob, Question
from opi_pos.poi.books import Entry
from opi_pos.poi.nexo.answers import Answer, Kept
from opi_pos.poi.nexo.requests import Header

DeviceBody = Display | Question | PrintJob | Event | AbortInput


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """End the till's exchange: with an answer, or with none (HTTP 204)."""

    to: Header
    answer: Answer | None = None


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """Tell the till that one of its messages was not accepted (event Reject).

    With `rejected`, the bytes go back in base64. `in_body`: answer the exchange of `to` with the
    event; else it goes to the till's own door.
    """

    to: Header
    details: str
    rejected: bytes = b""
    in_body: bool = False


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """Send a device request or an event to the till, in order.

    `awaited`: feed back `device_answered` or `device_failed` with the header's device id.
    """

    header: Header
    body: DeviceBody
    awaited: bool = False
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
    """Cut the power now: every open exchange breaks, then call `reboot`."""


Effect = Reply | Reject | Send | Wait | Record | Keep | Reboot
