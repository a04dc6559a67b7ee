"""The file of a simulated terminal: books and store that outlive the process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.books import Books, Entry
from terminal_bridge.simulator.zvt.store import News, Store


class _Line(msgspec.Struct, omit_defaults=True):
    """One line of the file."""

    entry: Entry | None = None
    news: News | None = None
    period: int | None = None


class StoreFile:
    """An append-only file of JSON lines. A line is on disk before its call returns.

    A last line that a crash cut off is dropped; any other damage raises `ConfigurationError`.
    """

    def __init__(self, path: Path) -> None:
        lines = _read(path)
        self._entries = [line.entry for line in lines if line.entry is not None]
        self._news = [line.news for line in lines if line.news is not None]
        self._period = max((line.period for line in lines if line.period), default=1)
        self._file = path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def books(self) -> Books:
        """The books so far; new entries are appended."""
        return Books(self._entries, period=self._period, keep=self._keep_books)

    def store(self) -> Store:
        """The store so far."""
        return Store(self._news)

    def keep(self, news: News) -> None:
        """Append a change of the store."""
        self._append(_Line(news=news))

    def _keep_books(self, news: Entry | int) -> None:
        self._append(_Line(period=news) if isinstance(news, int) else _Line(entry=news))

    def _append(self, line: _Line) -> None:
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _read(path: Path) -> list[_Line]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigurationError("books", f"{path}: {error.strerror}") from None
    whole, newline, cut_off = data.rpartition(b"\n")
    if cut_off:
        path.write_bytes(whole + newline)
    lines = []
    for number, line in enumerate(whole.split(b"\n") if whole else [], start=1):
        try:
            lines.append(msgspec.json.decode(line, type=_Line))
        except msgspec.DecodeError:
            raise ConfigurationError("books", f"{path}: line {number} is damaged") from None
    return lines
