"""One terminal of this till: one task with a mailbox, which alone moves the rules.

Everything that happens (an order, news of the driver, an abort, the clock) is an input of that
task. It asks the rules what to do and does it in order; a `Record` is durable before the next
effect begins.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceRequest, Event, EventKind, Question
from opi_pos.model.devices import QuestionKind as Kind
from opi_pos.model.errors import JournalError, KeyTakenError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import (
    Answer,
    DeviceAsked,
    News,
    NoAnswer,
)
from opi_pos.model.orders import (
    AskStatus,
    Command,
    Integration,
    Login,
    Logout,
    Order,
    StopExchange,
)
from opi_pos.model.results import Outcome, Proof, Result
from opi_pos.ports import Bus, Cashier, Clock, Driver, Journal
from opi_pos.runtime.conversation import Conversation
from opi_pos.runtime.desk import Desk
from opi_pos.runtime.talk import talk
from opi_pos.runtime.wishes import AbortWishes
from opi_pos.session import effects as fx
from opi_pos.session.effects import Effect, Instant
from opi_pos.session.sale import SaleSession, Ticket
from opi_pos.session.service_ids import BLOCK, ServiceIDs, drawn_mark, floor
from opi_pos.session.terms import Terms

log = logging.getLogger("opi_pos.poi")

QUERY_WITHIN_S = 15.0
"""How long one question about an exchange may take."""
PROVISIONAL_S = 900.0
"""For how long after its end a new process looks again at what was provisional."""
PROVISIONAL_AMONG = 20
"""The newest exchanges of the journal, among which it looks for them."""
DISK_AGAIN_S = 1.0
"""How long to wait before a result is written again to a journal that failed."""

Move = Callable[[Instant], list[Effect]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What the terminals of one till share."""

    journal: Journal
    desk: Desk
    bus: Bus
    cashier: Cashier
    clock: Clock
    draw: Callable[[int], int] = secrets.randbelow
    """A random number below another; a simulation brings its own."""
    ended: list[Callable[[ExchangeID, Result], None]] = field(default_factory=list)
    """Who hears of each result, doubts included."""

    def instant(self) -> Instant:
        """Both times, for the rules."""
        return Instant(self.clock.now(), self.clock.wall())


class _Input:
    """Something that happened, and who waits until it was carried out."""

    __slots__ = ("done", "move")

    def __init__(self, move: Move, done: asyncio.Future[None] | None) -> None:
        self.move = move
        self.done = done


