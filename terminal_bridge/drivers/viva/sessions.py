"""What the cloud says of a session: one look, by its id or in the list of its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.wire import viva
from terminal_bridge.drivers.viva.cloud import Cloud
from terminal_bridge.drivers.viva.reading import is_running
from terminal_bridge.links.link import Reply

_EARLY, _LATE = time(0, 30), time(23, 30)
"""Around midnight a session may count to the day before or after: it is begun a little later than
it was ordered, and the till's clock may differ from the cloud's.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """It has ended, and this is what it says."""

    session: viva.Session


@dataclass(frozen=True, slots=True)
class Pending:
    """The cloud knows it, and it has not ended."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The cloud does not know it (yet)."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Nobody knows: no answer, or one that says nothing."""

    problem: str


Look = Found | Pending | Absent | Unseen


async def by_id(cloud: Cloud, session_id: str) -> Look:
    """Ask for one session."""
    try:
        reply = await cloud.session(session_id)
    except LinkError as error:
        return Unseen(str(error))
    return _look(reply, session_id)


def _look(reply: Reply, session_id: str) -> Look:
    match reply.status:
        case 200:
            try:
                return _said(viva.read_session(reply.body), session_id)
            except ProtocolError as error:
                return Unseen(f"the session cannot be read: {error}")
        case 202:
            return Pending()
        case 404:
            return Absent()
        case _:
            told = viva.read_problem(reply.body)
            return Unseen(f"HTTP {reply.status}" + (f": {told}" if told else ""))


def _said(session: viva.Session, session_id: str) -> Look:
    if not _same(session.session_id, session_id):
        return Unseen("the answer is about another session")
    return Pending() if is_running(session) else Found(session)


async def by_day(cloud: Cloud, session_id: str, ordered_at: datetime) -> Look:
    """Look into the list of the day on which it was ordered. Where a session stands there twice,
    its success counts.
    """
    listed: list[viva.Session] = []
    try:
        for day in _days(ordered_at):
            listed += await cloud.sessions(day)
    except (LinkError, ProtocolError) as error:
        return Unseen(f"the day's list: {error}")
    own = [
        _said(session, session_id) for session in listed if _same(session.session_id, session_id)
    ]
    ended = [look for look in own if isinstance(look, Found)]
    paid = [look for look in ended if look.session.success]
    return next(iter([*paid, *ended, *own]), Absent())


def _days(ordered_at: datetime) -> list[date]:
    there = ordered_at.astimezone(UTC)
    day, clock = there.date(), there.time()
    if clock < _EARLY:
        return [day, day - timedelta(days=1)]
    return [day, day + timedelta(days=1)] if clock >= _LATE else [day]


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
