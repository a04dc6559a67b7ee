"""One Sale System with one POI: who comes next, the session, and what a doubt closes.

Feed it what happened; do what it returns, in order. Time is an argument: it never reads a clock.
One money exchange at a time (rule 9); recovery comes before the next payment (rule 8).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from opi_pos.model.devices import EventKind
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, Reference, ServiceID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Verdict
from opi_pos.model.orders import MoneyOrder, Order, Original
from opi_pos.model.results import Operation, Outcome, Proof, Result
from opi_pos.session.effects import (
    Alarm,
    AskSignature,
    Effect,
    Finish,
    FinishLogin,
    FinishService,
    Instant,
    Note,
    Record,
    ReserveServiceIDs,
    Send,
    SendLogin,
    SendLogout,
)
from opi_pos.session.exchange import NOT_SENT, OpenExchange
from opi_pos.session.login import Session
from opi_pos.session.machine import SESSION, move
from opi_pos.session.service_ids import LOW, ServiceIDs
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.states import SessionState as S
from opi_pos.session.terms import Terms
from opi_pos.session.verdicts import plain_result

QUEUE_AT_MOST = 64
"""Orders that may wait for one terminal (rule 12)."""
ENDED_KEPT = 16
"""Ended exchanges that are remembered, so that late news find what they are late for."""

_ACTIVE = frozenset({X.SENDING, X.RUNNING, X.WAITING, X.QUERYING, X.CONFIRMING})


@dataclass(slots=True, kw_only=True)
class Ticket:
    """An order in the queue."""

    exchange_id: ExchangeID
    order: Order
    queued_at: float
    parent: ExchangeID | None = None


@dataclass(slots=True, kw_only=True)
class _Service:
    """The order without money that is being carried out."""

    exchange_id: ExchangeID
    service_id: ServiceID
    give_up_at: float


class SaleSession:
    """The rules of one Sale System with one POI."""

    def __init__(self, terms: Terms, ids: ServiceIDs) -> None:
        self.terms = terms
        self.ids = ids
        self.session = Session(terms)
        self.queue: deque[Ticket] = deque()
        self.exchanges: dict[ExchangeID, OpenExchange] = {}
        self._ended: deque[OpenExchange] = deque(maxlen=ENDED_KEPT)
        self._service: _Service | None = None
        self._maintenance_due = False

    # --- what callers ask ---------------------------------------------------------------------

    def restore(self, rows: Sequence[Exchange], at: Instant) -> list[Effect]:
        """At start: whatever the journal holds open goes through recovery first."""
        effects: list[Effect] = []
        for row in rows:
            exchange = OpenExchange.restored(row, self.terms, self.ids, at)
            self.exchanges[row.exchange_id] = exchange
            if exchange.state is X.CONFIRMING and exchange.result is not None:
                effects.append(AskSignature(exchange_id=row.exchange_id, result=exchange.result))
        for exchange in list(self.exchanges.values()):
            if exchange.state is X.REVERSING and self._child_of(exchange) is None:
                self._queue_reversal(exchange, at)
        return effects + self.tick(at)

    def submit(self, ticket: Ticket, at: Instant) -> list[Effect]:
        """Queue an order and go on."""
        if len(self.queue) >= QUEUE_AT_MOST:
            text = f"Too many orders wait for this terminal ({QUEUE_AT_MOST})."
            return self._drop(ticket, text, Proof.LINK)
        self.queue.append(ticket)
        return self._go_on(at)

    def login(self, at: Instant, *, reset: bool = False) -> list[Effect]:
        """Log in now. Passing a running payment is allowed only as an explicit reset (rule 9)."""
        if self.session.ready and not reset:
            return [FinishLogin(answer=Answer(verdict=Verdict.APPROVED))]
        if self._occupied() and not reset:
            return [FinishLogin(answer=_refusal("An exchange is open; it comes first."))]
        self.session.wanted += 1
        return self._log_in(at)

    def logout(self, at: Instant, *, maintenance_allowed: bool = False) -> list[Effect]:
        """Log out, if nothing is open."""
        if self._occupied() or self.queue:
            return [FinishLogin(answer=_refusal("An exchange is open; it comes first."))]
        if not self.terms.capabilities.login or self.session.state is S.CLOSED:
            return [FinishLogin(answer=Answer(verdict=Verdict.APPROVED))]
        if not _may_log_out(self.session.state):
            return [FinishLogin(answer=_refusal("The session cannot be closed now."))]
        move(SESSION, self.session, "logout")
        logout = SendLogout(service_id=self.ids.next(), maintenance_allowed=maintenance_allowed)
        return [logout, *self._reserve()]

    def abort(self, exchange_id: ExchangeID | None, at: Instant) -> list[Effect]:
        """Wish that an exchange stops; None means whatever runs now."""
        for ticket in self.queue:
            if ticket.exchange_id == exchange_id:
                self.queue.remove(ticket)
                text = "Stopped in the queue; it was never sent."
                return self._drop(ticket, text, Proof.LINK) + self._go_on(at)
        exchange = self.running() if exchange_id is None else self.exchanges.get(exchange_id)
        return self._after(exchange, exchange.abort(at), at) if exchange is not None else []

    def confirmed(
        self, exchange_id: ExchangeID, accepted: bool | None, at: Instant
    ) -> list[Effect]:
        """The cashier's word on a signature after completion."""
        exchange = self.exchanges.get(exchange_id)
        if exchange is None:
            return []
        effects = exchange.confirmed(accepted, at)
        if exchange.state is X.REVERSING and self._child_of(exchange) is None:
            self._queue_reversal(exchange, at)
        return self._after(exchange, effects, at)

    def resolve(
        self, exchange_id: ExchangeID, outcome: Outcome, who: str, why: str, at: Instant
    ) -> list[Effect]:
        """A person decides about an exchange in doubt. Nothing happens if it is not open."""
        exchange = self.exchanges.get(exchange_id)
        if exchange is None or exchange.state not in {X.QUERYING, X.IN_DOUBT, X.REVERSING}:
            return []
        return self._after(exchange, exchange.resolve(outcome, who, why, at), at)

    # --- what the terminal tells --------------------------------------------------------------

    def told(
        self, exchange_id: ExchangeID, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        """News of a command."""
        if self._service is not None and self._service.exchange_id == exchange_id:
            return self._told_service(news, at)
        exchange = self._known(exchange_id)
        return self._after(exchange, exchange.told(service_id, news, at), at) if exchange else []

    def told_status(self, exchange_id: ExchangeID, news: News, at: Instant) -> list[Effect]:
        """What came of asking about an exchange."""
        exchange = self._known(exchange_id)
        return self._after(exchange, exchange.told_status(news, at), at) if exchange else []

    def told_login(self, news: News, at: Instant) -> list[Effect]:
        """What came of a login."""
        answer = _final(news)
        if answer is None or self.session.state is not S.LOGGING_IN:
            return []
        accepted = self.session.told(answer, at)
        if accepted is None:
            return []
        told: list[Effect] = [FinishLogin(answer=answer)] * self.session.wanted
        self.session.wanted = 0
        if accepted:
            return [*told, *self._logged_in(at)]
        return [*told, *self._login_failed(answer, news, at)]

    def told_logout(
        self, news: News, at: Instant, *, maintenance_allowed: bool = False
    ) -> list[Effect]:
        """What came of a logout. Without an answer the session counts as closed."""
        answer = _final(news)
        if answer is None or self.session.state is not S.LOGGING_OUT:
            return []
        gone = answer.verdict in {Verdict.APPROVED, Verdict.UNCLEAR}
        due = maintenance_allowed and self._maintenance_due
        accepted = "logged_out_for_maintenance" if due else "logged_out"
        move(SESSION, self.session, accepted if gone else "logout_refused")
        if gone:
            self._maintenance_due = False
        return [FinishLogin(answer=answer), *self._go_on(at)]

    def seen(self, service_id: ServiceID, at: Instant) -> list[Effect]:
        """A device request of an exchange is proof that it runs."""
        for exchange in self.exchanges.values():
            if exchange.service_id == service_id and exchange.state in _ACTIVE:
                return self._after(exchange, exchange.seen(at), at)
        return []

    def signed(self, service_id: ServiceID) -> None:
        """The cashier confirmed a signature while the payment runs."""
        for exchange in self.exchanges.values():
            if exchange.service_id == service_id:
                exchange.signed = True

    def event(self, kind: EventKind, at: Instant) -> list[Effect]:
        """An event of the terminal's that the rules care for."""
        match kind:
            case EventKind.ABORT_UNKNOWN:
                running = self.running()
                return running.abort_lost(at) if running is not None else []
            case EventKind.MAINTENANCE_REQUIRED:
                self._maintenance_due = True
                return self._go_on(at)
            case EventKind.MAINTENANCE_BEGUN:
                move(SESSION, self.session, "maintenance_begun")
                return []
            case EventKind.MAINTENANCE_ENDED:
                self._maintenance_due = False
                came_back = self.session.state in {S.MAINTENANCE, S.CLOSED}
                move(SESSION, self.session, "maintenance_ended")
                return self._log_in(at) if came_back else []
            case _:
                return []

    # --- time ---------------------------------------------------------------------------------

    def tick(self, at: Instant) -> list[Effect]:
        """Whatever is due."""
        effects: list[Effect] = []
        for exchange in list(self.exchanges.values()):
            effects += self._after(exchange, exchange.tick(at), at)
        if self._service is not None and at.now >= self._service.give_up_at:
            silence = NoAnswer(written=True, problem="The terminal did not answer in time.")
            effects += self._told_service(silence, at)
        return effects + self._go_on(at)

    def wake_at(self) -> float | None:
        """When `tick` has something to do, unless news come first."""
        due = [exchange.wake_at() for exchange in self.exchanges.values()]
        due.append(self.session.retry_at)
        if self._service is not None:
            due.append(self._service.give_up_at)
        return min((moment for moment in due if moment is not None), default=None)

    # --- looking ------------------------------------------------------------------------------

    def running(self) -> OpenExchange | None:
        """The money exchange at work, if any."""
        at_work = (e for e in self.exchanges.values() if e.state in _ACTIVE)
        return next(at_work, None)

    def doubts(self) -> list[OpenExchange]:
        """Exchanges that rest in doubt."""
        return [e for e in self.exchanges.values() if e.state is X.IN_DOUBT]

    def place(self, exchange_id: ExchangeID) -> int | None:
        """Place in the queue, from 1; 0 when it is being carried out; None when unknown."""
        if exchange_id in self.exchanges:
            return 0
        for place, ticket in enumerate(self.queue, start=1):
            if ticket.exchange_id == exchange_id:
                return place
        return None

    def _known(self, exchange_id: ExchangeID) -> OpenExchange | None:
        if exchange_id in self.exchanges:
            return self.exchanges[exchange_id]
        return next((e for e in self._ended if e.exchange_id == exchange_id), None)

    def _child_of(self, parent: OpenExchange) -> OpenExchange | Ticket | None:
        waiting = (t for t in self.queue if t.parent == parent.exchange_id)
        at_work = (e for e in self.exchanges.values() if e.parent == parent.exchange_id)
        return next(at_work, None) or next(waiting, None)

    def _occupied(self) -> bool:
        busy = any(e.state in _ACTIVE or e.state is X.REVERSING for e in self.exchanges.values())
        in_between = self.session.state in {S.LOGGING_IN, S.LOGGING_OUT}
        return busy or self._service is not None or in_between

    def _blocked(self, ticket: Ticket) -> bool:
        """The reversal of a refused signature passes the payment that waits for it."""
        others = (
            e.state in _ACTIVE or (e.state is X.REVERSING and e.exchange_id != ticket.parent)
            for e in self.exchanges.values()
        )
        in_between = self.session.state in {S.LOGGING_IN, S.LOGGING_OUT}
        return any(others) or self._service is not None or in_between

    # --- going on -----------------------------------------------------------------------------

    def _after(self, exchange: OpenExchange, effects: list[Effect], at: Instant) -> list[Effect]:
        """What one exchange's step means for the others."""
        if exchange.state is X.ENDED and exchange.exchange_id in self.exchanges:
            del self.exchanges[exchange.exchange_id]
            self._ended.append(exchange)
        if exchange.parent is not None and exchange.state in {X.ENDED, X.IN_DOUBT}:
            effects = self._tell_parent(exchange, effects, at)
        if exchange.wants_login and exchange.state in {X.WAITING, X.QUERYING, X.IN_DOUBT}:
            effects = effects + self._log_in_for(exchange, at)
        return effects + self._go_on(at)

    def _tell_parent(self, child: OpenExchange, effects: list[Effect], at: Instant) -> list[Effect]:
        parent = self.exchanges.get(child.parent) if child.parent is not None else None
        finished = any(isinstance(e, Finish) for e in effects)
        if parent is None or child.result is None or not finished:
            return effects
        told = parent.reversal_came_to(child.result, at)
        if parent.state is X.ENDED:
            del self.exchanges[parent.exchange_id]
            self._ended.append(parent)
        return _in_one_commit(effects + told)

    def _log_in_for(self, exchange: OpenExchange, at: Instant) -> list[Effect]:
        """The terminal says that there is no session: log in, then go on where it stopped."""
        exchange.wants_login = False
        exchange.query.next_at = at.now
        if self.session.state not in {S.LOGGING_IN, S.CLOSED}:
            self.session.lost()
        return self._log_in(at)

    def _go_on(self, at: Instant) -> list[Effect]:
        effects = self._send_again(at)
        while self.queue and not self._blocked(self.queue[0]):
            head = self.queue[0]
            held, more = self._held_by_doubt(head, at)
            effects += more
            if held:
                break
            if self.queue and self.queue[0] is head:
                if not self.session.ready:
                    effects += self._log_in(at)
                    break
                self.queue.popleft()
                effects += self._start(head, at)
        idle = not self.queue and not self._occupied()
        if idle and self._maintenance_due and self.session.state is S.READY:
            effects += self.logout(at, maintenance_allowed=True)
        return effects + self._reserve()

    def _send_again(self, at: Instant) -> list[Effect]:
        for exchange in self.exchanges.values():
            due = exchange.resend_at is not None and at.now >= exchange.resend_at
            if exchange.state is X.WAITING and due:
                return (
                    exchange.send(self.ids.next(), at) if self.session.ready else (self._log_in(at))
                )
        return []

    def _start(self, ticket: Ticket, at: Instant) -> list[Effect]:
        if isinstance(ticket.order, MoneyOrder):
            exchange = OpenExchange(
                exchange_id=ticket.exchange_id,
                order=ticket.order,
                terms=self.terms,
                ids=self.ids,
                parent=ticket.parent,
            )
            self.exchanges[ticket.exchange_id] = exchange
            return exchange.send(self.ids.next(), at)
        service_id = self.ids.next()
        give_up_at = at.now + self.terms.capabilities.running_s
        self._service = _Service(
            exchange_id=ticket.exchange_id, service_id=service_id, give_up_at=give_up_at
        )
        return [Send(exchange_id=ticket.exchange_id, service_id=service_id, order=ticket.order)]

    def key_taken(self, exchange_id: ExchangeID, at: Instant) -> list[Effect]:
        """The journal refused the intent: another exchange holds its key. Nothing was sent."""
        self.exchanges.pop(exchange_id, None)
        return self._go_on(at)

    def _told_service(self, news: News, at: Instant) -> list[Effect]:
        answer = _final(news)
        if answer is None or self._service is None:
            return []
        exchange_id, self._service = self._service.exchange_id, None
        return [FinishService(exchange_id=exchange_id, answer=answer), *self._go_on(at)]

    def _drop(self, ticket: Ticket, text: str, proof: Proof) -> list[Effect]:
        """End an order that was never sent."""
        if not isinstance(ticket.order, MoneyOrder):
            return [FinishService(exchange_id=ticket.exchange_id, answer=_refusal(text))]
        result = plain_result(
            ticket.order, NOT_SENT, outcome=Outcome.NOT_STARTED, proof=proof, message=text
        )
        return [Finish(exchange_id=ticket.exchange_id, result=result)]

    def _reserve(self) -> list[Effect]:
        return [ReserveServiceIDs()] if self.ids.left < LOW else []

    # --- doubts -------------------------------------------------------------------------------

    def _held_by_doubt(self, ticket: Ticket, at: Instant) -> tuple[bool, list[Effect]]:
        """Rule 8: a resting doubt gets one query before new money; if it stays, the order ends
        not started. Returns whether to wait, and what to do.
        """
        doubts = [e for e in self.doubts() if e.exchange_id != ticket.parent]
        if not doubts or not isinstance(ticket.order, MoneyOrder) or not self.terms.doubt_closes:
            return False, []
        if any(doubt.query.asking for doubt in doubts):
            return True, []
        for doubt in doubts:
            if self.terms.can_ask and doubt.query.asked_at < ticket.queued_at:
                return True, doubt.ask(at)
        self.queue.popleft()
        return False, self._drop(ticket, _closed_by(doubts[0]), Proof.LINK)

    # --- the session --------------------------------------------------------------------------

    def _log_in(self, at: Instant) -> list[Effect]:
        if not self.session.may_try(at) or self.session.state is S.LOGGING_OUT:
            return []
        self.session.begin(at)
        login = SendLogin(service_id=self.ids.next(), integration=self.terms.integration)
        return [login, *self._reserve()]

    def _logged_in(self, at: Instant) -> list[Effect]:
        self._maintenance_due = False
        fact = Fact(kind="logged_in", poi_id=self.terms.poi_id, at=at.wall)
        return [Note(fact=fact), *self.tick(at)]

    def _login_failed(self, answer: Answer, news: News, at: Instant) -> list[Effect]:
        """Orders that waited for the session end, proved not to have begun."""
        text = f"Login failed: {answer.message or answer.condition or 'refused'}"
        proof = Proof.RESPONSE if isinstance(news, Ended) else Proof.LINK
        effects: list[Effect] = []
        for exchange in list(self.exchanges.values()):
            if exchange.state is X.WAITING:
                effects += exchange.withdraw(text, Proof.RESPONSE, at)
                effects = self._after_quietly(exchange, effects, at)
        while self.queue:
            effects += self._drop(self.queue.popleft(), text, proof)
        return effects

    def _after_quietly(
        self, exchange: OpenExchange, effects: list[Effect], at: Instant
    ) -> list[Effect]:
        """As `_after`, without starting what comes next."""
        self.exchanges.pop(exchange.exchange_id, None)
        self._ended.append(exchange)
        return self._tell_parent(exchange, effects, at) if exchange.parent else effects

    def resumed(self) -> None:
        """The journal says that an earlier process left this session open."""
        move(SESSION, self.session, "session_resumed")

    # --- the reversal of a refused signature --------------------------------------------------

    def _queue_reversal(self, parent: OpenExchange, at: Instant) -> None:
        result = parent.result
        if result is None:
            return
        order = MoneyOrder(
            operation=Operation.REVERSAL,
            reference=Reference(f"{parent.order.reference}/signature"),
            sale_time=parent.order.sale_time,
            original=original_of(parent.exchange_id, result, self.terms),
            reason="signature_declined",
        )
        exchange_id = ExchangeID(f"{parent.exchange_id}/signature")
        self.queue.appendleft(
            Ticket(
                exchange_id=exchange_id,
                order=order,
                queued_at=at.now,
                parent=parent.exchange_id,
            )
        )


def original_of(exchange_id: ExchangeID, result: Result, terms: Terms) -> Original:
    """How a later order names the transaction of `result`."""
    return Original(
        reference=result.reference,
        service_id=result.service_id,
        transaction=result.terminal_transaction,
        amount=result.authorized,
        approval_code=result.approval_code,
        poi_id=terms.poi_id,
        exchange_id=exchange_id,
    )


def _may_log_out(state: S) -> bool:
    return state in {S.READY, S.CLOSED}


def _refusal(text: str) -> Answer:
    return Answer(verdict=Verdict.REFUSED, message=text)


def _final(news: News) -> Answer | None:
    """The answer that ends a command without money; None while it goes on."""
    match news:
        case Ended(answer=answer):
            return answer
        case NoAnswer(problem=problem):
            return Answer(verdict=Verdict.UNCLEAR, message=problem)
        case _:
            return None


def _closed_by(doubt: OpenExchange) -> str:
    reference = doubt.order.reference
    return (
        f"An earlier payment ({reference}) is in doubt and closes this terminal to new money."
        f" Look at the terminal, then: opi-pos journal resolve {reference}"
    )


def _in_one_commit(effects: list[Effect]) -> list[Effect]:
    """Two rows that must not be torn apart by a crash: every record becomes one, in front."""
    records = [effect for effect in effects if isinstance(effect, Record)]
    joined = Record(
        exchanges=tuple(row for record in records for row in record.exchanges),
        facts=tuple(fact for record in records for fact in record.facts),
    )
    return [joined, *(effect for effect in effects if not isinstance(effect, Record))]


__all__ = ["Alarm", "SaleSession", "Ticket", "original_of"]
