"""What a dialogue wants of its framing, and what a framing tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from terminal_bridge.zvt.apdu import Apdu


@dataclass(frozen=True, slots=True)
class ApduReceived:
    """A whole message came in; on a serial line its ACK is already among the data to send."""

    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has the message (serial: the ACK of its frame came, or better proof).

    `sends` is how often the frame went out: past one, an earlier copy may have arrived, too.
    """

    apdu: Apdu
    sends: int = 1


@dataclass(frozen=True, slots=True)
class SendingFailed:
    """The frame was sent as often as allowed and never acknowledged. It may have arrived."""

    apdu: Apdu
    problem: str


FramingEvent = ApduReceived | Delivered | SendingFailed


class Framing(Protocol):
    """Sans-I/O: bytes and the time go in; bytes to write and events come out.

    The owner writes `data_to_send()` after every call, and calls `tick` when `wake_at()` is due.
    `now` is any clock in seconds that never goes back.
    """

    @property
    def acknowledges(self) -> bool:
        """Whether every message ends in `Delivered` or `SendingFailed`; timers of the dialogue
        begin only then.
        """
        ...

    @property
    def noise(self) -> int:
        """Bytes that belonged to no frame, and frames that were wrong: how bad the line is."""
        ...

    def receive_data(self, data: bytes, now: float) -> None:
        """Take what was read; raises `ProtocolError` when the stream cannot be ZVT."""
        ...

    def send(self, apdu: Apdu, now: float) -> None:
        """Queue a message. A frame that still waits for its ACK is followed by this one."""
        ...

    def data_to_send(self) -> bytes:
        """What is to be written now; each byte is given once."""
        ...

    def events(self) -> list[FramingEvent]:
        """What happened since the last call."""
        ...

    def wake_at(self) -> float | None:
        """When `tick` is due; None while nothing is awaited."""
        ...

    def tick(self, now: float) -> None:
        """Let the timers that are due expire."""
        ...
