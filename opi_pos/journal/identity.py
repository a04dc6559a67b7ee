"""Notices that the journal's file was removed or replaced while it is open."""

from __future__ import annotations

from pathlib import Path

from opi_pos.model.errors import JournalError


class FileIdentity:
    """Remembers which file a path named.

    SQLite goes on writing to a file that has lost its name: durable, and found by nobody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first = self._now()

    def check(self) -> None:
        """`JournalError` unless the path still names the same file."""
        if self._now() != self._first:
            raise JournalError(
                f"the journal {self._path} was removed or replaced: restart the program"
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino
