"""One request of a foreign till on its way to an answer."""

from __future__ import annotations

from typing import Any

import msgspec

from listener.faces.nexo.session import TillSession
from opi_pos.poi.nexo.requests import Header, Request


class TillExchange(msgspec.Struct, frozen=True, eq=False):
    """What came, and from whom."""

    header: Header
    request: Request
    body: Any
    """The message's body, for what the rules need not know."""
    session: TillSession
    peer: str
    """The caller's address."""
    callback_url: str
    """X-Callback-Url, or nothing."""
