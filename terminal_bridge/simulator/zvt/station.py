"""A simulated ZVT terminal in process: carries out what its pure rules decide, over byte pipes.

All timing is the event loop's, so it runs on virtual time. `attach` serves one end of a pipe;
`connect` makes a TCP connection or opens the serial line in memory, and gives the till its end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final, assert_never

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError
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
from terminal_bridge.simulator.zvt.line import DIRECTIONS, Line
from terminal_bridge.simulator.zvt.link import PtLink
from terminal_bridge.simulator.zvt.pipe import MemoryLine, MemoryPipe, Pipe, memory_pipe
from terminal_bridge.simulator.zvt.profile import PtProfile, profile_of
from terminal_bridge.simulator.zvt.store import News, Store
from terminal_bridge.simulator.zvt.terminal import ZvtTerminal
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.tables import terminal_status

BOOT_S: Final = 2.0
"""Seconds that a reboot takes; meanwhile nobody is answered."""
_BEFALLS: Final = (Strike.RESET, Strike.SILENCE, Strike.REBOOT)


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
        self._effects: deque[Effect] = deque()
        self._busy = False
        self._links: dict[int, PtLink] = {}
        self._serial: MemoryLine | None = None
        self._numbers = 0
        self._timer: asyncio.TimerHandle | None = None
        self._booting: asyncio.TimerHandle | None = None
        self._mute_until: float | None = None
        self._left: list[PtLink] = []
        """Hung up during a silence, so that the till does not know."""
        self.power_cuts = 0
        """How often its power was cut."""
        self._carry_out(self.terminal.start(now=self.now()))

    async def __aenter__(self) -> SimulatedZvt:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every pipe and end every task, at once, as when the process is killed."""
        for timer in (self._timer, self._booting):
            if timer is not None:
                timer.cancel()
        for link in (*self._links.values(), *self._left):
            link.close()
        self._links.clear()  # the rules are not told: what is under way stays as it is
        await self._tasks.aclose()

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    # -- links -------------------------------------------------------------------------------

    def connect(self, *, serial: bool = False) -> MemoryPipe:
        """A till's end of a TCP connection in memory, or of the terminal's one serial line.

        Raises `LinkError` when a connection is refused: while the terminal starts.
        """
        if serial:
            return self._open_serial()
        if self._booting is not None:
            raise LinkError("connection refused", written=False)
        near, far = memory_pipe()
        self._tasks.spawn(self.attach(far), name="zvt link")
        return near

    def _open_serial(self) -> MemoryPipe:
        if self._serial is None:
            self._serial = MemoryLine()
            self._tasks.spawn(self.attach(self._serial, serial=True), name="zvt serial line")
        return self._serial.open()

    async def attach(self, pipe: Pipe, *, serial: bool = False) -> None:
        """Serve one pipe until the till is gone or the terminal hangs up."""
        if self._booting is not None and pipe.closes:
            pipe.close()
            return
        self._numbers += 1
        link = PtLink(self._numbers, pipe, self._line, self, serial=serial)
        self._links[link.number] = link
        self.terminal.link_up(link.number, closes=pipe.closes)
        try:
            await link.listen()
        finally:
            self._drop(link)
            pipe.close()

    def _drop(self, link: PtLink) -> None:
        if self._is_mute():
            link.leave()  # not even the end of the connection passes
            self._left.append(link)
        else:
            link.close()
        if self._links.pop(link.number, None) is not None:
            self._carry_out(self.terminal.link_lost(link.number, now=self.now()))

    def _hang_up(self, link: PtLink | None) -> None:
        if link is not None and link.pipe.closes:
            self._drop(link)

    # -- the till's messages -----------------------------------------------------------------

    def apdu_came(self, link: PtLink, apdu: Apdu) -> None:
        """See `LinkOwner`."""
        if apdu.is_answer:
            name = f"{link.told:04X} answer"
        else:
            name = f"{apdu.control:04X}"
            link.asked = apdu.control
        struck = self._plan.strike(name)
        self._after(struck.seconds(Strike.DELAY), self._arrived, link, apdu, struck)

    def delivered(self, link: PtLink, apdu: Apdu) -> None:
        """See `LinkOwner`."""
        self._carry_out(self.terminal.delivered(link.number, apdu))

    def sending_failed(self, link: PtLink) -> None:
        """See `LinkOwner`."""
        self._carry_out(self.terminal.sending_failed(link.number, now=self.now()))

    def _arrived(self, link: PtLink, apdu: Apdu, struck: Struck) -> None:
        if self._is_lost(link, struck):
            return
        if struck.by(Strike.DROP_AFTER):
            self._hang_up(link)
        self._rule(link, apdu, struck)
        if struck.by(Strike.DOUBLE):
            self._rule(link, apdu, Struck())
        if struck.by(Strike.MAINTENANCE):
            self.lock(terminal_status.DIAGNOSIS_REQUIRED)

    def _is_lost(self, link: PtLink, struck: Struck) -> bool:
        """Whether a message, either way, goes no further."""
        for event in _BEFALLS:
            if struck.by(event):
                self.befall(link, event, struck.seconds(event))
                return True
        return struck.by(Strike.LOSE) or not link.open

    def _rule(self, link: PtLink, apdu: Apdu, struck: Struck) -> None:
        effects = self.terminal.received(
            link.number,
            apdu,
            now=self.now(),
            twist=_twist_of(struck),
            busy=struck.by(Strike.BUSY),
        )
        self._carry_out(effects)

    # -- effects -----------------------------------------------------------------------------

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        """In order; what an effect causes comes after all that was decided before."""
        self._effects.extend(effects)
        if self._busy:
            return
        self._busy = True
        try:
            while self._effects:
                self._do(self._effects.popleft())
        finally:
            self._busy = False

    def _do(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Wait():
                self._wait(effect)
            case Record(entry):
                self.books.write(entry)
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
        if link is None:
            return
        if send.apdu.is_answer:
            name = f"{link.asked:04X} reply"
        else:
            name = f"{send.apdu.control:04X}"
            link.told = send.apdu.control
        struck = self._plan.strike(name)
        seconds = struck.seconds(Strike.DELAY) or struck.seconds(Strike.LATE)
        self._after(seconds, self._leave, link, send.apdu, struck)

    def _leave(self, link: PtLink, apdu: Apdu, struck: Struck) -> None:
        if self._is_lost(link, struck):
            return
        if struck.by(Strike.TRUNCATE):
            link.send_part(apdu)
            self._hang_up(link)
        elif struck.by(Strike.GARBAGE):
            link.send_garbage(apdu)
        else:
            for _ in range(2 if struck.by(Strike.DOUBLE) else 1):
                link.send(apdu)

    def _wait(self, wait: Wait) -> None:
        if self._timer is not None:
            self._timer.cancel()
        seconds = self._pace_s if wait.seconds is None else wait.seconds
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._elapsed, wait.token)

    def _elapsed(self, token: int) -> None:
        self._timer = None
        self._carry_out(self.terminal.elapsed(token, now=self.now()))

    def _after(
        self,
        seconds: float,
        then: Callable[[PtLink, Apdu, Struck], None],
        link: PtLink,
        apdu: Apdu,
        struck: Struck,
    ) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, then, link, apdu, struck)
        else:
            then(link, apdu, struck)

    # -- what befalls it ---------------------------------------------------------------------

    def befall(self, link: PtLink, event: Strike, seconds: float) -> None:
        """See `LinkOwner`."""
        match event:
            case Strike.RESET:
                self._hang_up(link)
            case Strike.SILENCE:
                self.fall_silent(seconds)
            case _:
                self.reboot()

    def fall_silent(self, seconds: float = 0.0) -> None:
        """Neither hear nor say anything for that long; 0: until the next start."""
        now = asyncio.get_running_loop().time()
        self._mute_until = now + seconds if seconds else float("inf")

    def is_deaf(self) -> bool:
        """See `LinkOwner`."""
        return self._booting is not None or self._is_mute()

    def _is_mute(self) -> bool:
        until = self._mute_until
        return until is not None and asyncio.get_running_loop().time() < until

    def reboot(self) -> None:
        """Cut the power and start again: connections break, what was authorised is settled."""
        if self._booting is not None:
            return
        self.power_cuts += 1
        self._mute_until = None
        self.terminal.cut_power()
        self._booting = asyncio.get_running_loop().call_later(self._boot_s, self._boot)
        for link in (*self._links.values(), *self._left):
            link.start_anew()
            self._hang_up(link)
        self._left.clear()

    def _boot(self) -> None:
        self._booting = None
        for link in self._links.values():
            self.terminal.link_up(link.number, closes=link.pipe.closes)
        self._carry_out(self.terminal.boot(now=self.now()))

    def lock(self, status: int) -> None:
        """Need something (05 01 tells `status`) before anything else is done; 0 is ready."""
        self._carry_out([Keep(self.terminal.pt.take(News(lock=status)))])


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
