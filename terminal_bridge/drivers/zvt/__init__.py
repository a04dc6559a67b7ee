"""ZVT terminals, over TCP, over a serial line, and simulated in process.

Reading order: `driver` (orders out, news in), `paying` (a money order from evidence to end),
`conversation` (one command on the line), `status` and `recovery` (what became of it), `session`
(connection and registration), `orders`, `answers`, `receipts`, `slips` (what is written and read),
`profile` (one kind of terminal), `connecting` (settings to driver).
"""

from __future__ import annotations

from terminal_bridge.drivers.zvt.capabilities import declared
from terminal_bridge.drivers.zvt.connecting import connect, over

__all__ = ["connect", "declared", "over"]
