"""A simulated nexo terminal in process: carries out what the pure rules of `opi_pos.poi` decide.

`receive` takes the bytes of one exchange of the till; what the terminal asks of the till goes
through the `post` that is handed in. All timing is the event loop's, so it runs on virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final, assert_never

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import ProtocolError
from opi_pos.model.ids import DeviceID
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault, FaultPlan, Strike, Struck
from opi_pos.poi.nexo.customer import Customer
from opi_pos.poi.nexo.effects import Effect, Keep, Reboot, Record, Reject, Reply, Send, Wait
from opi_pos.poi.nexo.faulty import distort, twist_of
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.profile import PoiProfile, profile_of
from opi_pos.poi.nexo.requests import CardAcquisition, Header, Payment, Request
from opi_pos.poi.nexo.simulated import SimulatedTerminal
from opi_pos.poi.scenario import Choice, Scenario, always, by_amount
from opi_pos.terminals.nexo import asking, reading, writing
from opi_pos.wire import nexo
from opi_pos.wire.nexo.profile import profile as wire_profile
from terminal_bridge.links.link import NOTHING, Receive
from terminal_bridge.links.link import Reply as LinkReply
from terminal_bridge.simulator.dialect import Dialect
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.outbox import Outbox
from terminal_bridge.simulator.striking import Line, Timers, Waiting, after

BOOT_S: Final = 2.0
"""Seconds that a reboot takes; meanwhile nobody is answered."""
REPLY_GAP_S: Final = 0.05
"""Between an answer and the terminal's next own message, so that the answer is seen first."""
_TERMINAL_NUMBERS: Final = 900_000


class _Exchange(Waiting):
    """One request of the till that waits for its answer."""

    def __init__(self, header: Header, struck: Struck, encoding: nexo.Encoding) -> None:
        super().__init__()
        self.header = header
        self.struck = struck
        self.encoding = encoding


