"""One line between a till and the terminal: a pipe, what cuts it into messages, and its weather."""

from __future__ import annotations

import asyncio
from typing import Protocol

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.faults import Strike
from terminal_bridge.simulator.zvt.line import TO_TERMINAL, TO_TILL, Line
from terminal_bridge.simulator.zvt.pipe import Pipe
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.framing.framing import (
    ApduReceived,
    Delivered,
    Framing,
    SendingFailed,
)
from terminal_bridge.zvt.framing.serial import SerialFraming
from terminal_bridge.zvt.framing.tcp import TcpFraming


class LinkOwner(Protocol):
    """What a link tells of itself."""

    def is_deaf(self) -> bool:
        """Whether the terminal neither hears nor speaks now."""
        ...

    def apdu_came(self, link: PtLink, apdu: Apdu) -> None:
        """A whole message of the till."""
        ...

    def delivered(self, link: PtLink, apdu: Apdu) -> None:
        """Serial: a frame was acknowledged."""
        ...

    def sending_failed(self, link: PtLink) -> None:
        """Serial: a frame was never acknowledged."""
        ...

    def befall(self, link: PtLink, event: Strike, seconds: float) -> None:
        """The weather struck: reset, silence or a power cut."""
        ...


class PtLink:
    """The terminal's end."""

    def __init__(
        self, number: int, pipe: Pipe, line: Line, owner: LinkOwner, *, serial: bool
    ) -> None:
        self.number = number
        self.pipe = pipe
        self.serial = serial
        self.told = 0
        """The terminal's last own command: what an answer of the till belongs to."""
        self.asked = 0
        """The till's last command: what an answer of the terminal belongs to."""
        self.open = True
        self._line = line
        self._owner = owner
        self._framing = self._new_framing()
        self._timer: asyncio.TimerHandle | None = None

    def _new_framing(self) -> Framing:
        return SerialFraming() if self.serial else TcpFraming()

    async def listen(self) -> None:
        """Take bytes until the till is gone or this end is closed."""
        while data := await self.pipe.read():
            self._hear(data)

    def close(self) -> None:
        """Hang up."""
        self.leave()
        self.pipe.close()

    def leave(self) -> None:
        """Use the pipe no more, and tell nobody."""
        self.open = False
        self.stop_timer()

    def start_anew(self) -> None:
        """Forget what was under way, as after a power cut."""
        self.stop_timer()
        self._framing = self._new_framing()

    def stop_timer(self) -> None:
        """Wake the framing no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- the till's bytes --------------------------------------------------------------------

    def _hear(self, data: bytes) -> None:
        while data and self.open:
            passed = self._line.carry(TO_TERMINAL, data)
            if not self._owner.is_deaf():
                self._take(passed.data)
            if passed.event is not None:
                self._owner.befall(self, passed.event, passed.seconds)
            data = passed.rest

    def _take(self, data: bytes) -> None:
        try:
            self._framing.receive_data(data, self._now())
        except ProtocolError:
            self._owner.befall(self, Strike.RESET, 0.0)
            return
        self._pump()

    def _pump(self) -> None:
        """Write what the framing has, and pass on what it heard."""
        framing = self._framing
        self._flush()
        for event in framing.events():
            if framing is not self._framing or not self.open:
                return  # the power was cut, or somebody hung up
            match event:
                case ApduReceived(apdu):
                    self._owner.apdu_came(self, apdu)
                case SendingFailed():
                    # Nobody is there: what is heard next is no repeat of what was heard before.
                    self.start_anew()
                    self._owner.sending_failed(self)
                case Delivered(apdu):
                    self._owner.delivered(self, apdu)
        self._flush()
        self._wind_up()

    def _wind_up(self) -> None:
        self.stop_timer()
        due = self._framing.wake_at()
        if due is not None and self.open:
            self._timer = asyncio.get_running_loop().call_at(due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._framing.tick(self._now())
        self._pump()

    # -- the terminal's bytes ----------------------------------------------------------------

    def send(self, apdu: Apdu) -> None:
        """Send a message."""
        self._framing.send(apdu, self._now())
        self._flush()
        self._wind_up()

    def send_part(self, apdu: Apdu) -> None:
        """Send the first half of a message (a fault)."""
        self._framing.send(apdu, self._now())
        data = self._framing.data_to_send()
        self._write(data[: len(data) // 2])

    def send_garbage(self, apdu: Apdu) -> None:
        """Send as many bytes, none of them right (a fault)."""
        self._framing.send(apdu, self._now())
        self._write(bytes(byte ^ 0x55 for byte in self._framing.data_to_send()))
        self._wind_up()

    def _flush(self) -> None:
        data = self._framing.data_to_send()
        while data and self.open and not self._owner.is_deaf():
            passed = self._line.carry(TO_TILL, data)
            self._write(passed.data)
            if passed.event is not None:
                self._owner.befall(self, passed.event, passed.seconds)
            data = passed.rest

    def _write(self, data: bytes) -> None:
        if data:
            try:
                self.pipe.write(data)
            except LinkError:
                return  # the reader sees the end

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
