"""ZVT over TCP: bare APDUs back to back (PA00P016 ch. 3); no STX, no CRC, no ACK, no timers."""

from __future__ import annotations

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.apdu import Apdu, control_of, header_size, is_zvt_class, needed
from terminal_bridge.zvt.framing.framing import ApduReceived, FramingEvent
from terminal_bridge.zvt.limits import MAX_DATA


class TcpFraming:
    """Cuts a stream into APDUs, whatever the segments. Never holds more than one APDU unread."""

    def __init__(self, *, max_data: int = MAX_DATA) -> None:
        """`max_data` limits what is taken, in bytes of data."""
        self._max_data = max_data
        self._unread = bytearray()
        self._unsent = bytearray()
        self._events: list[FramingEvent] = []
        self._broken: ProtocolError | None = None

    acknowledges = False
    noise = 0

    def receive_data(self, data: bytes, now: float) -> None:
        """Take a segment; raises `ProtocolError`, then and ever after, if this is not ZVT."""
        del now
        if self._broken is not None:
            raise self._broken
        self._unread += data
        try:
            start = 0
            while (end := self._end_of_apdu(start)) is not None:
                start = self._take(start, end)
            del self._unread[:start]
        except ProtocolError as problem:
            self._broken = problem
            self._unread.clear()
            raise

    def _end_of_apdu(self, start: int) -> int | None:
        head = self._unread[start : start + 5]
        if not head:
            return None
        if not is_zvt_class(head[0]):
            raise ProtocolError("class", "another protocol than ZVT answers on this port")
        size = needed(head)
        if size is None:
            return None
        if size - header_size(head) > self._max_data:
            raise ProtocolError("length", f"more than {self._max_data} bytes of data")
        return start + size if start + size <= len(self._unread) else None

    def _take(self, start: int, end: int) -> int:
        raw = self._unread
        head = header_size(raw[start : start + 3])
        apdu = Apdu(control_of(raw[start : start + 2]), bytes(raw[start + head : end]))
        self._events.append(ApduReceived(apdu))
        return end

    @property
    def mid_message(self) -> bool:
        """Whether the beginning of a message is here and its end is not."""
        return bool(self._unread)

    def send(self, apdu: Apdu, now: float) -> None:
        """Queue a message; TCP itself sees to its delivery."""
        del now
        self._unsent += apdu.to_bytes()

    def data_to_send(self) -> bytes:
        """What is to be written now."""
        data = bytes(self._unsent)
        self._unsent.clear()
        return data

    def events(self) -> list[FramingEvent]:
        """The messages that came in since the last call."""
        events, self._events = self._events, []
        return events

    def wake_at(self) -> float | None:
        """TCP framing awaits nothing."""
        return None

    def tick(self, now: float) -> None:
        """TCP framing has no timers."""
