"""The server's database of the seed: sessions that are unfinished, aborted or undelivered, kept in
the journal until the client removes them.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from opi_pos.model.errors import JournalError
from opi_pos.model.ids import POIID
from opi_pos.ports import Journal

KEPT_AT_MOST: Final = 500
"""Entries; past it the oldest that is not running is forgotten, and the log says so."""
_NAME: Final = "sessions"

_log = logging.getLogger("listener.faces.keycard")


class SessionState(enum.StrEnum):
    RUNNING = "running"
    UNFINISHED = "unfinished"
    """Nobody knows yet how it ended, or nobody could be told."""
    ABORTED = "aborted"
    PARTIAL = "partial"
    """Less than asked is taken: neither a success nor a failure."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One session. `callback_url` and `peer` are who asked, so that a result can still be told."""

    session: int
    command: str
    at: float
    parameter: str = ""
    state: SessionState = SessionState.RUNNING
    reference: str = ""
    """Of the money order."""
    callback_url: str = ""
    peer: str = ""
    text: str = ""


class SessionBook:
    """All entries of one face."""

    def __init__(self, journal: Journal, face: str) -> None:
        self._journal = journal
        self._place = POIID(f"face.{face}")
        self._entries: dict[int, Entry] = {}

    async def open(self) -> None:
        """Read what an earlier process left."""
        text = await self._journal.recall(self._place, _NAME)
        entries = msgspec.json.decode(text, type=list[Entry]) if text else []
        self._entries = {entry.session: entry for entry in entries}

    async def next_session(self) -> int:
        """A number that no session had before."""
        return await self._journal.reserve_service_ids(self._place, 1, 1)

    async def put(self, entry: Entry) -> None:
        """Add. Raises `JournalError`; then it is not there."""
        self._entries[entry.session] = entry
        self._forget_oldest()
        try:
            await self._write()
        except JournalError:
            del self._entries[entry.session]
            raise

    async def change(self, session: int, **words: Any) -> None:
        """Change an entry that is there."""
        entry = self._entries.get(session)
        if entry is not None:
            self._entries[session] = msgspec.structs.replace(entry, **words)
            await self._write_if_possible()

    async def remove(self, session: int) -> bool:
        """Forget an entry; False when there is none."""
        if self._entries.pop(session, None) is None:
            return False
        await self._write_if_possible()
        return True

    def get(self, session: int) -> Entry | None:
        """One entry."""
        return self._entries.get(session)

    def entries(self) -> tuple[Entry, ...]:
        """All, oldest first."""
        return tuple(self._entries[number] for number in sorted(self._entries))

    def _forget_oldest(self) -> None:
        rest = (e.session for e in self.entries() if e.state is not SessionState.RUNNING)
        if len(self._entries) > KEPT_AT_MOST and (oldest := next(rest, None)) is not None:
            del self._entries[oldest]
            _log.warning("session %d is forgotten: %d wait for removal", oldest, KEPT_AT_MOST)

    async def _write(self) -> None:
        await self._journal.remember(
            self._place, _NAME, msgspec.json.encode(self.entries()).decode()
        )

    async def _write_if_possible(self) -> None:
        """What is known here is right; a disk that fails now gets it with the next change."""
        try:
            await self._write()
        except JournalError as error:
            _log.warning("the list of sessions could not be written: %s", error)


def listed(entries: Iterable[Entry]) -> bytes:
    """The content as `GetAbortedSessions` tells it. The documentation shows no form; a JSON array
    of objects, Id first, is inferred.
    """
    return msgspec.json.encode(
        [
            {
                "Id": entry.session,
                "Command": entry.command,
                "Parameter": entry.parameter,
                "State": entry.state.value,
                "Time": int(entry.at),
                "Text": entry.text,
            }
            for entry in entries
        ]
    )
