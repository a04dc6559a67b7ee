"""How Viva's cloud words what it refuses."""

from __future__ import annotations

from typing import Final

from opi_pos.poi.faults import Strike, Struck
from opi_pos.wire import viva
from terminal_bridge.links.link import Reply

JSON: Final = "application/json"


def refuse(struck: Struck) -> Reply | None:
    """See `faulty_calls.Refuse`."""
    if struck.by(Strike.UNAUTHORISED):
        return problem(401, "Could not validate credentials")
    return problem(429, "Too many requests") if struck.by(Strike.BUSY) else None


def problem(status: int, text: str) -> Reply:
    """An answer that is no success."""
    return Reply(status=status, content_type=JSON, body=viva.write_problem(text))


def said(body: bytes, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status=status, content_type=JSON, body=body)