class SimulatedNexo:
    """One terminal. `async with SimulatedNexo(...) as terminal:` ends its tasks."""

    def __init__(  # noqa: PLR0913 - settings, all by keyword
        self,
        profile: str | PoiProfile = "swedbank",
        *,
        scenario: Scenario | Choice | None = None,
        faults: Iterable[Fault] = (),
        post: Receive | None = None,
        dialect: Dialect | None = None,
        seed: int = 0,
        pace_s: float = 0.0,
        books: Books | None = None,
        memory: Memory | None = None,
        customer: Customer | None = None,
        clock: Callable[[], float] | None = None,
        boot_s: float = BOOT_S,
        reply_gap_s: float = REPLY_GAP_S,
    ) -> None:
        """`post` carries the terminal's own messages to the till; `pace_s` are the seconds
        between the steps of a payment. `clock` gives Unix seconds for timestamps; nothing is
        timed by it. Raises `KeyError` for a profile that the codec does not know.
        """
        self.profile = profile if isinstance(profile, PoiProfile) else profile_of(profile)
        self.dialect = dialect or Dialect(wire_profile(self.profile.name))
        limit = self.profile.kept_answers
        self.books = books or Books()
        self.memory = memory or Memory(limit=limit)
        self.terminal = SimulatedTerminal(
            self.profile,
            self.books,
            self.memory,
            choose=_choice(scenario),
            customer=customer,
            terminal_number=100_000 + seed % _TERMINAL_NUMBERS,
        )
        self.encoding = self.dialect.profile.encoding
        """Of the terminal's own messages: that of the till's last message."""
        self._plan = FaultPlan(faults)
        self._clock = clock or _unix_time
        self._pace_s = pace_s
        self._boot_s = boot_s
        self._tasks = Tasks()
        self._open: list[_Exchange] = []
        self._timers = Timers()
        self._down_until: float | None = None
        self._line = Line(self._is_down)
        self._outbox = Outbox(self, post, self._tasks, self._plan, reply_gap_s=reply_gap_s)

    async def __aenter__(self) -> SimulatedNexo:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every task and open exchange."""
        for exchange in self._open:
            exchange.drop()
        self._timers.cancel()
        await self._tasks.aclose()

    @property
    def pace_s(self) -> float:
        """Seconds of one beat."""
        return self._pace_s

    def now(self) -> float:
        """Unix seconds."""
        return self._clock()

    # -- the till's messages -----------------------------------------------------------------

    async def receive(self, data: bytes) -> LinkReply:
        """One exchange of the till: its request, or its answer to a question of the terminal.

        Raises `LinkDroppedError` when the connection breaks. Cancelling it means that the till went
        away; the terminal goes on.
        """
        if self._is_down():
            raise LinkDroppedError("the terminal is starting", written=False)
        try:
            message = self.dialect.decode(data)
        except ProtocolError as error:
            return self._reject(data, error)
        if message.received is not None:
            self.encoding = message.received.encoding
        if message.root == "SaleToPOIResponse":
            return self._take_answer(message, data)
        header = reading.header_of(message)
        try:
            request = reading.request_of(message)
        except ProtocolError as error:
            return self._reject(data, error)
        struck = self._plan.strike(header.category, _sale_transaction(request))
        return await self._exchange(header, request, struck)

    def _take_answer(self, message: nexo.Message, data: bytes) -> LinkReply:
        try:
            device_id, answer = reading.answer_of(message)
        except ProtocolError as error:
            return self._reject(data, error)
        self._outbox.answered(device_id, answer)
        return NOTHING

    def _reject(self, data: bytes, error: ProtocolError) -> LinkReply:
        """A request gets MessageFormat in its own response; the rest goes back in an event."""
        header = self.dialect.read_header(data)
        failure = nexo.format_failure(error, header) if header is not None else None
        if failure is not None:
            return self.dialect.reply(failure, self.encoding)
        to = reading.ids_of(header) if header is not None else Header(category="")
        exchange = _Exchange(to, Struck(), self.encoding)
        self.carry_out(self.terminal.unparsable(to, data, str(error)), exchange)
        return exchange.ended.result()

    async def _exchange(self, header: Header, request: Request, struck: Struck) -> LinkReply:
        await self._line.before(struck)
        if struck.by(Strike.HTTP_500):
            return LinkReply(status=500)
        exchange = _Exchange(header, struck, self.encoding)
        self._open.append(exchange)
        try:
            self._serve(exchange, request)
            if struck.by(Strike.DOUBLE):
                self._serve(_Exchange(header, Struck(), self.encoding), request)
            self._line.arrived()
            reply = await exchange.ended
        finally:
            self._open.remove(exchange)
        return await after(reply, struck)

    def _serve(self, exchange: _Exchange, request: Request) -> None:
        struck, now = exchange.struck, self.now()
        if struck.by(Strike.BUSY):
            effects = self.terminal.refuse_busy(exchange.header, request, now=now)
        else:
            twist = twist_of(struck)
            effects = self.terminal.received(exchange.header, request, now=now, twist=twist)
        if struck.by(Strike.MAINTENANCE):
            effects = [*effects, *self.terminal.require_maintenance()]
        self.carry_out(effects, exchange)

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> None:
        """The till took a message of the terminal; None: it was not reached, or was silent."""
        self.carry_out(self.terminal.device_answered(device_id, answer))

    # -- effects -----------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[Effect], current: _Exchange | None = None) -> None:
        """Carry effects out in order; `current` is the exchange that caused them."""
        for effect in effects:
            match effect:
                case Reply():
                    self._answer(effect, current)
                case Reject():
                    self._answer_rejected(effect, current)
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
        told = distort(reply, exchange.struck, self.memory)
        message = writing.reply_of(told, self.profile)
        exchange.end(self._write(message, exchange))
        self._outbox.mark_reply()

    def _answer_rejected(self, reject: Reject, current: _Exchange | None) -> None:
        message = writing.rejection_of(reject, self.now())
        if current is not None:
            current.end(self._write(message if reject.in_body else None, current))
        if not reject.in_body:
            self._outbox.mark_reply()
            self._outbox.put_message("Event", message)

    def _find(self, header: Header) -> _Exchange | None:
        found = (e for e in self._open if e.header == header and not e.ended.done())
        return next(found, None)

    def _write(self, message: nexo.Message | None, exchange: _Exchange) -> LinkReply:
        if message is None:
            return NOTHING
        return self.dialect.reply(message, exchange.encoding)

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
        self.carry_out(self.terminal.reboot(now=self.now()))

    def link_lost(self) -> None:
        """The till's connection broke. Only some makers' terminals mind."""
        self.carry_out(self.terminal.link_lost())

    def announce(self, poi_id: str, host: str, port: int) -> None:
        """Tell the till where this terminal is (TransmitRequest)."""
        self._outbox.put_message("Transmit", asking.announcement_of(poi_id, host, port))

    def require_maintenance(self) -> None:
        """An update is pending: the terminal asks the till to log out and to allow it."""
        self.carry_out(self.terminal.require_maintenance())

    def _is_down(self) -> bool:
        until = self._down_until
        return until is not None and asyncio.get_running_loop().time() < until


def _choice(scenario: Scenario | Choice | None) -> Choice:
    if scenario is None:
        return by_amount
    return always(scenario) if isinstance(scenario, Scenario) else scenario


def _sale_transaction(request: Request) -> str:
    if isinstance(request, Payment | CardAcquisition):
        return request.sale.transaction.id
    return ""


def _unix_time() -> float:
    return datetime.now(UTC).timestamp()
