"""States of a ZVT terminal, by who has the master rights (`protocols/zvt.md` section 1.1)."""

from __future__ import annotations

import enum


class PtState(enum.Enum):
    IDLE = "idle"
    """The till is master."""
    WORKING = "working"
    """The terminal is master and busy with card, host or itself."""
    AWAITING = "awaiting"
    """The terminal sent a command and waits for the till's answer."""
    OFF = "off"
    """Without power, or starting."""
