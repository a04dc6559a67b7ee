"""Which intermediate status (04 FF) stands for what the card side shows."""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import Display, Progress
from opi_pos.poi.cardholder import PIN_LENGTH

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


_PIN_DIGIT: Final = 0x6A
_PIN_CAN_BE_CONFIRMED: Final = 0x6B


def status_of(display: Display, *, pin_digits: bool = False) -> int | None:
    """The code; None for what ZVT does not tell ("Approved", and PIN stars before 13.13)."""
    text = display.lines[0] if display.lines else ""
    if display.progress is Progress.PIN_PROGRESS and pin_digits:
        return _PIN_CAN_BE_CONFIRMED if text.count("*") >= PIN_LENGTH else _PIN_DIGIT
    return _BY_TEXT.get(text) or _BY_PROGRESS.get(display.progress)
