"""What Key & Card's documentation leaves open, or contradicts itself in."""

from __future__ import annotations

import msgspec


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the server."""

    session_ids: bool = True
    """Older versions have none in the immediate answer."""
    string_values: bool = False
    """Every value is a string, as the documentation prints them: `"True"`, `"-1"`."""
    prose_flag: bool = False
    """`IntermediateState`, as the prose says, not `IsIntermediateState`, as the schema does."""
    charset: str = "utf-8"
    """Of the texts inside base64; ZVT's own is CP437."""
    end_first: bool = False
    """The end message is posted before the command itself is answered."""
    end_twice: bool = False
    list_at_end: bool = False
    """The list of aborted sessions stands in the end message, not in an intermediate state."""


DEFAULT = Habits()
