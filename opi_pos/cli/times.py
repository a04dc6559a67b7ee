"""Times as people at this till read them."""

from __future__ import annotations

from datetime import UTC, datetime


def clock_text(unix_s: float) -> str:
    """Local date and time to the millisecond, such as `2025-01-31 14:03:05.120`."""
    local = datetime.fromtimestamp(unix_s, UTC).astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"
