"""ZVT over a serial line: frames, ACK and NAK, T1, T2 and repeats (PA00P016 ch. 2).

A frame that was not acknowledged is sent again, so the same frame may come twice, and frames have
no numbers. What is done about it is inferred from who may speak when:

- The same bytes again, before we answered them, are a repeat: acknowledged and not told. So they
  are while our answer waits for its ACK, if they come after a NAK of ours or as late as T2 makes
  them; sooner they are an equal message, such as the next empty line to print.
- An answer (80, 84) that comes while our command waits for its ACK proves that the command arrived.
- An answer that waits for its ACK is repeated only on a line that was quiet since. Noise may have
  been the next command, which would be taken as answered: a payment committed unseen.
- Another command that comes while our answer waits for its ACK proves that the answer arrived; it
  is not repeated, for it would be taken as the answer to the new one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.framing.frames import ACK, NAK, FrameReader, Heard, to_frame
from terminal_bridge.zvt.framing.framing import (
    ApduReceived,
    Delivered,
    FramingEvent,
    SendingFailed,
)
from terminal_bridge.zvt.limits import MAX_SENDS, T1_S, T2_S


@dataclass(slots=True)
class _Outgoing:
    apdu: Apdu
    frame: bytes
    sends: int = 0
    deadline: float = 0.0
    disturbed: bool = False


class SerialFraming:
    """One end of the line; both ends are alike."""

    def __init__(self, *, t1_s: float = T1_S, t2_s: float = T2_S, sends: int = MAX_SENDS) -> None:
        """`sends` counts the first one, too."""
        self._t1_s = t1_s
        self._t2_s = t2_s
        self._sends = sends
        self._reader = FrameReader()
        self._t1_at: float | None = None
        self._waiting: deque[_Outgoing] = deque()
        self._last_heard: bytes | None = None
        self._heard_at = 0.0
        self._rejected = False
        self._unsent = bytearray()
        self._events: list[FramingEvent] = []
        self.noise = 0
        """Bytes that belonged to no frame, and frames that were wrong: how bad the line is."""

    acknowledges = True

    def receive_data(self, data: bytes, now: float) -> None:
        """Take what was read. Nothing on a serial line is an error: noise is counted."""
        for byte in data:
            self._hear(self._reader.hear(byte), now)
        self._t1_at = now + self._t1_s if self._reader.inside else None

    def _hear(self, heard: Heard, now: float) -> None:
        match heard:
            case Heard.NOTHING:
                pass
            case Heard.NOISE:
                self._note_noise()
            case Heard.ACK:
                self._delivered(now)
            case Heard.NAK:
                self._send_again("the other side answered NAK", now)
            case Heard.FRAME:
                self._frame(self._reader.take_frame(), now)
            case Heard.BAD_FRAME:
                self._reject()

    def _note_noise(self) -> None:
        self.noise += 1
        if self._waiting:
            self._waiting[0].disturbed = True

    def _reject(self) -> None:
        self._note_noise()
        self._rejected = True
        self._unsent.append(NAK)

    def _frame(self, raw: bytes, now: float) -> None:
        try:
            apdu = Apdu.from_bytes(raw)
        except ProtocolError:
            self._reject()
            return
        self._unsent.append(ACK)
        if self._is_repeat(raw, now):
            return
        if self._waiting and self._waiting[0].sends:
            self._settle_by(apdu, self._waiting[0].apdu, now)
        self._last_heard = raw
        self._heard_at = now
        self._rejected = False
        self._events.append(ApduReceived(apdu))

    def _is_repeat(self, raw: bytes, now: float) -> bool:
        if raw != self._last_heard:
            return False
        answered = bool(self._waiting)
        return not answered or self._rejected or now - self._heard_at >= self._t2_s / 2

    def _settle_by(self, heard: Apdu, ours: Apdu, now: float) -> None:
        if (heard.is_answer and not ours.is_answer) or (ours.is_answer and not heard.is_answer):
            self._delivered(now)

    def _delivered(self, now: float) -> None:
        if self._waiting and self._waiting[0].sends:
            outgoing = self._waiting.popleft()
            self._events.append(Delivered(outgoing.apdu, outgoing.sends))
            if outgoing.apdu.is_answer:
                self._last_heard = None
            self._send_next(now)

    def send(self, apdu: Apdu, now: float) -> None:
        """Frame a message and send it, behind those that still wait for their ACK."""
        self._waiting.append(_Outgoing(apdu, to_frame(apdu.to_bytes())))
        if len(self._waiting) == 1:
            self._send_next(now)

    def _send_next(self, now: float) -> None:
        if self._waiting:
            self._put(self._waiting[0], now)

    def _put(self, outgoing: _Outgoing, now: float) -> None:
        self._unsent += outgoing.frame
        outgoing.sends += 1
        outgoing.deadline = now + self._t2_s
        if not outgoing.apdu.is_answer:
            self._last_heard = None

    def _send_again(self, problem: str, now: float) -> None:
        if not self._waiting or not self._waiting[0].sends:
            return
        outgoing = self._waiting[0]
        if outgoing.disturbed and outgoing.apdu.is_answer:
            self._delivered(now)
        elif outgoing.sends < self._sends:
            self._put(outgoing, now)
        else:
            self._waiting.clear()
            self._last_heard = None  # nobody waits for that answer any more: the same is new
            self._events.append(SendingFailed(outgoing.apdu, problem))

    def data_to_send(self) -> bytes:
        """What is to be written now."""
        data = bytes(self._unsent)
        self._unsent.clear()
        return data

    def events(self) -> list[FramingEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def wake_at(self) -> float | None:
        """When T1 or T2 expires."""
        due = [self._t1_at] if self._t1_at is not None else []
        if self._waiting and self._waiting[0].sends:
            due.append(self._waiting[0].deadline)
        return min(due, default=None)

    def tick(self, now: float) -> None:
        """T1: the frame stays unfinished, NAK. T2: no ACK came, the frame again."""
        if self._t1_at is not None and now >= self._t1_at:
            self._t1_at = None
            self._reader.reset()
            self._reject()
        if self._waiting and self._waiting[0].sends and now >= self._waiting[0].deadline:
            self._send_again("no ACK came", now)
