"""The customer in front of the terminal, when the till shows something (06 E1, 06 E2)."""

from __future__ import annotations

import msgspec

OK_KEY = 0x0D


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer does."""

    key: int | None = OK_KEY
    """The key pressed at 06 E1; None: none until the time is over (6C)."""
    digits: str = "4711"
    """What is typed at 06 E2."""
    seconds: float | None = None
    """How long it takes; None: one beat of the pace."""
