"""Who may speak, for how long, and what ends a command: both ends of a ZVT dialogue, sans-I/O.

`till` is the driver's end, `terminal` the simulator's; `machine` has the tables they move along.
"""

from __future__ import annotations

from terminal_bridge.zvt.dialogue.base import RightsError
from terminal_bridge.zvt.dialogue.terminal import TerminalDialogue
from terminal_bridge.zvt.dialogue.till import TillDialogue

__all__ = ["RightsError", "TerminalDialogue", "TillDialogue"]
