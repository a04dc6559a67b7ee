"""What both ends of a dialogue share: the framing below, the events above, the clock beside."""

from __future__ import annotations

from typing import Generic, TypeVar

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.charsets import Charsets
from terminal_bridge.zvt.codec import decode, encode
from terminal_bridge.zvt.dialogue.sequence import SequenceIds
from terminal_bridge.zvt.framing.framing import ApduReceived, Delivered, Framing, SendingFailed
from terminal_bridge.zvt.messages.base import Message

Event = TypeVar("Event")


class RightsError(RuntimeError):
    """A call that the dialogue does not allow now: an error of the program, not of the peer."""


class Dialogue(Generic[Event]):
    """One end. The owner writes `data_to_send()` after every call and ticks at `wake_at()`."""

    def __init__(self, framing: Framing, *, charsets: Charsets, t3_s: float) -> None:
        self._framing = framing
        self.charsets = charsets
        """Changed when a registration agreed on another one."""
        self._t3_s = t3_s
        self._events: list[Event] = []
        self._failing: ProtocolError | None = None
        self.sequence = SequenceIds()

    @property
    def acknowledges(self) -> bool:
        """See `Framing`: it is a serial line."""
        return self._framing.acknowledges

    @property
    def noise(self) -> int:
        """See `Framing`."""
        return self._framing.noise

    def receive_data(self, data: bytes, now: float) -> None:
        """Take what was read. Raises nothing: bytes that are not ZVT fail the line."""
        try:
            self._framing.receive_data(data, now)
        except ProtocolError as error:
            self._drain(now)
            self._line_failed(str(error), None)
            return
        self._drain(now)

    def _drain(self, now: float) -> None:
        for event in self._framing.events():
            match event:
                case ApduReceived(apdu):
                    self._received(apdu, now)
                case SendingFailed(apdu, problem):
                    self._line_failed(problem, self._decode(apdu, None))
                case Delivered() as delivered:
                    self._delivered(delivered, now)

    def _decode(self, apdu: Apdu, pending: int | None) -> Message:
        return decode(apdu, pending=pending, charsets=self.charsets)

    def _put(self, message: Message, now: float) -> Apdu:
        apdu = encode(message, charsets=self.charsets)
        self._framing.send(apdu, now)
        return apdu

    def data_to_send(self) -> bytes:
        """What is to be written now; each byte is given once."""
        return self._framing.data_to_send()

    def events(self) -> list[Event]:
        """What happened since the last call, in order."""
        events, self._events = self._events, []
        return events

    def wake_at(self) -> float | None:
        """When `tick` is due; None while nothing is awaited."""
        due = [at for at in (self._framing.wake_at(), *self._deadlines()) if at is not None]
        return min(due, default=None)

    def tick(self, now: float) -> None:
        """Let the timers that are due expire."""
        self._framing.tick(now)
        self._drain(now)
        self._expire(now)

    def _received(self, apdu: Apdu, now: float) -> None:
        raise NotImplementedError

    def _delivered(self, delivered: Delivered, now: float) -> None:
        raise NotImplementedError

    def _line_failed(self, problem: str, message: Message | None) -> None:
        raise NotImplementedError

    def _deadlines(self) -> tuple[float | None, ...]:
        raise NotImplementedError

    def _expire(self, now: float) -> None:
        raise NotImplementedError
