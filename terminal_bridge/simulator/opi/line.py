"""Faults of a stream: how a frame reaches the other side when the line is bad."""

from __future__ import annotations

import asyncio
from typing import Final

from opi_pos.poi.faults import Strike, Struck
from opi_pos.wire import opi

TOO_LONG: Final = 7
"""What a wrong length announces beyond what comes."""


async def write_frame(
    writer: asyncio.StreamWriter, data: bytes, struck: Struck, *, framed: bool = True
) -> None:
    """One message behind its length (unless the peer does without), as the faults have it."""
    frame = opi.frame(data) if framed else data
    if struck.by(Strike.WRONG_LENGTH) and framed:
        frame = (len(data) + TOO_LONG).to_bytes(opi.LENGTH_BYTES, "big") + data
    if struck.by(Strike.GLUED):
        frame += frame
    if struck.by(Strike.SEGMENTS):
        for place in range(len(frame)):
            writer.write(frame[place : place + 1])
            await writer.drain()
            await asyncio.sleep(0)  # each byte goes out by itself
    else:
        writer.write(frame)
    await writer.drain()
