"""Arrows between till and terminal, line by line, as in a sequence diagram."""

from __future__ import annotations

import sys

from opi_pos.cli.screen import Screen

WIDTH = 66
"""Columns between the two life lines."""
NOT_THERE = 8
"""Columns that a lost arrow stays away from its goal."""


class Drawing:
    """Draws on a screen; falls back to ASCII where the output cannot show lines."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        fancy = _can_show("│─▶◀✕")
        self._bar, self._dash = ("│", "─") if fancy else ("|", "-")
        self._right, self._left, self._cross = ("▶", "◀", "✕") if fancy else (">", "<", "x")

    def title(self, text: str) -> None:
        """A new chapter, with the names of the two sides."""
        self._screen.line()
        self._screen.line(text, "bold")
        self._screen.line(f"  Till{' ' * (WIDTH - 5)}Terminal", "dim")

    def to_terminal(self, text: str, style: str = "green") -> None:
        """An arrow from left to right."""
        self._line(f"{self._dash} {text} {self._shaft(text)}{self._right}", style)

    def to_till(self, text: str, style: str = "cyan") -> None:
        """An arrow from right to left."""
        self._line(f"{self._left}{self._shaft(text)} {text} {self._dash}", style)

    def lost(self, text: str) -> None:
        """An arrow from the terminal that never arrives."""
        shaft = self._shaft(text)[NOT_THERE:]
        self._line(f"{' ' * NOT_THERE}{self._cross}{shaft} {text} {self._dash}", "bold red")

    def note(self, text: str, style: str = "") -> None:
        """Something that is no message."""
        self._line(f"   {text}".ljust(WIDTH), style)

    def result(self, text: str, style: str) -> None:
        """What came of a chapter."""
        self._screen.line(f"  => {text}", style)

    def _shaft(self, text: str) -> str:
        return self._dash * max(0, WIDTH - len(text) - 4)

    def _line(self, text: str, style: str) -> None:
        self._screen.line(f"   {self._bar}{text[:WIDTH].ljust(WIDTH)}{self._bar}", style)


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
