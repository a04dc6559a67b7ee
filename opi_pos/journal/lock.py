"""Who drives a POI (rule 9): an OS file lock beside the journal, one file per POI.

The kernel releases it on any death of the process. The file's text is for people; only the lock
counts, so the file stays when the lock goes.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from opi_pos.model.errors import JournalError
from opi_pos.model.ids import POIID

if sys.platform == "win32":
    import msvcrt

    # Locks are mandatory on Windows: a byte far behind the text leaves the text readable.
    _LOCK_AT = 1 << 30

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCK_AT, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        # flock belongs to the open file, not to the process as lockf does: two SaleSystems in one
        # process exclude each other too.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


TRIES = 3
"""`owner()` takes the lock for some microseconds to see whether it is free."""
TRY_AGAIN_S = 0.001
_TEXT_MAX = 200
_SAFE = re.compile(r"[^A-Za-z0-9_-]+")


def lock_path(journal: Path, poi_id: POIID) -> Path:
    """`till.db` and `front` give `till.db.front.lock`; unsafe names get a digest."""
    name = _SAFE.sub("_", poi_id)[:40]
    if name != poi_id or poi_id != poi_id.lower():
        # Two POIs must not share a file, not even where file names have no case.
        name = f"{name}-{hashlib.sha256(poi_id.encode()).hexdigest()[:12]}"
    return journal.with_name(f"{journal.name}.{name}.lock")


class FileOwnership:
    """Implements `opi_pos.ports.Ownership` with one object per SaleSystem.

    `acquire` may be called again by who owns the lock already. Raises `JournalError` when the lock
    file cannot be made.
    """

    def __init__(
        self, journal: str | PathLike[str], *, wall: Callable[[], float] | None = None
    ) -> None:
        self._journal = Path(journal)
        self._wall = wall or (lambda: datetime.now(UTC).timestamp())
        self._held: dict[POIID, int] = {}

    def acquire(self, poi_id: POIID) -> bool:
        """Try to become the owner; False when another is."""
        if poi_id in self._held:
            return True
        path = lock_path(self._journal, poi_id)
        descriptor = _open(path)
        if not any(_attempts(descriptor)):
            os.close(descriptor)
            return False
        self._held[poi_id] = descriptor
        _write_text(descriptor, _describe(os.getpid(), self._wall()))
        return True

    def release(self, poi_id: POIID) -> None:
        """Give it up; no harm when not held."""
        descriptor = self._held.pop(poi_id, None)
        if descriptor is not None:
            _write_text(descriptor, "")
            os.close(descriptor)

    def owner(self, poi_id: POIID) -> str:
        """Such as `pid 4711 since 14:03`; empty when nobody holds the lock."""
        path = lock_path(self._journal, poi_id)
        if not path.exists():
            return ""
        descriptor = _open(path)
        try:
            if poi_id not in self._held and _try_lock(descriptor):
                return ""
            os.lseek(descriptor, 0, os.SEEK_SET)
            text = os.read(descriptor, _TEXT_MAX).decode("ascii", "replace").strip()
        finally:
            os.close(descriptor)
        return text or "another process"


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise JournalError(f"the lock file {path} cannot be opened: {error}") from error


def _attempts(descriptor: int) -> Iterator[bool]:
    for again in range(TRIES):
        if again:
            time.sleep(TRY_AGAIN_S)
        yield _try_lock(descriptor)


def _describe(pid: int, wall: float) -> str:
    since = datetime.fromtimestamp(wall, UTC).astimezone()
    return f"pid {pid} since {since:%H:%M}"


def _write_text(descriptor: int, text: str) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{text}\n".encode() if text else b"")
    except OSError:
        return  # a full disk must not keep the till from its terminal: the lock itself holds


class MemoryLocks:
    """The locks of one simulated machine."""

    def __init__(self) -> None:
        self.owners: dict[POIID, MemoryOwnership] = {}


class MemoryOwnership:
    """Implements `opi_pos.ports.Ownership` for one simulated process."""

    def __init__(self, locks: MemoryLocks, *, name: str = "another process") -> None:
        self._locks = locks
        self.name = name

    def acquire(self, poi_id: POIID) -> bool:
        """Try to become the owner; False when another is."""
        return self._locks.owners.setdefault(poi_id, self) is self

    def release(self, poi_id: POIID) -> None:
        """Give it up; no harm when not held."""
        if self._locks.owners.get(poi_id) is self:
            del self._locks.owners[poi_id]

    def owner(self, poi_id: POIID) -> str:
        """The owner's name; empty when nobody holds the lock."""
        owner = self._locks.owners.get(poi_id)
        return owner.name if owner is not None else ""

    def die(self) -> None:
        """What the kernel does when the process ends."""
        for poi_id in [poi for poi, owner in self._locks.owners.items() if owner is self]:
            del self._locks.owners[poi_id]
