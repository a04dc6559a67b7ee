"""What the terminal shows while it works (04 FF), in the words of the till. Pure."""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import Display, Progress
from terminal_bridge.zvt.messages.status import IntermediateStatus
from terminal_bridge.zvt.tables.intermediate_status import status_text

_PROGRESS: Final[dict[int, Progress]] = {
    0x00: Progress.STARTED,
    0x01: Progress.WAIT_PIN,
    0x02: Progress.WAIT_PIN,
    0x04: Progress.AUTHORISING,
    0x05: Progress.AUTHORISING,
    0x06: Progress.AUTHORISING,
    0x0A: Progress.WAIT_CARD,
    0x0B: Progress.REMOVE_CARD,
    0x0E: Progress.TERMINAL_BUSY,
    0x0F: Progress.TERMINAL_BUSY,
    0x15: Progress.WAIT_PIN,
    0x17: Progress.TERMINAL_BUSY,
    0x1B: Progress.RESULT_SHOWN,
    0x1C: Progress.RESULT_SHOWN,
    0x1D: Progress.RESULT_SHOWN,
    0x2A: Progress.WAIT_CARD,
    0x4B: Progress.REMOVE_CARD,
    0x5E: Progress.REMOVE_CARD,
    0x6A: Progress.PIN_PROGRESS,
    0x6B: Progress.PIN_PROGRESS,
    0x6C: Progress.PIN_PROGRESS,
    0x6D: Progress.AUTHORISING,
    0xC9: Progress.TERMINAL_BUSY,
    0xCA: Progress.TERMINAL_BUSY,
    0xD2: Progress.AUTHORISING,
    0xD3: Progress.AUTHORISING,
}
_WITH_CARD: Final = range(0x41, 0x5E)
"""01 to 1D again, with the wish to remove the card."""


def display_of(status: IntermediateStatus, language: str) -> Display | None:
    """The terminal's own text where it sends one, else the standard's. None for a status that
    nobody knows: those are to be ignored.
    """
    code = status.status if status.status is not None else -1
    text = status_text(code)
    lines = tuple(line for line in status.texts if line.strip())
    if not lines and text is not None:
        lines = (text(language),)
    if not lines:
        return None
    progress = _PROGRESS.get(code, Progress.OTHER)
    if progress is Progress.OTHER and code in _WITH_CARD:
        progress = Progress.REMOVE_CARD
    return Display(lines=lines, progress=progress, transient=progress is Progress.PIN_PROGRESS)
