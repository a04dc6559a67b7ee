"""A simulated O.P.I. terminal in process: carries out what the rules of `opi_pos.poi.opi` decide.

`receive` takes one request of the till and gives its answer; what the terminal asks of the till
goes through the `post` that is handed in. All timing is the event loop's, so it runs on virtual
time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple, assert_never

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import ProtocolError
from opi_pos.model.ids import DeviceID
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault, FaultPlan, Strike, Struck
from opi_pos.poi.opi.effects import Effect, Keep, Reboot, Record, Reply, Send, Wait
from opi_pos.poi.opi.faulty import distort, refusal_of, twist_of
from opi_pos.poi.opi.kept import Memory
from opi_pos.poi.opi.profile import PoiProfile, profile_of
from opi_pos.poi.opi.requests import Header, Request
from opi_pos.poi.opi.simulated import SimulatedTerminal
from opi_pos.poi.scenario import Choice, Scenario, always, by_amount
from opi_pos.terminals.opi import reading
from opi_pos.terminals.opi.writing import AnswerWriter, Sender, Told
from opi_pos.wire import opi
from terminal_bridge.links.link import Receive
from terminal_bridge.links.link import Reply as LinkReply
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.opi.outbox import Outbox, Post
from terminal_bridge.simulator.striking import Line, Timers, Waiting, after

BOOT_S: Final = 2.0
"""Seconds that a reboot takes; meanwhile nobody is answered."""
NOBODY_KNOWS: Final = "Perhaps"
"""The result of an answer that nobody knows (a fault)."""
_UMLAUT: Final = "Gerät"
_TERMINAL_IDS: Final = 68_000_000


class Answered(NamedTuple):
    """What goes back on channel 0, and the faults that strike it on the line."""

    reply: LinkReply
    struck: Struck


class _Exchange(Waiting):
    """One request of the till that waits for its answer."""

    def __init__(self, header: Header, struck: Struck, form: opi.Form) -> None:
        super().__init__()
        self.header = header
        self.struck = struck
        self.form = form


class SimulatedOpi:
    """One terminal. `async with SimulatedOpi(...) as terminal:` ends its tasks."""

    def __init__(  # noqa: PLR0913 - settings, all by keyword
        self,
        profile: str | PoiProfile = "de",
        *,
        scenario: Scenario | Choice | None = None,
        faults: Iterable[Fault] = (),
        post: Receive | None = None,
        channel: Post | None = None,
        seed: int = 0,
        pace_s: float = 0.0,
        books: Books | None = None,
        memory: Memory | None = None,
        clock: Callable[[], float] | None = None,
        boot_s: float = BOOT_S,
    ) -> None:
        """`post` takes a DeviceRequest to the till and gives its answer; `channel` does so with
        the faults of the line. `pace_s` are the seconds between the steps of a payment. `clock`
        gives Unix seconds for timestamps; nothing is timed by it. Raises `KeyError` for a profile
        that the codec does not know.
        """
        self.profile = profile if isinstance(profile, PoiProfile) else profile_of(profile)
        self.wire = opi.profile(self.profile.name)
        self.books = books or Books()
        self.memory = memory or Memory(limit=self.profile.kept_answers)
        self.sender = Sender(terminal_id=str(_TERMINAL_IDS + 1 + seed % 999_999))
        self.terminal = SimulatedTerminal(
            self.profile,
            self.books,
            self.memory,
            choose=_choice(scenario),
            terminal_id=self.sender.terminal_id,
        )
        self._writer = AnswerWriter(self.wire, self.sender)
        self._plan = FaultPlan(faults)
        self._clock = clock or _unix_time
        self._pace_s = pace_s
        self._boot_s = boot_s
        self._tasks = Tasks()
        self._open: list[_Exchange] = []
        self._timers = Timers()
        self._down_until: float | None = None
        self._line = Line(self._is_down)
        self._outbox = Outbox(self, channel or _plain(post), self._tasks, self._plan)

    async def __aenter__(self) -> SimulatedOpi:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every task and open exchange."""
        for exchange in self._open:
            exchange.drop()
        self._timers.cancel()
        await self._tasks.aclose()

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    # -- channel 0 ---------------------------------------------------------------------------

    async def receive(self, data: bytes) -> LinkReply:
        """One request of the till. Raises `LinkDroppedError` when the connection breaks.

        Cancelling it means that the till went away; the terminal goes on.
        """
        return (await self.exchange(data)).reply

    async def exchange(self, data: bytes) -> Answered:
        """As `receive`, with the faults that are left to strike on the line."""
        if self._is_down():
            raise LinkDroppedError("the terminal is starting", written=False)
        try:
            told = opi.read(data)
        except ProtocolError as error:
            return Answered(self._format_error(data, error), Struck())
        message = told.message
        if not isinstance(message, opi.CardServiceRequest | opi.ServiceRequest):
            raise LinkDroppedError("channel 0 takes requests alone")
        header = reading.header_of(message)
        struck = self._plan.strike(header.request_type, header.reference)
        request = reading.request_of(message, self.wire)
        return Answered(await self._exchange(header, request, struck, told.form), struck)

    def _format_error(self, data: bytes, error: ProtocolError) -> LinkReply:
        """What cannot be read is told so where it can be told to somebody."""
        head = opi.read_head(data)
        if not isinstance(head, opi.CardServiceRequest | opi.ServiceRequest):
            raise LinkDroppedError("what came is no message") from None
        line = opi.ErrorLine(category="1", code="0", description=str(error))
        kinds = (opi.CardServiceResponse, opi.ServiceResponse)
        kind = kinds[isinstance(head, opi.ServiceRequest)]
        answer = kind(
            request_type=head.request_type,
            workstation_id=head.workstation_id,
            popid=head.popid,
            request_id=head.request_id,
            overall_result=opi.OverallResult.FORMAT_ERROR,
            error_detail=opi.ErrorDetail(error=line),
        )
        return LinkReply(status=200, body=opi.encode(answer, charset=self.wire.charset))

    async def _exchange(
        self, header: Header, request: Request, struck: Struck, form: opi.Form
    ) -> LinkReply:
        await self._line.before(struck)
        exchange = _Exchange(header, struck, form)
        self._open.append(exchange)
        try:
            self._serve(exchange, request)
            if struck.by(Strike.DOUBLE):
                self._serve(_Exchange(header, Struck(), form), request)
            self._line.arrived()
            reply = await exchange.ended
        finally:
            self._open.remove(exchange)
        return await after(reply, struck)

    def _serve(self, exchange: _Exchange, request: Request) -> None:
        refusal = refusal_of(exchange.struck)
        if refusal is not None:
            effects = self.terminal.say(exchange.header, refusal)
        else:
            twist, now = twist_of(exchange.struck), self.now()
            effects = self.terminal.received(exchange.header, request, now=now, twist=twist)
        self.carry_out(effects, exchange)

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> None:
        """The till took what was asked of it; None: it was not reached, or was silent."""
        self.carry_out(self.terminal.device_answered(device_id, answer))

    # -- effects -----------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[Effect], current: _Exchange | None = None) -> None:
        """Carry effects out in order; `current` is the exchange that caused them."""
        for effect in effects:
            match effect:
                case Reply():
                    self._answer(effect, current)
                case Send():
                    self._outbox.put(effect)
                case Wait():
                    self._wait(effect)
                case Record():
                    self.books.write(effect.entry)
                case Keep():
                    self.memory.keep(effect.kept)
                case Reboot():
                    self.reboot()
                case _:
                    assert_never(effect)

    def _answer(self, reply: Reply, current: _Exchange | None) -> None:
        exchange = current if current and current.header == reply.to else self._find(reply.to)
        if exchange is None:
            return
        struck = exchange.struck
        message = self._writer.reply(distort(reply, struck, self.memory))
        exchange.end(LinkReply(status=200, body=self._written(message, exchange, struck)))

    def _written(self, message: Told, exchange: _Exchange, struck: Struck) -> bytes:
        if struck.by(Strike.UNKNOWN_RESULT):
            message = msgspec.structs.replace(message, overall_result=NOBODY_KNOWS)
        if struck.by(Strike.WRONG_ENCODING):
            return misdeclared(msgspec.structs.replace(message, application_sender=_UMLAUT))
        return opi.encode(message, exchange.form, charset=self.wire.charset)

    def _find(self, header: Header) -> _Exchange | None:
        found = (e for e in self._open if e.header.names(header) and not e.ended.done())
        return next(found, None)

    def _wait(self, wait: Wait) -> None:
        seconds = self._pace_s if wait.seconds is None else wait.seconds
        elapsed = self.terminal.elapsed
        self._timers.after(seconds, lambda: self.carry_out(elapsed(wait.token)))

    # -- the terminal itself -----------------------------------------------------------------

    def reboot(self) -> None:
        """Cut the power and start again: open exchanges break, what was authorised stays."""
        self._down_until = asyncio.get_running_loop().time() + self._boot_s
        self._timers.cancel()
        self._outbox.clear()
        for exchange in self._open:
            exchange.drop()
        self.terminal.reboot()

    def _is_down(self) -> bool:
        until = self._down_until
        return until is not None and asyncio.get_running_loop().time() < until


def misdeclared(message: opi.Message) -> bytes:
    """Declared as UTF-8 and sent as ISO-8859-1, as some terminals do."""
    return opi.encode(message, charset="iso-8859-1").replace(b"ISO-8859-1", b"UTF-8", 1)


def _plain(post: Receive | None) -> Post | None:
    if post is None:
        return None

    async def carry(data: bytes, struck: Struck) -> LinkReply:
        return await post(data)

    return carry


def _choice(scenario: Scenario | Choice | None) -> Choice:
    if scenario is None:
        return by_amount
    return always(scenario) if isinstance(scenario, Scenario) else scenario


def _unix_time() -> float:
    return datetime.now(UTC).timestamp()
