"""A simulated ZVT terminal in process: carries out what its pure rules decide, over byte pipes.

All timing is the event loop's, so it runs on virtual time. `attach` serves one end of a pipe;
`connect` makes a pipe in memory and gives the till its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Final, assert_never

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault, FaultPlan, Strike, Struck
from opi_pos.poi.scenario import Choice, Scenario, always, by_amount
from terminal_bridge.simulator.zvt.customer import Customer
from terminal_bridge.simulator.zvt.effects import (
    ClosePeriod,
    Effect,
    Hang,
    Keep,
    Reboot,
    Record,
    Send,
    Wait,
)
from terminal_bridge.simulator.zvt.job import PLAIN, PowerCut, Twist
from terminal_bridge.simulator.zvt.line import DIRECTIONS, TO_TERMINAL, TO_TILL, Line
from terminal_bridge.simulator.zvt.pipe import MemoryPipe, Pipe, memory_pipe
from terminal_bridge.simulator.zvt.profile import PtProfile, profile_of
from terminal_bridge.simulator.zvt.store import News, Store
from terminal_bridge.simulator.zvt.terminal import ZvtTerminal
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.framing.framing import ApduReceived, Framing, SendingFailed
from terminal_bridge.zvt.framing.serial import SerialFraming
from terminal_bridge.zvt.framing.tcp import TcpFraming
from terminal_bridge.zvt.tables import terminal_status

BOOT_S: Final = 2.0
"""Seconds that a reboot takes; meanwhile nobody is answered."""


class _Link:
    """One pipe and what cuts it into messages."""

    def __init__(self, number: int, pipe: Pipe, framing: Framing) -> None:
        self.number = number
        self.pipe = pipe
        self.framing = framing
        self.told = 0
        """The terminal's last own command: what an answer of the till belongs to."""
        self.asked = 0
        """The till's last command: what an answer of the terminal belongs to."""
        self.timer: asyncio.TimerHandle | None = None
        self.open = True


