"""A disk that writes down what SQLite asks of it, so that a test can cut its power afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

VFS_NAME = "recording"


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """Everything written to the file before is on the platter."""

    file: str


@dataclass(frozen=True, slots=True)
class Delete:
    file: str
    durable: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Not the disk's: something that the journal told its caller."""

    what: str


Operation = Write | Truncate | Sync | Delete | Mark


@dataclass(slots=True)
class Recording:
    """In the order of the calls. Lists are appended to by one thread at a time here."""

    operations: list[Operation] = field(default_factory=list)

    def mark(self, what: str) -> None:
        self.operations.append(Mark(what))

    @contextmanager
    def disk(self) -> Iterator[str]:
        """The name of a VFS that records into here."""
        vfs = _RecordingVFS(self)
        try:
            yield VFS_NAME
        finally:
            vfs.unregister()


class _RecordingVFS(apsw.VFS):
    """The real disk below, but a sync is only written down: it would cost most of the time."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        super().__init__(VFS_NAME, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return _RecordingFile(self.recording, name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's
        super().xDelete(name, syncdir)
        self.recording.operations.append(Delete(Path(name).name, bool(syncdir)))


class _RecordingFile(apsw.VFSFile):
    def __init__(self, recording: Recording, name: Any, flags: list[int]) -> None:
        self.recording = recording
        self.file = Path(name.filename() if hasattr(name, "filename") else str(name)).name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self.recording.operations.append(Write(self.file, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(size)
        self.recording.operations.append(Truncate(self.file, size))

    def xSync(self, _flags: int) -> None:  # noqa: N802 - SQLite's name
        self.recording.operations.append(Sync(self.file))
