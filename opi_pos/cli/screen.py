"""What a command says: people read coloured lines on a terminal, programs read JSON lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from rich.console import Console


class Screen:
    """Standard output. Nothing but JSON goes there with `json`; remarks then go to nobody."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.tty = not json and sys.stdout.isatty()
        self._console: Console | None = None

    def line(self, text: str = "", style: str = "") -> None:
        """A line for people; `style` in rich's words, used on a terminal only."""
        if self.json:
            return
        if self.tty:
            self._rich().print(text, style=style or None, markup=False, highlight=False)
        else:
            print(text, flush=True)  # noqa: T201 - that is its work

    def object(self, value: Any) -> None:
        """One JSON object on one line, for programs."""
        if self.json:
            print(msgspec.json.encode(value).decode(), flush=True)  # noqa: T201

    def _rich(self) -> Console:
        if self._console is None:
            # Rich takes a tenth of a second to load, which nobody sees who pipes.
            from rich.console import Console  # noqa: PLC0415

            self._console = Console(soft_wrap=True)
        return self._console