class SimulatedZvt:
    """One terminal. `async with SimulatedZvt(...) as terminal:` ends its tasks."""

    def __init__(  # noqa: PLR0913 - settings, all by keyword
        self,
        profile: str | PtProfile = "strict",
        *,
        scenario: Scenario | Choice | None = None,
        faults: Iterable[Fault] = (),
        noise: float = 0.0,
        seed: int = 0,
        pace_s: float = 0.0,
        books: Books | None = None,
        store: Store | None = None,
        keep: Callable[[News], None] | None = None,
        customer: Customer | None = None,
        clock: Callable[[], float] | None = None,
        boot_s: float = BOOT_S,
    ) -> None:
        """`pace_s` are the seconds between the steps of a payment. `clock` gives Unix seconds for
        dates; nothing is timed by it. `keep` is called with each change of the store. Raises
        `KeyError` for an unknown profile.
        """
        self.profile = profile if isinstance(profile, PtProfile) else profile_of(profile)
        self.books = books or Books()
        self.store = store or Store()
        self.terminal = ZvtTerminal(
            self.profile, self.books, self.store, choose=_choice(scenario), customer=customer
        )
        faults = tuple(faults)
        self._plan = FaultPlan(fault for fault in faults if fault.category not in DIRECTIONS)
        self._line = Line(faults, noise=noise, seed=seed)
        self._keep = keep or _forget
        self._clock = clock or _unix_time
        self._pace_s = pace_s
        self._boot_s = boot_s
        self._tasks = Tasks()
        self._links: dict[int, _Link] = {}
        self._numbers = 0
        self._timer: asyncio.TimerHandle | None = None
        self._booting: asyncio.TimerHandle | None = None
        self._mute_until: float | None = None
        self.power_cuts = 0
        self._carry_out(self.terminal.boot(now=self._clock()))
        self.terminal.pt.started = False

    async def __aenter__(self) -> SimulatedZvt:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every pipe and end every task."""
        self._cancel(self._timer)
        self._cancel(self._booting)
        for link in list(self._links.values()):
            self._cancel(link.timer)
            link.pipe.close()
        await self._tasks.aclose()

    # -- links -------------------------------------------------------------------------------

    def connect(self, *, serial: bool = False) -> MemoryPipe:
        """A till's end of a new pipe in memory: a TCP connection, or the serial line.

        Raises `LinkError` while the terminal is without power (a serial line needs none).
        """
        near, far = memory_pipe(closes=not serial)
        if self._booting is not None and not serial:
            raise LinkError("connection refused", written=False)
        self._tasks.spawn(self.attach(far, serial=serial), name="zvt link")
        return near

    async def attach(self, pipe: Pipe, *, serial: bool = False) -> None:
        """Serve one pipe until the till is gone or the terminal hangs up."""
        framing: Framing = SerialFraming() if serial else TcpFraming()
        self._numbers += 1
        link = _Link(self._numbers, pipe, framing)
        if self._booting is not None and pipe.closes:
            pipe.close()
            return
        self._links[link.number] = link
        self.terminal.link_up(link.number, closes=pipe.closes)
        try:
            while link.open and (data := await pipe.read()):
                self._heard(link, data)
        finally:
            self._forget(link)

    def _forget(self, link: _Link) -> None:
        self._cancel(link.timer)
        link.timer = None
        link.open = False
        link.pipe.close()
        if self._links.pop(link.number, None) is not None:
            self._carry_out(self.terminal.link_lost(link.number, now=self._clock()))

    # -- bytes -------------------------------------------------------------------------------

    def _heard(self, link: _Link, data: bytes) -> None:
        while data and link.open:
            passed = self._line.carry(TO_TERMINAL, data)
            if not self._is_deaf():
                self._take(link, passed.data)
            if passed.event is not None:
                self._befall(link, passed.event, passed.seconds)
            data = passed.rest

    def _take(self, link: _Link, data: bytes) -> None:
        try:
            link.framing.receive_data(data, self._now())
        except ProtocolError:
            self._hang_up(link)
            return
        self._pump(link)

    def _pump(self, link: _Link) -> None:
        """Write what the framing has, take what it heard, and wake it in time."""
        self._flush(link)
        for event in link.framing.events():
            match event:
                case ApduReceived(apdu):
                    self._received(link, apdu)
                case SendingFailed():
                    self._carry_out(self.terminal.sending_failed(link.number, now=self._clock()))
                case _:
                    pass
        if link.open:
            self._flush(link)
            self._wind_up(link)

    def _flush(self, link: _Link) -> None:
        data = link.framing.data_to_send()
        while data and link.open and not self._is_deaf():
            passed = self._line.carry(TO_TILL, data)
            self._write(link, passed.data)
            if passed.event is not None:
                self._befall(link, passed.event, passed.seconds)
            data = passed.rest

    def _write(self, link: _Link, data: bytes) -> None:
        if data:
            try:
                link.pipe.write(data)
            except LinkError:
                return  # the reader sees the end

    def _wind_up(self, link: _Link) -> None:
        self._cancel(link.timer)
        due = link.framing.wake_at()
        link.timer = None
        if due is not None:
            loop = asyncio.get_running_loop()
            link.timer = loop.call_at(due, partial(self._tick, link))

    def _tick(self, link: _Link) -> None:
        link.timer = None
        link.framing.tick(self._now())
        self._pump(link)

    # -- the till's messages -----------------------------------------------------------------

    def _received(self, link: _Link, apdu: Apdu) -> None:
        if apdu.is_answer:
            name = f"{link.told:04X} answer"
        else:
            name = f"{apdu.control:04X}"
            link.asked = apdu.control
        struck = self._plan.strike(name)
        if struck.by(Strike.DELAY):
            seconds = struck.seconds(Strike.DELAY)
            asyncio.get_running_loop().call_later(seconds, self._arrived, link, apdu, struck)
            return
        self._arrived(link, apdu, struck)

    def _arrived(self, link: _Link, apdu: Apdu, struck: Struck) -> None:
        if struck.by(Strike.LOSE) or not link.open:
            return
        for event in (Strike.RESET, Strike.SILENCE, Strike.REBOOT):
            if struck.by(event):
                self._befall(link, event, struck.seconds(event))
                return
        if struck.by(Strike.DROP_AFTER):
            self._hang_up(link)
        self._rule(link, apdu, struck)
        if struck.by(Strike.DOUBLE):
            self._rule(link, apdu, Struck())
        if struck.by(Strike.MAINTENANCE):
            self.lock(terminal_status.DIAGNOSIS_REQUIRED)

    def _rule(self, link: _Link, apdu: Apdu, struck: Struck) -> None:
        effects = self.terminal.received(
            link.number,
            apdu,
            now=self._clock(),
            twist=_twist_of(struck),
            busy=struck.by(Strike.BUSY),
        )
        self._carry_out(effects)

    # -- effects -----------------------------------------------------------------------------

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send():
                    self._send(effect)
                case Wait():
                    self._wait(effect)
                case Record():
                    self.books.write(effect.entry)
                case Keep(news):
                    self._keep(news)
                case ClosePeriod():
                    self.books.close_period()
                case Hang(number):
                    self._hang_up(self._links.get(number))
                case Reboot():
                    self.reboot()
                case _:
                    assert_never(effect)

    def _send(self, send: Send) -> None:
        link = self._links.get(send.link)
        if link is None or not link.open:
            return
        if send.apdu.is_answer:
            name = f"{link.asked:04X} reply"
        else:
            name = f"{send.apdu.control:04X}"
            link.told = send.apdu.control
        struck = self._plan.strike(name)
        seconds = struck.seconds(Strike.DELAY) or struck.seconds(Strike.LATE)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._leave, link, send.apdu, struck)
        else:
            self._leave(link, send.apdu, struck)

    def _leave(self, link: _Link, apdu: Apdu, struck: Struck) -> None:
        if struck.by(Strike.LOSE) or not link.open:
            return
        for event in (Strike.RESET, Strike.SILENCE, Strike.REBOOT):
            if struck.by(event):
                self._befall(link, event, struck.seconds(event))
                return
        for _ in range(2 if struck.by(Strike.DOUBLE) else 1):
            link.framing.send(apdu, self._now())
            if struck.by(Strike.TRUNCATE):
                data = link.framing.data_to_send()
                self._write(link, data[: len(data) // 2])
                self._hang_up(link)
                return
            if struck.by(Strike.GARBAGE):
                self._write(link, bytes(byte ^ 0x55 for byte in link.framing.data_to_send()))
            self._flush(link)
        self._wind_up(link)

    def _wait(self, wait: Wait) -> None:
        self._cancel(self._timer)
        seconds = self._pace_s if wait.seconds is None else wait.seconds
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._elapsed, wait.token)

    def _elapsed(self, token: int) -> None:
        self._timer = None
        self._carry_out(self.terminal.elapsed(token, now=self._clock()))

    # -- what befalls it ---------------------------------------------------------------------

    def _befall(self, link: _Link, event: Strike, seconds: float) -> None:
        match event:
            case Strike.RESET:
                if link.pipe.closes:
                    self._hang_up(link)
            case Strike.SILENCE:
                self.fall_silent(seconds)
            case _:
                self.reboot()

    def _hang_up(self, link: _Link | None) -> None:
        if link is not None and link.pipe.closes:
            self._forget(link)

    def fall_silent(self, seconds: float = 0.0) -> None:
        """Neither hear nor say anything for that long; 0: until the next start."""
        self._mute_until = self._now() + seconds if seconds else float("inf")

    def _is_deaf(self) -> bool:
        return self._booting is not None or (
            self._mute_until is not None and self._now() < self._mute_until
        )

    def reboot(self) -> None:
        """Cut the power and start again: connections break, what was authorised is settled."""
        if self._booting is not None:
            return
        self.power_cuts += 1
        self._cancel(self._timer)
        self.terminal.cut_power()
        loop = asyncio.get_running_loop()
        self._booting = loop.call_later(self._boot_s, self._boot)
        for link in list(self._links.values()):
            self._cancel(link.timer)
            link.timer = None
            if link.pipe.closes:
                self._forget(link)
            else:
                link.framing = SerialFraming()

    def _boot(self) -> None:
        self._booting = None
        self._mute_until = None
        for link in self._links.values():
            self.terminal.link_up(link.number, closes=link.pipe.closes)
        self._carry_out(self.terminal.boot(now=self._clock()))

    def lock(self, status: int) -> None:
        """Need something (05 01 tells `status`) before anything else is done; 0 is ready."""
        self._carry_out([Keep(self.terminal.pt.take(News(lock=status)))])

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _cancel(self, timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def _forget(_news: News) -> None:
    """Without a file the store lives as long as the process."""


def _twist_of(struck: Struck) -> Twist:
    if not struck:
        return PLAIN
    power_cut = None
    if struck.by(Strike.REBOOT_BEFORE_AUTHORISATION):
        power_cut = PowerCut.BEFORE_AUTHORISATION
    elif struck.by(Strike.REBOOT_AFTER_AUTHORISATION):
        power_cut = PowerCut.AFTER_AUTHORISATION
    return Twist(
        power_cut=power_cut,
        deaf_to_abort=struck.by(Strike.APPROVED_AFTER_ABORT),
        printer_out=struck.by(Strike.PRINTER_OUT),
    )


def _choice(scenario: Scenario | Choice | None) -> Choice:
    if scenario is None:
        return by_amount
    return always(scenario) if isinstance(scenario, Scenario) else scenario


def _unix_time() -> float:
    return datetime.now(UTC).timestamp()
