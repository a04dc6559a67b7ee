"""What a disk may hold after a power cut: all that was synced, and any part of the rest."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import assert_never

from tests.power.recording import Delete, Mark, Operation, Sync, Truncate, Write

SECTOR = 512
"""A write is torn at these borders; within one it happens whole or not at all."""


class Platter:
    """Follows a recording and makes images of any moment."""

    def __init__(self, synced: Sequence[str]) -> None:
        self._durable: dict[str, bytearray] = {name: bytearray() for name in synced}
        self._cached: list[Write | Truncate | Delete] = []

    def follow(self, operation: Operation) -> None:
        """Take the next operation of the recording."""
        match operation:
            case Write() | Truncate():
                self._cached.append(operation)
            case Delete() if operation.durable:
                self._durable.pop(operation.file, None)
                self._cached = [item for item in self._cached if item.file != operation.file]
            case Delete():
                self._cached.append(operation)
            case Sync():
                self._sync(operation.file)
            case Mark():
                pass
            case _:
                assert_never(operation)

    def _sync(self, file: str) -> None:
        # With the first sync of a new file SQLite syncs the folder: its name is durable then, and
        # so is what was deleted before (unixSync, UNIXFILE_DIRSYNC).
        folder = file not in self._durable
        self._durable.setdefault(file, bytearray())
        kept: list[Write | Truncate | Delete] = []
        for item in self._cached:
            if item.file == file or (folder and isinstance(item, Delete)):
                _apply(self._durable, item)
            else:
                kept.append(item)
        self._cached = kept

    def cut(self, folder: Path, chance: random.Random) -> None:
        """Write what may be left into an empty folder.

        One cut in three keeps nothing of the cache, one everything, and one any part of it.
        """
        survival = chance.choice([0.0, 1.0, chance.random()])
        image = {name: bytearray(data) for name, data in self._durable.items()}
        for operation in self._cached:
            if isinstance(operation, Write):
                for sector in _sectors(operation):
                    if chance.random() < survival:
                        _apply(image, sector)
            elif chance.random() < survival:
                _apply(image, operation)
        for name, data in image.items():
            (folder / name).write_bytes(data)


def _sectors(write: Write) -> list[Write]:
    parts, start, end = [], write.offset, write.offset + len(write.data)
    while start < end:
        border = min(end, (start // SECTOR + 1) * SECTOR)
        data = write.data[start - write.offset : border - write.offset]
        parts.append(Write(write.file, start, data))
        start = border
    return parts


def _apply(files: dict[str, bytearray], operation: Write | Truncate | Delete) -> None:
    match operation:
        case Write():
            content = files.setdefault(operation.file, bytearray())
            end = operation.offset + len(operation.data)
            content.extend(bytes(max(0, end - len(content))))
            content[operation.offset : end] = operation.data
        case Truncate():
            content = files.setdefault(operation.file, bytearray())
            del content[operation.size :]
            content.extend(bytes(max(0, operation.size - len(content))))
        case Delete():
            files.pop(operation.file, None)
        case _:
            assert_never(operation)