class Poi:
    """Drives one terminal. `start` recovers first; `close` leaves what is open in the journal."""

    def __init__(self, *, name: str, terms: Terms, driver: Driver, shop: Shop) -> None:
        self.name = name
        self.terms = terms
        self.driver = driver
        self.shop = shop
        self.ids = ServiceIDs(drawn_mark(shop.draw))
        self.rules = SaleSession(terms, self.ids)
        self._inputs: asyncio.Queue[_Input] = asyncio.Queue()
        self._tasks = Tasks()
        self._conversations: dict[ExchangeID, Conversation] = {}
        self._results: dict[ExchangeID, asyncio.Future[Result]] = {}
        self._answers: dict[ExchangeID, asyncio.Future[Answer]] = {}
        self._logins: deque[asyncio.Future[Answer]] = deque()
        self._asked: dict[ExchangeID, list[asyncio.Future[None]]] = {}
        self._ended: asyncio.Event = asyncio.Event()
        self._seen: set[ServiceID] = set()
        self.logged_in_here = False

    # --- life ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take service ids, restore what is open, and begin to recover it."""
        await self._reserve()
        rows = await self.shop.journal.open_exchanges(self.terms.poi_id)
        for row in rows:
            self._result_of(row.exchange_id)
        await self._resume_session()
        self._tasks.spawn(self._live(), name=f"terminal {self.name}")
        ended = await self._provisional_ends()
        self.tell(lambda at: self.rules.remember(ended, at))
        await self.feed(lambda at: self.rules.restore(rows, at))

    async def close(self) -> None:
        """End the task. A payment that runs keeps running on the terminal."""
        async with AsyncExitStack() as stack:
            stack.callback(self._let_callers_go)
            stack.push_async_callback(self.driver.close)
            await self._tasks.aclose()

    def _let_callers_go(self) -> None:
        waiting: list[asyncio.Future[Any]] = [*self._results.values(), *self._answers.values()]
        for future in [*waiting, *self._logins]:
            future.cancel()

    async def _provisional_ends(self) -> list[Exchange]:
        """What an earlier process was told of late, and its system may overturn."""
        if not self.terms.can_ask:
            return []
        since = self.shop.clock.wall() - PROVISIONAL_S
        newest = await self.shop.journal.exchanges(limit=PROVISIONAL_AMONG)
        own = (row for row in newest if row.poi_id == self.terms.poi_id)
        return [row for row in own if row.is_provisional and row.changed_at > since]

    async def _resume_session(self) -> None:
        """An earlier process may have left a session open that suits us."""
        kept = await self.shop.journal.recall(self.terms.poi_id, "session")
        if kept == self._session_note() and self.terms.capabilities.login:
            self.rules.resumed()

    def _session_note(self) -> str:
        return f"{self.terms.sale_id} {self.terms.integration.value}"

    async def _live(self) -> None:
        while True:
            given = await self._next_input()
            at = self.shop.instant()
            try:
                effects = given.move(at) if given is not None else self.rules.tick(at)
                await self._carry_out(effects)
            except Exception as error:
                log.exception("terminal %s: a step failed", self.name)
                if given is not None and given.done is not None and not given.done.done():
                    given.done.set_exception(error)
            else:
                if given is not None and given.done is not None and not given.done.done():
                    given.done.set_result(None)

    async def _next_input(self) -> _Input | None:
        """The next input, or None when it is time for a tick."""
        try:
            async with asyncio.timeout_at(self.rules.wake_at()):
                return await self._inputs.get()
        except TimeoutError:
            return None

    async def feed(self, move: Move) -> None:
        """Hand in what happened and wait until what follows was carried out."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inputs.put_nowait(_Input(move, done))
        await done

    def tell(self, move: Move) -> None:
        """Hand in what happened without waiting."""
        self._inputs.put_nowait(_Input(move, None))

    # --- carrying out -------------------------------------------------------------------------

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        never_begun: set[ExchangeID] = set()
        for effect in effects:
            if isinstance(effect, fx.Record):
                if not await self._record(effect):
                    never_begun.update(row.exchange_id for row in effect.exchanges)
            elif isinstance(effect, fx.Send) and effect.exchange_id in never_begun:
                continue
            elif isinstance(effect, fx.ReserveServiceIDs):
                await self._reserve()
            else:
                self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case fx.Note(fact=fact):
                self.shop.journal.note(fact)
            case fx.Finish(exchange_id=exchange_id, result=result):
                self._finish(exchange_id, result)
            case fx.FinishService(exchange_id=exchange_id, answer=answer):
                _settle(self._answers.pop(exchange_id, None), answer)
            case fx.FinishLogin(answer=answer, at_once=True):
                _settle(self._logins.pop(), answer)
            case fx.FinishLogin(answer=answer):
                _settle(self._logins.popleft(), answer)
            case fx.Alarm():
                self._raise_alarm(effect)
            case fx.SendAbort():
                self._send_abort(effect)
            case _:
                self._begin(effect)

    def _begin(self, effect: Effect) -> None:
        """Effects that take their time get a task of their own."""
        match effect:
            case fx.Send(exchange_id=exchange_id, service_id=service_id, order=order):
                self._spawn(self._converse(exchange_id, service_id, order), "command")
            case fx.SendQuery():
                self._spawn(self._query(effect), "query")
            case fx.SendLogin(service_id=service_id, integration=integration):
                self._spawn(self._log_in(service_id, integration), "login")
            case fx.SendLogout():
                self._spawn(self._log_out(effect), "logout")
            case fx.AskSignature():
                self._spawn(self._ask_signature(effect), "signature")
            case _:
                raise AssertionError(f"no hand for {effect!r}")

    def _spawn(self, coro: Any, what: str) -> None:
        self._tasks.spawn(coro, name=f"{what} of terminal {self.name}")

    async def _record(self, record: fx.Record) -> bool:
        """Make it durable. False when an intent could not be recorded: then nothing is sent."""
        intents = [row for row in record.exchanges if _is_intent(row, record)]
        while True:
            try:
                await self.shop.journal.commit(exchanges=record.exchanges, facts=record.facts)
            except JournalError as error:
                if intents:
                    self._refuse_intent(intents[0], error)
                    return False
                if isinstance(error, KeyTakenError):
                    # A provisional end was overturned after its sale had been paid anew: the row
                    # cannot take the key, but what happened is kept, and an alarm follows.
                    record = fx.Record(facts=record.facts)
                # A result that is known must not be told before it is durable: try on.
                log.warning("terminal %s: journal failed, trying again: %s", self.name, error)
                await asyncio.sleep(DISK_AGAIN_S)
            else:
                return True

    def _refuse_intent(self, row: Exchange, error: JournalError) -> None:
        future = self._results.pop(row.exchange_id, None)
        if future is not None and not future.done():
            future.set_exception(error)
        self.tell(lambda at: self.rules.key_taken(row.exchange_id, at))

    async def _reserve(self) -> None:
        journal, poi_id = self.shop.journal, self.terms.poi_id
        first = await journal.reserve_service_ids(poi_id, floor(self.shop.clock.wall()), BLOCK)
        self.ids.reserved(first, BLOCK)

    def _finish(self, exchange_id: ExchangeID, result: Result) -> None:
        _settle(self._results.pop(exchange_id, None), result)
        if exchange_id not in self.rules.exchanges and not _was_denied(result):
            self._end_conversation(exchange_id)
        self.shop.desk.exchange_ended(self.terms.poi_id, result.service_id)
        for hear in self.shop.ended:
            hear(exchange_id, result)
        self.shop.bus.publish(f"poi.{self.terms.poi_id}", result)
        self._ended.set()

    def _raise_alarm(self, alarm: fx.Alarm) -> None:
        log.warning("terminal %s: %s", self.name, alarm.kind)
        event = Event(kind=EventKind.OTHER, name=f"alarm.{alarm.kind}", details=alarm.text)
        self.shop.desk.show(self.terms.poi_id, event)

    # --- the driver ---------------------------------------------------------------------------

    def _command(self, order: Order, service_id: ServiceID) -> Command:
        return Command(
            order=order,
            service_id=service_id,
            sale_id=self.terms.sale_id,
            poi_id=self.terms.poi_id,
        )

    async def _converse(self, exchange_id: ExchangeID, service_id: ServiceID, order: Order) -> None:
        """Carry out one command; resuming the driver means that its news are durable."""
        conversation = self._conversations[exchange_id] = Conversation()
        try:
            command = self._command(order, service_id)
            carried = self.driver.carry_out(command, conversation.wishes)
            async with aclosing(talk(carried)) as said:
                async for news, answer in said:
                    if isinstance(news, DeviceAsked):
                        answer.set(await self.shop.desk.serve(news.request, self))
                        continue
                    with conversation.telling():
                        await self.feed(_bind(self.rules.told, exchange_id, service_id, news))
                    if conversation.is_over:
                        break
        finally:
            if self._conversations.get(exchange_id) is conversation:
                del self._conversations[exchange_id]

    def _end_conversation(self, exchange_id: ExchangeID) -> None:
        """The outcome is known by other ways (a person, a status) while the command is open."""
        conversation = self._conversations.get(exchange_id)
        if conversation is not None:
            conversation.end()

    def _send_abort(self, abort: fx.SendAbort) -> None:
        conversation = self._conversations.get(abort.exchange_id)
        if conversation is not None:
            conversation.wishes.wish(abort.service_id)
        else:
            self._spawn(self._stop(abort), "abort")

    async def _stop(self, abort: fx.SendAbort) -> None:
        """Abort an exchange whose command died with an earlier process."""
        exchange = self.rules.exchanges.get(abort.exchange_id)
        sent = exchange.order if exchange is not None else None
        order = StopExchange(target=abort.target, sale_id=abort.sale_id, order=sent)
        command = self._command(order, abort.service_id)
        async with aclosing(talk(self.driver.carry_out(command, AbortWishes()))) as said:
            async for _ in said:
                pass

    async def _query(self, query: fx.SendQuery) -> None:
        order = AskStatus(
            service_id=query.target,
            order=query.order,
            evidence=query.evidence,
            sale_id=query.sale_id,
        )
        news = await self._last_news(order, query.service_id, within_s=QUERY_WITHIN_S)
        await self.feed(lambda at: self.rules.told_status(query.exchange_id, news, at))
        for future in self._asked.pop(query.exchange_id, []):
            if not future.done():
                future.set_result(None)

    async def _log_in(self, service_id: ServiceID, integration: Integration) -> None:
        order = Login(integration=integration)
        within_s = self.terms.capabilities.silence_s
        news = await self._last_news(order, service_id, within_s=within_s)
        await self.feed(lambda at: self.rules.told_login(news, at))
        if self.rules.session.ready:
            self.logged_in_here = True
            await self._remember_session(self._session_note())

    async def _log_out(self, logout: fx.SendLogout) -> None:
        allowed = logout.maintenance_allowed
        order = Logout(maintenance_allowed=allowed)
        within_s = self.terms.capabilities.silence_s
        news = await self._last_news(order, logout.service_id, within_s=within_s)
        self.logged_in_here = False
        await self._remember_session("")
        await self.feed(lambda at: self.rules.told_logout(news, at, maintenance_allowed=allowed))

    async def _remember_session(self, note: str) -> None:
        try:
            await self.shop.journal.remember(self.terms.poi_id, "session", note)
        except JournalError as error:  # only a login too many, never money
            log.warning("terminal %s: the session could not be noted: %s", self.name, error)

    async def _last_news(self, order: Order, service_id: ServiceID, *, within_s: float) -> News:
        """Carry out a command without money and return what ended it."""
        last: News = NoAnswer(written=True, problem="The terminal did not answer.")
        command = self._command(order, service_id)
        carried = self.driver.carry_out(command, AbortWishes())
        asking = isinstance(order, AskStatus)
        try:
            async with asyncio.timeout(within_s), aclosing(talk(carried, asking=asking)) as said:
                async for news, answer in said:
                    if isinstance(news, DeviceAsked):
                        answer.set(await self.shop.desk.serve(news.request, self))
                    else:
                        last = news
        except TimeoutError:
            return NoAnswer(written=True, problem="The terminal did not answer in time.")
        return last

    # --- the cashier --------------------------------------------------------------------------

    async def _ask_signature(self, effect: fx.AskSignature) -> None:
        """After completion the question has no deadline: the terminal takes no new money until
        somebody answered (design: Signature).
        """
        lines = tuple(line for receipt in effect.result.receipts[:1] for line in receipt.lines)
        question = Question(kind=Kind.CONFIRM, lines=lines, signature=True)
        try:
            accepted = await self.shop.cashier.confirm(self.terms.poi_id, question)
        except Exception:
            log.exception("the cashier's answer failed")
            accepted = None
        await self.feed(lambda at: self.rules.confirmed(effect.exchange_id, accepted, at))

    # --- what callers ask ---------------------------------------------------------------------

    def _result_of(self, exchange_id: ExchangeID) -> asyncio.Future[Result]:
        if exchange_id not in self._results:
            self._results[exchange_id] = asyncio.get_running_loop().create_future()
        return self._results[exchange_id]

    def joined(self, exchange_id: ExchangeID) -> asyncio.Future[Result] | None:
        """The result to come of an exchange that is open here."""
        known = exchange_id in self.rules.exchanges or exchange_id in self._results
        return self._result_of(exchange_id) if known else None

    async def submit(self, order: Order, exchange_id: ExchangeID) -> Result:
        """Queue a money order and wait for its result. Being cancelled cancels only the waiting."""
        future = self._result_of(exchange_id)
        ticket = self._ticket(order, exchange_id)
        self.tell(lambda at: self.rules.submit(ticket, at))
        return await asyncio.shield(future)

    async def serve(self, order: Order) -> Answer:
        """Queue an order without money and wait for the terminal's answer."""
        exchange_id = self.new_exchange_id()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[exchange_id] = future
        ticket = self._ticket(order, exchange_id)
        self.tell(lambda at: self.rules.submit(ticket, at))
        return await asyncio.shield(future)

    def _ticket(self, order: Order, exchange_id: ExchangeID) -> Ticket:
        queued_at = self.shop.clock.now()
        return Ticket(exchange_id=exchange_id, order=order, queued_at=queued_at)

    def new_exchange_id(self) -> ExchangeID:
        """One that no exchange of this journal has."""
        return ExchangeID(f"{self.terms.poi_id}.{self.ids.next()}")

    async def log_in(self, *, reset: bool = False) -> Answer:
        """Log in, or do nothing when the session is open."""
        return await self._session_step(lambda at: self.rules.login(at, reset=reset))

    async def log_out(self, *, maintenance_allowed: bool = False) -> Answer:
        """Log out."""
        return await self._session_step(
            lambda at: self.rules.logout(at, maintenance_allowed=maintenance_allowed)
        )

    async def _session_step(self, move: Move) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def step(at: Instant) -> list[Effect]:
            self._logins.append(future)
            return move(at)

        self.tell(step)
        return await asyncio.shield(future)

    def abort(self, exchange_id: ExchangeID | None = None) -> None:
        """Wish that an exchange stops; None means whatever runs."""
        self.tell(lambda at: self.rules.abort(exchange_id, at))

    async def ask_again(self, exchange_id: ExchangeID) -> None:
        """Ask once about an exchange in doubt, and wait until the answer was taken in."""
        await self._ask(exchange_id, lambda at: self.rules.ask(exchange_id, at))

    async def check(self, row: Exchange) -> None:
        """Ask once whether a provisional end still stands, and wait for the answer."""
        await self._ask(row.exchange_id, lambda at: self.rules.check(row, at))

    async def _ask(self, exchange_id: ExchangeID, move: Move) -> None:
        asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def ask(at: Instant) -> list[Effect]:
            effects = move(at)
            if self.rules.asks_about(exchange_id):
                self._asked.setdefault(exchange_id, []).append(asked)
            else:
                asked.set_result(None)
            return effects

        await self.feed(ask)
        await asked

    async def resolve(self, exchange_id: ExchangeID, outcome: Outcome, who: str, why: str) -> None:
        """A person decides."""
        await self.feed(lambda at: self.rules.resolve(exchange_id, outcome, who, why, at))

    async def until_idle(self) -> None:
        """Wait until no money exchange is at work or queued here."""
        while self.rules.running() is not None or self.rules.queue:
            self._ended.clear()
            await self._ended.wait()

    # --- what the desk tells (see `desk.Exchanges`) --------------------------------------------

    def seen(self, request: DeviceRequest) -> None:
        """A device request of a running exchange is proof that it runs."""
        service_id = request.service_id
        if not service_id or service_id in self._seen:
            return

        def seen(at: Instant) -> list[Effect]:
            self._seen.discard(service_id)
            return self.rules.seen(service_id, at)

        # One sign of life at a time: a flood of displays must not fill the mailbox.
        self._seen.add(service_id)
        self.tell(seen)

    def happened(self, event: Event) -> None:
        """Maintenance, a rejected abort."""
        kind = event.kind
        self.tell(lambda at: self.rules.event(kind, at))

    def signed(self, service_id: ServiceID, *, accepted: bool) -> None:
        """The cashier decided about the signature in flow."""
        self.rules.signed(service_id, accepted=accepted)

    def exchange_of(self, service_id: ServiceID) -> ExchangeID | None:
        """The open exchange with this service id."""
        found = (e.exchange_id for e in self.rules.exchanges.values() if e.service_id == service_id)
        return next(found, None)


def _settle(future: asyncio.Future[Any] | None, value: object) -> None:
    if future is not None and not future.done():
        future.set_result(value)


def _was_denied(result: Result) -> bool:
    """The terminal says that it never began. If its answer comes all the same, a person must hear
    of it (rule 10), so the command stays open.
    """
    return result.outcome is Outcome.NOT_STARTED and result.proof is Proof.STATUS


def _bind(
    told: Callable[[ExchangeID, ServiceID, News, Instant], list[Effect]],
    exchange_id: ExchangeID,
    service_id: ServiceID,
    news: News,
) -> Move:
    return lambda at: told(exchange_id, service_id, news, at)


def _is_intent(row: Exchange, record: fx.Record) -> bool:
    """Whether a record is the one before a byte leaves."""
    kinds = {fact.kind for fact in record.facts if fact.exchange_id == row.exchange_id}
    return bool(kinds & {"intent", "sent_again"})
