"""The ZVT protocol (PA00P015, PA00P016): bytes, messages and dialogue, without any I/O.

Reading order: `apdu` (what travels) → `framing` (TCP and serial) → `tables` (bitmaps, tags, codes)
→ `messages` (every command as a struct) → `codec` (`decode`, `encode`) → `dialogue` (who may speak,
for how long, and what ends a command).
"""

from __future__ import annotations

from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.bitmaps import RawBmp
from terminal_bridge.zvt.charsets import Charsets
from terminal_bridge.zvt.codec import decode, encode
from terminal_bridge.zvt.describe import describe
from terminal_bridge.zvt.dialogue import RightsError, TerminalDialogue, TillDialogue
from terminal_bridge.zvt.framing.framing import Framing
from terminal_bridge.zvt.framing.serial import SerialFraming
from terminal_bridge.zvt.framing.tcp import TcpFraming
from terminal_bridge.zvt.messages.base import Message, Problem, ProblemKind, Unknown
from terminal_bridge.zvt.tlv import Tlv

__all__ = [
    "Apdu",
    "Charsets",
    "Framing",
    "Message",
    "Problem",
    "ProblemKind",
    "RawBmp",
    "RightsError",
    "SerialFraming",
    "TcpFraming",
    "TerminalDialogue",
    "TillDialogue",
    "Tlv",
    "Unknown",
    "decode",
    "describe",
    "encode",
]
