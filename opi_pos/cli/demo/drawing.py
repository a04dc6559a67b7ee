"""Arrows between life lines, line by line, as in a sequence diagram."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from opi_pos.cli.screen import Screen

MARGIN: Final = 3
SCREEN: Final = 80
NOT_THERE: Final = 8
"""Columns that a lost arrow stays away from its goal."""


class Drawing:
    """Draws on a screen; falls back to ASCII where the output cannot show lines."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        fancy = _can_show("│─▶◀✕…")
        self._bar, self.dash = ("│", "─") if fancy else ("|", "-")
        self.right, self.left, self.cross = ("▶", "◀", "✕") if fancy else (">", "<", "x")
        self.more = "…" if fancy else "..."
        self._sides: tuple[str, ...] = ()
        self._widths: tuple[int, ...] = ()

    def lay_out(self, sides: Sequence[str], widths: Sequence[int]) -> tuple[Lane, ...]:
        """Life lines from left to right, and the columns between them. Gives the lanes between."""
        assert len(sides) == len(widths) + 1
        self._sides, self._widths = tuple(sides), tuple(widths)
        return tuple(Lane(self, number, width) for number, width in enumerate(widths))

    def title(self, text: str) -> None:
        """A new chapter, with the names of the sides."""
        self._screen.line()
        self._screen.line(text, "bold")
        self._screen.line(self._names(), "dim")

    def _names(self) -> str:
        """Each above its life line, and none beyond a narrow screen."""
        line, bar = "", MARGIN
        for name, width in zip(self._sides, (*self._widths, 0), strict=True):
            at = min(bar - len(name) // 2, SCREEN - len(name))
            line = line.ljust(at) + name
            bar += width + 1
        return line

    def note(self, text: str, style: str = "") -> None:
        """Something that is no message."""
        self.line(0, f"   {text}", style)

    def result(self, text: str, style: str) -> None:
        """What came of a chapter."""
        self._screen.line(f"  => {text}", style)

    def line(self, number: int, text: str, style: str) -> None:
        """One line, with a text in one lane."""
        lanes = [" " * width for width in self._widths]
        lanes[number] = text[: self._widths[number]].ljust(self._widths[number])
        bars = self._bar.join(("", *lanes, ""))
        self._screen.line(" " * MARGIN + bars, style)


class Lane:
    """Between two life lines."""

    def __init__(self, drawing: Drawing, number: int, width: int) -> None:
        self._drawing = drawing
        self._number = number
        self._width = width

    def to_right(self, text: str, style: str = "green") -> None:
        """An arrow from left to right."""
        d, text = self._drawing, self._cut(text)
        d.line(self._number, f"{d.dash} {text} {self._shaft(text)}{d.right}", style)

    def to_left(self, text: str, style: str = "cyan") -> None:
        """An arrow from right to left."""
        d, text = self._drawing, self._cut(text)
        d.line(self._number, f"{d.left}{self._shaft(text)} {text} {d.dash}", style)

    def lost(self, text: str) -> None:
        """An arrow from the right that never arrives."""
        d, text = self._drawing, self._cut(text)
        shaft = self._shaft(text)[NOT_THERE:]
        line = f"{' ' * NOT_THERE}{d.cross}{shaft} {text} {d.dash}"
        d.line(self._number, line, "bold red")

    def _shaft(self, text: str) -> str:
        return self._drawing.dash * max(0, self._width - len(text) - 4)

    def _cut(self, text: str) -> str:
        room = self._width - 4
        return (
            text
            if len(text) <= room
            else text[: room - len(self._drawing.more)] + (self._drawing.more)
        )


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
