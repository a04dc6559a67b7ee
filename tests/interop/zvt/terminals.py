"""Terminals as they are found in the field, each as simple as it can be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from tests.interop.zvt.wire import Line, Stream, Wire, control_of, data_of, message


@dataclass(frozen=True, kw_only=True)
class Personality:
    """What a terminal says. Messages are hexadecimal: control, then data, spaces at will."""

    registration: tuple[str, ...] = ("8000", "060F 1900 2952500295")
    registers: bool = True
    before_answer: tuple[str, ...] = ()
    """Said before the 80 00 of a payment."""
    answer: str | None = "8000"
    """To a payment; None: it goes straight on."""
    shown: tuple[str, ...] = ("04FF 0A", "04FF 0E03", "04FF 17")
    status: tuple[str, ...] = ("040F 2700 04{amount} 0B0000410C1430050D1121 870007",)
    prints: tuple[str, ...] = ()
    end: tuple[str, ...] = ("060F",)
    after_end: tuple[str, ...] = ()
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other commands, by control; what is not here gets 84 83."""
    closes: bool = False
    """After every command."""
    closes_after: str = ""
    """The connection breaks once this message of a payment was sent and answered."""
    waits: bool = True
    """For the till's answers; else it says everything at once."""
    in_pieces: bool = False
    """Every byte in a segment of its own."""


class NaiveTerminal:
    """Answers commands as its personality says, and writes down what it heard."""

    def __init__(self, personality: Personality) -> None:
        self.personality = personality
        self.commands: list[bytes] = []
        self.answers: list[bytes] = []
        """The till's answers, in order."""
        self.connections = 0
        self.later: str | None = None
        """What 06 20 shows after a payment, instead of what the personality says."""

    @property
    def controls(self) -> list[str]:
        return [control_of(raw) for raw in self.commands]

    async def serve(self, wire: Wire) -> None:
        self.connections += 1
        while raw := await wire.receive():
            if control_of(raw)[:2] in {"80", "84"}:
                self.answers.append(raw)
                continue
            self.commands.append(raw)
            if not await self._carry_out(wire, raw):
                break
        await wire.close()

    async def _carry_out(self, wire: Wire, raw: bytes) -> bool:
        p = self.personality
        control = control_of(raw)
        if control == "0600":
            await self._say(wire, p.registration if p.registers else ("8483",))
        elif control == "0601" and "0601" not in p.others:
            if not await self._pay(wire, raw):
                return False
        elif control == "0620" and self.later and "0601" in self.controls:
            await self._say(wire, ("8000", self.later, "060F"))
        else:
            await self._say(wire, p.others.get(control, ("8483",)))
        return not p.closes

    async def _pay(self, wire: Wire, raw: bytes) -> bool:
        p = self.personality
        amount = data_of(raw)[1:7].hex()
        said = [*p.before_answer, *([p.answer] if p.answer is not None else []), *p.shown]
        said += [*p.status, *p.prints, *p.end, *p.after_end]
        texts = [text.replace("{amount}", amount) for text in said]
        for text in texts:
            await self._say(wire, (text,))
            if p.closes_after and text.replace(" ", "").startswith(p.closes_after):
                return False
        return True

    async def _say(self, wire: Wire, texts: tuple[str, ...]) -> None:
        for text in texts:
            raw = _message(text)
            await self._send(wire, raw)
            if control_of(raw)[:2] not in {"80", "84"} and self.personality.waits:
                answer = await wire.receive()
                if not answer:
                    raise ConnectionError
                self.answers.append(answer)

    async def _send(self, wire: Wire, raw: bytes) -> None:
        if not self.personality.in_pieces:
            await wire.send(raw)
            return
        for byte in raw:
            await wire.send(bytes([byte]))
            await asyncio.sleep(0)


def _message(text: str) -> bytes:
    plain = text.replace(" ", "")
    return message(plain[:4], plain[4:])


class Terminal(Protocol):
    async def serve(self, wire: Wire) -> None: ...


@asynccontextmanager
async def served_on_tcp(terminal: Terminal) -> AsyncIterator[str]:
    """The URL that a till is given."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Stream(reader, writer)
        try:
            await terminal.serve(wire)
        except ConnectionError:
            await wire.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"zvt+tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def served_on_pty(terminal: Terminal) -> AsyncIterator[str]:
    """The same at the other end of a serial line."""
    import tty  # noqa: PLC0415 - not on Windows

    ours, theirs = os.openpty()
    tty.setraw(ours)
    line = Line(ours)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(terminal.serve(line))
        try:
            yield f"zvt+serial://{os.ttyname(theirs)}"
        finally:
            serving.cancel()
    await line.close()
    os.close(theirs)


@asynccontextmanager
async def on_tcp(personality: Personality) -> AsyncIterator[tuple[NaiveTerminal, str]]:
    terminal = NaiveTerminal(personality)
    async with served_on_tcp(terminal) as url:
        yield terminal, url


@asynccontextmanager
async def on_pty(personality: Personality) -> AsyncIterator[tuple[NaiveTerminal, str]]:
    terminal = NaiveTerminal(personality)
    async with served_on_pty(terminal) as url:
        yield terminal, url
