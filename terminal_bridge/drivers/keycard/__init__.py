"""Existing Key & Card ZVT REST servers: a command, then callbacks.

Reading order: `driver` (orders out, news in), `reading` (what a callback means), `calling` (one
command and its callbacks), `connecting` (settings to driver).

The API tells no amount, names no transaction, and cannot be asked about one: what comes by callback
is all there is, and the capabilities say so.
"""

from __future__ import annotations

from terminal_bridge.drivers.keycard.capabilities import declared
from terminal_bridge.drivers.keycard.connecting import connect

__all__ = ["connect", "declared"]
