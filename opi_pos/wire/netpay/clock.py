"""The day of a sale: it can be cancelled until 20:00, and the terminal's clock has no zone."""

from __future__ import annotations

from datetime import time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CANCELLED_UNTIL: Final = time(20, 0)
"""By the clock of Mexico City."""
MEXICO_CITY: Final = "America/Mexico_City"
_WITHOUT_TABLES: Final = timezone(timedelta(hours=-6), "CST")
"""Mexico City has had no summer time since 2022, should this machine have no time zone tables."""


def zone(name: str = MEXICO_CITY) -> tzinfo:
    """Raises `LookupError` for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == MEXICO_CITY:
            return _WITHOUT_TABLES
        raise LookupError(name) from None
