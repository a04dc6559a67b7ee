"""What no ZVT message, frame or dialogue may exceed, and how long it may last."""

from __future__ import annotations

from typing import Final

MAX_DATA: Final = 0xFFFF
"""Bytes of data in one APDU: what its extended length can say."""

SHORT_DATA: Final = 0xFE
"""Bytes of data that the one-byte length can say; a sender uses the extended one from 255 on."""

MAX_SIZE: Final = 2 + 3 + MAX_DATA
"""Bytes of one APDU with its header. A registration may agree on less (tag 1A)."""

MAX_FRAME: Final = MAX_SIZE
"""The same as a serial frame carries it (without doubled DLEs)."""

MAX_TLV_DEPTH: Final = 8
"""Data objects inside each other. The standard's own messages need four."""

MAX_TLV_OBJECTS: Final = 4096
"""Data objects of one container, all depths together."""

MAX_PROBLEMS: Final = 32
"""What was wrong with one message, as far as it is told."""

MAX_HEX_LINE: Final = 4 * MAX_FRAME + 64
"""Characters of one line to describe: a frame of nothing but DLEs, and a word before it."""

MAX_HOLDS: Final = 600
"""84 9C answers to one status information: 20 minutes at the standard's 2 s."""

T1_S: Final = 0.2
"""Serial: between two bytes of one frame, then NAK."""

T2_S: Final = 5.0
"""Serial: from the end of a frame to its ACK or NAK, then the frame again."""

MAX_SENDS: Final = 3
"""Serial: the frame and two repeats, then a transmission error."""

T3_S: Final = 5.0
"""From a command to its answer 80 or 84. Should be adjustable on networks."""

T4_S: Final = 180.0
"""From the terminal's 80 00 to its 06 0F or 06 1E; 04 FF restarts and changes it."""

REPEAT_WAIT_S: Final = 2.0
"""From 84 9C to the terminal's next 04 0F."""
