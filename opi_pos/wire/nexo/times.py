"""Time stamps. Structs keep their text, because a reversal must repeat it as it came."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_TOO_FINE: Final = re.compile(r"(\.\d{6})\d+")
_DOTTED_OFFSET: Final = re.compile(r"([+-]\d\d)\.(\d\d)$")


def parse_time(text: str) -> dt.datetime | None:
    """The moment that a time stamp names, in UTC; None when it is none.

    Without an offset it is taken as UTC. Digits beyond a microsecond are cut off (Swedbank sends
    seven), and an offset with a dot is read (DataMesh).
    """
    text = _DOTTED_OFFSET.sub(r"\1:\2", _TOO_FINE.sub(r"\1", text.strip()))
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        return None
