"""Which intermediate status (04 FF) stands for what the card side shows."""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import Display, Progress

INSERT_CARD: Final = 0x0A
REMOVE_CARD: Final = 0x0B
PLEASE_WAIT: Final = 0x0E
AUTO_REVERSAL: Final = 0x05
CHOOSE_DCC: Final = 0x69
CARD_INSERTED: Final = 0x68

_WATCH_PIN_PAD: Final = 0x01
_WRONG_PIN: Final = 0x15
_ASKING_HOST: Final = 0x04
_BY_PROGRESS: Final = {
    Progress.WAIT_CARD: INSERT_CARD,
    Progress.WAIT_PIN: _WATCH_PIN_PAD,
    Progress.AUTHORISING: _ASKING_HOST,
}
_BY_TEXT: Final = {
    "Wrong PIN": _WRONG_PIN,
    "Declined": 0x1D,
    "Disapproved": 0x1D,
    "No connection": 0xF1,
    "Invalid card": 0x10,
    "Cancelled": 0x0D,
    "Aborted": 0x0D,
    "No card": 0x0D,
}


def status_of(display: Display) -> int | None:
    """The code; None for what ZVT does not tell (PIN stars, "Approved")."""
    text = display.lines[0] if display.lines else ""
    return _BY_TEXT.get(text) or _BY_PROGRESS.get(display.progress)
