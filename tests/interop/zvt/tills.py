"""Tills as they are found in the field, each as simple as it can be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.interop.zvt.wire import ACK, UNKNOWN, Stream, Wire, control_of, data_of, message

Open = Callable[[], Awaitable[Wire]]

PRINTS = frozenset({"06D1", "06D3"})
ENDS = frozenset({"060F", "061E"})
EVERYTHING = frozenset({"04FF", "040F", "0401", *PRINTS, *ENDS})
ANSWER_ONLY = frozenset({"0602", "06B0", "06E0", "06C5"})


def euros(minor: int) -> str:
    return f"04{minor:012d}490978"


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How one till behaves. Hexadecimal text, as its manual would show it."""

    register: str | None = "000000BE0978"
    """Data of 06 00; None: it never registers."""
    extra: str = ""
    """Behind the amount of a payment."""
    amount: Callable[[int], str] = euros
    anew: bool = False
    """A new connection for every command."""
    knows: frozenset[str] = EVERYTHING
    """What it acknowledges; the rest gets 84 83."""
    ack: bytes = ACK
    prints_slowly: bool = False
    """Lets others go first before it acknowledges a print."""
    acknowledges_end: bool = True
    acknowledges_answers: bool = False
    """Answers 80 00 with 80 00 (a till in the recordings does)."""
    hangs_up_at_end: bool = False
    one_read_one_message: bool = False
    """Takes whatever one read gives for one message."""


@dataclass
class NaiveTill:
    """Sends a command and answers what comes until 06 0F or 06 1E."""

    open: Open
    habits: Habits
    came: list[bytes] = field(default_factory=list)
    """All that the terminal sent in the last command."""
    wire: Wire | None = None

    async def register(self) -> None:
        if self.habits.register is not None:
            await self.run(message("0600", self.habits.register))
            assert self.controls[-1] == "060F", self.controls

    async def pay(self, minor: int) -> bytes:
        """Pays; gives the data of the last 04 0F."""
        data = self.habits.amount(minor) + self.habits.extra
        await self.run(message("0601", data))
        return self.last("040F")

    def last(self, control: str) -> bytes:
        return next(
            (data_of(raw) for raw in reversed(self.came) if control_of(raw) == control), b""
        )

    @property
    def controls(self) -> list[str]:
        return [control_of(raw) for raw in self.came]

    @property
    def lines(self) -> list[bytes]:
        """Texts of 06 D1."""
        return [data_of(raw)[1:] for raw in self.came if control_of(raw) == "06D1"]

    async def run(self, command: bytes) -> None:
        wire = self.wire or await self.open()
        self.wire = wire
        self.came = []
        await wire.send(command)
        while raw := await self._receive(wire):
            self.came.append(raw)
            if not await self._go_on(wire, raw, control_of(command)):
                break
        if self.habits.anew or (self.habits.hangs_up_at_end and self.controls[-1] in ENDS):
            await wire.close()
            self.wire = None

    async def _receive(self, wire: Wire) -> bytes:
        if not self.habits.one_read_one_message:
            return await wire.receive()
        assert isinstance(wire, Stream)
        raw = await wire.reader.read(4096)
        size = raw[2] + 3 if raw[2] < 255 else raw[3] + 256 * raw[4] + 5
        assert len(raw) == size, "one read held more or less than one message"
        return raw

    async def _go_on(self, wire: Wire, raw: bytes, command: str) -> bool:
        """Answer; False when the command is over."""
        control = control_of(raw)
        if control[:2] in {"80", "84"}:
            if control == "8000" and self.habits.acknowledges_answers:
                await wire.send(ACK)
            return control == "8000" and command not in ANSWER_ONLY
        if control in ENDS and not self.habits.acknowledges_end:
            return False
        for _ in range(100 if control in PRINTS and self.habits.prints_slowly else 0):
            await asyncio.sleep(0)
        await wire.send(self.habits.ack if control in self.habits.knows else UNKNOWN)
        return control not in ENDS and not (command == "06C0" and control == "040F")

    async def close(self) -> None:
        if self.wire is not None:
            await self.wire.close()


EMPTY_TLV = "0600"
TILLS: dict[str, Habits] = {
    # libraries, as their traces and sources show them
    "portalum": Habits(register="000000B60978", amount=lambda minor: f"04{minor:012d}"),
    "portalum with tlv": Habits(register="000000B60978060626040A0206D3"),
    "wirelane ecrterm": Habits(register="123456BE", extra=EMPTY_TLV),
    "py3-ecrterm": Habits(register="1234568E0978"),
    "nexi-zvt": Habits(register="1234560E0978", acknowledges_answers=True),
    "bezahl": Habits(
        register="1234563E09780303060626040A0206D3",
        amount=lambda minor: f"04{minor:012d}",
        knows=EVERYTHING - {"06D1"},
        one_read_one_message=True,
    ),
    "zvtlib": Habits(register="123456BE0978", anew=True),
    "everest": Habits(register="123456DE0978060626040A0206D3", extra="1940"),
    "kotlin": Habits(register="0000008E0978", extra="1940"),
    "libecterm": Habits(register="00000086"),
    # habits
    "never registers": Habits(register=None),
    "never registers, anew each time": Habits(register=None, anew=True),
    "only a password": Habits(register="000000"),
    "service byte": Habits(register="000000BE09780300"),
    "empty container": Habits(register="000000BE09780600", extra=EMPTY_TLV),
    "container without currency": Habits(register="000000BE060626040A0206D3"),
    "service byte without currency": Habits(register="000000BE03000600"),
    "only 06 D3, listed": Habits(
        register="000000BE0978060626040A0206D3", knows=EVERYTHING - {"06D1"}
    ),
    "only 06 D3, not listed": Habits(knows=EVERYTHING - {"06D1"}),
    "only 06 D3, empty container": Habits(register="000000BE09780600", knows=EVERYTHING - {"06D1"}),
    "only 06 D1": Habits(knows=EVERYTHING - {"06D3"}),
    "no prints at all": Habits(register="000000080978", knows=EVERYTHING - PRINTS),
    "long answers": Habits(ack=bytes.fromhex("8000FF0000")),
    "answers with an empty container": Habits(ack=bytes.fromhex("8000020600")),
    "84 00 for yes": Habits(ack=bytes.fromhex("840000")),
    "prints slowly": Habits(prints_slowly=True),
    "does not acknowledge the end": Habits(acknowledges_end=False),
    "hangs up at the end": Habits(hangs_up_at_end=True, acknowledges_end=False),
    "all kinds of TLV": Habits(
        register="000000BE097806121201242703140101280415026465" + "1A020800",
        extra="06041F040180",
    ),
    "sequence ids offered and not used": Habits(register="000000BE097806061F7303000000"),
    "issue of goods": Habits(extra="013C020A"),
    "unknown tags": Habits(extra="060ADF7F0101FF8001020001"),
}
