"""A small till for a simulated ZVT terminal: real bytes both ways, and a transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from terminal_bridge.simulator.zvt.pipe import Pipe
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.framing.framing import ApduReceived, Framing
from terminal_bridge.zvt.framing.serial import SerialFraming
from terminal_bridge.zvt.framing.tcp import TcpFraming

ACK = Apdu(0x8000)
ENDS = frozenset({0x060F, 0x061E})

Answer = Callable[[Apdu], Apdu | None]


def apdu(hexadecimal: str) -> Apdu:
    return Apdu.from_bytes(bytes.fromhex(hexadecimal))


def command(control: int, data: str) -> Apdu:
    """The same without counting."""
    return Apdu(control, bytes.fromhex(data))


def register(config: int, tlv: str | None = None) -> Apdu:
    """06 00 in EUR; `tlv` is the container's content."""
    data = bytes.fromhex("000000") + bytes((config,)) + bytes.fromhex("0978")
    if tlv is not None:
        objects = bytes.fromhex(tlv)
        data += b"\x06" + bytes((len(objects),)) + objects
    return Apdu(0x0600, data)


REGISTER = apdu("06 00 06 000000 8E 0978")
"""Till prints everything by print commands, status messages on, nothing locked."""
REGISTER_TLV = apdu("06 00 10 000000 BE 0978 03 00 06 06 26 04 0A 02 06 D3")


def pay(minor: int, extra: str = "") -> Apdu:
    return Apdu(0x0601, bytes.fromhex(f"04{minor:012d}490978" + extra))


def reverse(receipt: int) -> Apdu:
    return Apdu(0x0630, bytes.fromhex(f"00000087{receipt:04d}"))


class Till:
    """One connection. `answers` decides on each command of the terminal; None: no answer."""

    def __init__(self, pipe: Pipe, *, serial: bool = False) -> None:
        self.pipe = pipe
        self.framing: Framing = SerialFraming() if serial else TcpFraming()
        self.lines: list[str] = []
        """Everything, as `>` or `<` and the APDU in hex."""
        self.answer: Answer = lambda _: ACK
        self.timeout_s = 400.0
        self._came: list[Apdu] = []

    def send(self, message: Apdu) -> None:
        self.lines.append(f"> {message.to_bytes().hex().upper()}")
        self.framing.send(message, self._now())
        self._flush()

    def _flush(self) -> None:
        data = self.framing.data_to_send()
        if data:
            self.pipe.write(data)

    async def receive(self) -> Apdu | None:
        """The next message; None when the terminal hung up."""
        while not self._came:
            due = self.framing.wake_at()
            try:
                async with asyncio.timeout_at(due):
                    data = await self.pipe.read()
            except TimeoutError:
                self.framing.tick(self._now())
                self._flush()
                continue
            if not data:
                return None
            self.framing.receive_data(data, self._now())
            self._flush()
            events = self.framing.events()
            self._came += [event.apdu for event in events if isinstance(event, ApduReceived)]
        message = self._came.pop(0)
        self.lines.append(f"< {message.to_bytes().hex().upper()}")
        return message

    async def run(self, command: Apdu) -> list[Apdu]:
        """Send a command and serve it to its end; gives all that came, its answer first."""
        self.send(command)
        came: list[Apdu] = []
        async with asyncio.timeout(self.timeout_s):
            while True:
                message = await self.receive()
                if message is None:
                    return came
                came.append(message)
                if message.is_answer:
                    if message.control != 0x8000 or command.control in ANSWER_ONLY:
                        return came
                    continue
                answer = self.answer(message)
                if answer is not None:
                    self.send(answer)
                if message.control in ENDS or command.control == 0x06C0 == _ends_with(message):
                    return came

    async def reach(self, command: Apdu, control: int) -> Apdu:
        """Send a command and serve it up to a message of that kind, which stays unanswered."""
        self.send(command)
        while (message := await self.receive()) is not None:
            if message.control == control:
                return message
            if not message.is_answer:
                self.send(ACK)
        raise AssertionError(f"{control:04X} never came")

    async def reach_end(self) -> list[Apdu]:
        """Serve what is under way to its end; gives all that came."""
        came: list[Apdu] = []
        while (message := await self.receive()) is not None:
            came.append(message)
            if not message.is_answer:
                self.send(ACK)
            if message.control in ENDS:
                break
        return came

    async def end(self, command: Apdu) -> Apdu:
        """The last message of a command."""
        return (await self.run(command))[-1]

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


ANSWER_ONLY = frozenset({0x0602, 0x06B0, 0x06C5, 0x06E0, 0x06E1, 0x06E2, 0x06D1, 0x06D3})


def _ends_with(message: Apdu) -> int:
    return 0x06C0 if message.control == 0x040F else 0


def controls(came: list[Apdu]) -> list[str]:
    return [f"{message.control:04X}" for message in came]


def find(came: list[Apdu], control: int) -> Apdu:
    return next(message for message in came if message.control == control)
