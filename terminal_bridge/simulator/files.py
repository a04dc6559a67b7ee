"""The files of a simulator: books and answers that outlive the process, and faults."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.books import Books, Entry
from opi_pos.poi.faults import Fault, faults_from
from opi_pos.poi.nexo.answers import Kept
from opi_pos.poi.nexo.memory import Memory

_Answer = TypeVar("_Answer", bound=msgspec.Struct)


_NO_ANSWER: Final = msgspec.Raw()


class _Line(msgspec.Struct, omit_defaults=True):
    """One line of a books file. What a kept answer looks like is a matter of the protocol."""

    entry: Entry | None = None
    kept: msgspec.Raw = _NO_ANSWER
    period: int | None = None


class BooksFile:
    """An append-only file of JSON lines. A line is on disk before its call returns.

    A last line that a crash cut off is dropped; any other damage raises `ConfigurationError`.
    """

    def __init__(self, path: Path) -> None:
        lines = _read(path)
        self._path = path
        self._entries = [line.entry for line in lines if line.entry is not None]
        self._kept = [line.kept for line in lines if line.kept]
        self._period = max((line.period for line in lines if line.period), default=1)
        self._file = path.open("ab")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def books(self) -> Books:
        """The books so far; new entries are appended."""
        return Books(self._entries, period=self._period, keep=self._keep)

    def memory(self, limit: int) -> Memory:
        """The last answers; new ones are appended."""
        return Memory(self.answers(Kept), limit=limit, keep=self.keep_answer)

    def answers(self, kind: type[_Answer]) -> list[_Answer]:
        """The answers so far, of a protocol's own kind. Raises `ConfigurationError`."""
        try:
            return [msgspec.json.decode(kept, type=kind) for kept in self._kept]
        except msgspec.DecodeError:
            raise ConfigurationError("books", f"{self._path}: of another terminal") from None

    def keep_answer(self, answer: msgspec.Struct) -> None:
        """Append an answer."""
        self._append(_Line(kept=msgspec.Raw(msgspec.json.encode(answer))))

    def _keep(self, news: Entry | int) -> None:
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


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Faults from a TOML or JSON file, by its suffix. Raises `ConfigurationError`."""
    try:
        text = path.read_text("utf-8")
        document: Any = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError("faults", f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError("faults", f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise ConfigurationError("faults", f"{path}: must be an object with a list `faults`")
    return faults_from(document)
