"""What no O.P.I. message or frame may exceed."""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 1024 * 1024
"""One message. Peers take 4 MiB; slips with a picture stay far below one."""

MAX_DEPTH: Final = 64
"""Elements or JSON values inside each other. The messages themselves need 7."""

MAX_NODES: Final = 50_000
"""Elements, attributes and texts of one message together."""

MAX_DIGITS: Final = 40
"""Digits of one number."""
