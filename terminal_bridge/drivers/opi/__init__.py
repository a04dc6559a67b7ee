"""The O.P.I. driver: orders out on channel 0, one connection each; what the terminal asks comes in
on channel 1, at the listener, or on the driver's own connection.

After a lost answer RepeatLastMessage is asked. It proves an outcome only where its OriginalHeader
names our request; that ours never came is proved only where it names the request that was the last
one before ours.
"""

from __future__ import annotations

from terminal_bridge.drivers.opi.capabilities import declared
from terminal_bridge.drivers.opi.connecting import connect, over

__all__ = ["connect", "declared", "over"]
