"""`decode --protocol zvt`: lines of hexadecimal digits, read as they come, one answer to each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Final

from opi_pos.cli.screen import Screen
from opi_pos.cli.tree import tree_lines
from opi_pos.model.errors import UsageError
from terminal_bridge import zvt
from terminal_bridge.zvt.limits import MAX_HEX_LINE

_LONGEST: Final = MAX_HEX_LINE + 64
"""Room for blanks around a line; a longer one is not kept, however long it is."""
_MARK: Final = b"\xef\xbb\xbf"
"""What some editors put before a text."""


def decode_lines(file: Path | None, screen: Screen) -> int:
    """One output for each line, also for one that is no message."""
    try:
        with file.open("rb") if file is not None else nullcontext(sys.stdin.buffer) as opened:
            _decode(opened, screen)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UsageError(f"{file or 'standard input'}: {error.strerror}") from None
    return 0


def _decode(opened: BinaryIO, screen: Screen) -> None:
    read = 0
    for read, line in enumerate(_lines(opened), 1):  # noqa: B007 - counted for the end
        _show(zvt.describe(line), screen)
    if not read:
        raise UsageError("there is no message: the input is empty")


def _lines(opened: BinaryIO) -> Iterator[str]:
    """Lines end with a newline, with or without a carriage return, and with nothing else."""
    first = True
    while line := opened.readline(_LONGEST):
        while not line.endswith(b"\n") and len(line) >= _LONGEST:
            rest = opened.readline(_LONGEST)
            if len(rest) < _LONGEST or rest.endswith(b"\n"):
                break
        yield (line.removeprefix(_MARK) if first else line).decode("ascii", errors="replace")
        first = False


def _show(tree: Any, screen: Screen) -> None:
    if screen.json:
        screen.object(tree)
        return
    for line in tree_lines(tree):
        screen.line(line)
