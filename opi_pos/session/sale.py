"""One Sale System with one POI: who comes next, the session, and what a doubt closes.

Feed it what happened; do what it returns, in order. Time is an argument: it never reads a clock.
One money exchange at a time (rule 9); recovery comes before the next payment (rule 8).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from opi_pos.model.card import mask_text
from opi_pos.model.devices import EventKind
from opi_pos.model.errors import UsageError
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import (
    Answer,
    Ended,
    News,
    NoAnswer,
    Refusal,
    Running,
    Verdict,
    Written,
)
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Outcome, Proof, Result
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
    SendAbort,
    SendLogin,
    SendLogout,
)
from opi_pos.session.exchange import OpenExchange
from opi_pos.session.login import Session
from opi_pos.session.machine import SESSION, move
from opi_pos.session.service_ids import LOW, ServiceIDs
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.states import SessionState as S
from opi_pos.session.terms import Terms
from opi_pos.session.tickets import Service, Ticket, final_answer, never_sent, reversal_of

QUEUE_AT_MOST = 64
"""Orders that may wait for one terminal (rule 12)."""
ENDED_KEPT = 16
"""Ended exchanges that are remembered, so that late news find what they are late for."""

MAINTENANCE_AGAIN_S = 60.0
"""Between two attempts to log out for maintenance when the terminal refuses."""
LOGIN_AGAIN_S = 60.0
"""Between two logins that only the asking about a doubt wants."""

MAY_RUN = (
    "An earlier payment may still be running, and a login could stop it. Wait a little, or log in"
    " with reset."
)

_AT_WORK = frozenset({X.SENDING, X.RUNNING, X.WAITING, X.QUERYING})
_ACTIVE = _AT_WORK | {X.CONFIRMING}


class SaleSession:
    """The rules of one Sale System with one POI."""

    def __init__(self, terms: Terms, ids: ServiceIDs) -> None:
        self.terms = terms
        self.ids = ids
        self.session = Session(terms)
        self.queue: deque[Ticket] = deque()
        self.exchanges: dict[ExchangeID, OpenExchange] = {}
        self._ended: deque[OpenExchange] = deque(maxlen=ENDED_KEPT)
        self._service: Service | None = None
        self._maintenance_at: float | None = None
        """When to log out for the maintenance that the terminal wants, once idle."""
        self._logout_wanted = False
        self._asking_logged_in_at: float | None = None

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

    def remember(self, rows: Sequence[Exchange], at: Instant) -> list[Effect]:
        """At start: ends of an earlier process that were provisional and not yet looked at again.
        They need no recovery; one look at each is due now.
        """
        for row in rows:
            self._recall(row, at).check_at = at.now
        return []

    def check(self, row: Exchange, at: Instant) -> list[Effect]:
        """Ask once whether a provisional end still stands, before its order is tried anew."""
        exchange = self._known(row.exchange_id) or self._recall(row, at)
        return exchange.check_now(at) + self._reserve()

    def asks_about(self, exchange_id: ExchangeID) -> bool:
        """Whether a question about it is open."""
        exchange = self._known(exchange_id)
        return exchange is not None and exchange.query.asking

    def _recall(self, row: Exchange, at: Instant) -> OpenExchange:
        exchange = OpenExchange.restored(row, self.terms, self.ids, at)
        self._ended.append(exchange)
        return exchange

    def submit(self, ticket: Ticket, at: Instant) -> list[Effect]:
        """Queue an order and go on."""
        if len(self.queue) >= QUEUE_AT_MOST:
            text = f"Too many orders wait for this terminal ({QUEUE_AT_MOST})."
            return self._drop(ticket, text, Proof.LINK, at)
        self.queue.append(ticket)
        return self._go_on(at)

    def login(self, at: Instant, *, reset: bool = False) -> list[Effect]:
        """Log in now. Passing a running payment is allowed only as an explicit reset (rule 9)."""
        if not self.terms.capabilities.login or (self.session.ready and not reset):
            return _told_at_once(Answer(verdict=Verdict.APPROVED))
        joins = self.session.state in {S.LOGGING_IN, S.LOGGING_OUT}
        if not joins and not reset:
            if self._occupied():
                return _told_at_once(_refusal("An exchange is open; it comes first."))
            if self._login_could_stop_a_payment(at):
                return _told_at_once(_refusal(MAY_RUN))
        self.session.wanted += 1
        return self._log_in(at)

    def logout(self, at: Instant, *, maintenance_allowed: bool = False) -> list[Effect]:
        """Log out, if nothing is open."""
        if self._occupied() or self.queue:
            return _told_at_once(_refusal("An exchange is open; it comes first."))
        if not self.terms.capabilities.login or self.session.state in {S.CLOSED, S.MAINTENANCE}:
            return _told_at_once(Answer(verdict=Verdict.APPROVED))
        self._logout_wanted = True
        return self._log_out(maintenance_allowed=maintenance_allowed)

    def abort(self, exchange_id: ExchangeID | None, at: Instant) -> list[Effect]:
        """Wish that an exchange stops; None means whatever runs now, or else comes next."""
        at_work = self.running()
        if exchange_id is None and at_work is None and self._service is None and self.queue:
            exchange_id = self.queue[0].exchange_id
        for ticket in self.queue:
            # The reversal of a refused signature is nobody's wish: it is not taken back.
            if ticket.exchange_id == exchange_id and ticket.parent is None:
                self.queue.remove(ticket)
                text = "Stopped in the queue; it was never sent."
                return self._drop(ticket, text, Proof.LINK, at) + self._go_on(at)
        if self._service is not None and exchange_id in {None, self._service.exchange_id}:
            return self._abort_service(self._service)
        exchange = at_work if exchange_id is None else self.exchanges.get(exchange_id)
        return self._after(exchange, exchange.abort(at), at) if exchange is not None else []

    def ask(self, exchange_id: ExchangeID, at: Instant) -> list[Effect]:
        """Ask once about an exchange in doubt. Nothing happens if there is nothing to ask, or if
        the answer to an earlier question is still to come.
        """
        exchange = self.exchanges.get(exchange_id)
        return exchange.ask(at) + self._reserve() if exchange is not None else []

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
        """A person decides about an exchange in doubt. Nothing happens if it is not in doubt."""
        if outcome is Outcome.IN_DOUBT:
            raise UsageError("outcome: a person decides how it ended; in_doubt is no end")
        exchange = self.exchanges.get(exchange_id)
        if exchange is None or not self._may_be_resolved(exchange):
            return []
        return self._after(exchange, exchange.resolve(outcome, who, why, at), at)

    # --- what the terminal tells --------------------------------------------------------------

    def told(
        self, exchange_id: ExchangeID, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        """News of a command."""
        if self._service is not None and self._service.exchange_id == exchange_id:
            return self._told_service(self._service, news, at)
        exchange = self._known(exchange_id)
        if exchange is None:
            return self._told_of_nobody(exchange_id, service_id, news, at)
        return self._after(exchange, exchange.told(service_id, news, at), at)

    def told_status(self, exchange_id: ExchangeID, news: News, at: Instant) -> list[Effect]:
        """What came of asking about an exchange."""
        exchange = self._known(exchange_id)
        return self._after(exchange, exchange.told_status(news, at), at) if exchange else []

    def told_login(self, news: News, at: Instant) -> list[Effect]:
        """What came of a login."""
        answer = final_answer(news)
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
        answer = final_answer(news)
        if answer is None or self.session.state is not S.LOGGING_OUT:
            return []
        no_session = answer.refusal is Refusal.LOGGED_OUT
        gone = no_session or answer.verdict in {Verdict.APPROVED, Verdict.UNCLEAR}
        due = maintenance_allowed and self._maintenance_at is not None
        accepted = "logged_out_for_maintenance" if due else "logged_out"
        move(SESSION, self.session, accepted if gone else "logout_refused")
        if gone:
            self._maintenance_at = None
        elif due:
            self._maintenance_at = at.now + MAINTENANCE_AGAIN_S
        told: list[Effect] = [FinishLogin(answer=answer)] if self._logout_wanted else []
        self._logout_wanted = False
        return told + self._log_in_for_callers(at) + self._go_on(at)

    def seen(self, service_id: ServiceID, at: Instant) -> list[Effect]:
        """A device request of an exchange is proof that it runs."""
        for exchange in self.exchanges.values():
            if exchange.service_id == service_id:
                return self._after(exchange, exchange.sign_of_life(at), at)
        if self._service is not None and self._service.service_id == service_id:
            self._service.give_up_at = at.now + self.terms.capabilities.running_s
        return []

    def signed(self, service_id: ServiceID, *, accepted: bool) -> None:
        """The cashier decided about a signature while the payment runs."""
        for exchange in self.exchanges.values():
            if exchange.service_id == service_id and exchange.state in _AT_WORK:
                exchange.signed = accepted

    def event(self, kind: EventKind, at: Instant) -> list[Effect]:
        """An event of the terminal's that the rules care for."""
        match kind:
            case EventKind.ABORT_UNKNOWN:
                running = self.running()
                return running.abort_lost(at) if running is not None else []
            case EventKind.MAINTENANCE_REQUIRED:
                if self._maintenance_at is None:
                    self._maintenance_at = at.now
                return self._go_on(at)
            case EventKind.MAINTENANCE_BEGUN:
                move(SESSION, self.session, "maintenance_begun")
                return []
            case EventKind.MAINTENANCE_ENDED:
                self._maintenance_at = None
                came_back = self.session.state in {S.MAINTENANCE, S.CLOSED}
                move(SESSION, self.session, "maintenance_ended")
                may = came_back and not self._login_could_stop_a_payment(at)
                return self._log_in(at) if may else []
            case _:
                return []

    # --- time ---------------------------------------------------------------------------------

    def tick(self, at: Instant) -> list[Effect]:
        """Whatever is due."""
        effects: list[Effect] = []
        for exchange in list(self.exchanges.values()):
            effects += self._after(exchange, exchange.tick(at), at)
        for ended in list(self._ended):
            effects += ended.check(at)
        if self._service is not None and at.now >= self._service.give_up_at:
            silence = NoAnswer(written=True, problem="The terminal did not answer in time.")
            effects += self._told_service(self._service, silence, at)
        for ticket in [t for t in self.queue if _is_due(t.timeout_at, at)]:
            self.queue.remove(ticket)
            text = "Its time ran out in the queue; it was never sent."
            effects += self._drop(ticket, text, Proof.LINK, at)
        if _is_due(self.session.retry_at, at):
            effects += self._log_in(at)
        return effects + self._go_on(at)

    def wake_at(self) -> float | None:
        """When `tick` has something to do, unless news come first."""
        due = [exchange.wake_at() for exchange in (*self.exchanges.values(), *self._ended)]
        if not self._in_between() and self.session.retry_at is None:
            due += [e.resend_at for e in self.exchanges.values() if e.state is X.WAITING]
        due += [ticket.timeout_at for ticket in self.queue]
        due.append(self.session.retry_at)
        if self._service is not None:
            due.append(self._service.give_up_at)
        if self.session.state is S.READY and self._is_idle():
            due.append(self._maintenance_at)
        return min((moment for moment in due if moment is not None), default=None)

    # --- looking ------------------------------------------------------------------------------

    def running(self) -> OpenExchange | None:
        """The money exchange at work, if any."""
        at_work = (e for e in self.exchanges.values() if e.state in _ACTIVE)
        return next(at_work, None)

    def named(self, reference: str) -> list[ExchangeID]:
        """Money orders of the shop's reference, at work or in the queue."""
        at_work = [e.exchange_id for e in self.exchanges.values() if e.order.reference == reference]
        waiting = [t.exchange_id for t in self.queue if t.reference == reference]
        return at_work + waiting

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

    def doubt_of(self, exchange_id: ExchangeID) -> Result | None:
        """What a caller who asks about it now is told, if nobody but a person may ever know: the
        doubt, or the doubt about the reversal of its refused signature.
        """
        exchange = self.exchanges.get(exchange_id)
        if exchange is None:
            return None
        if exchange.state is X.IN_DOUBT:
            return exchange.result
        child = self._child_of(exchange)
        if exchange.state is not X.REVERSING or not isinstance(child, OpenExchange):
            return None
        if child.state is not X.IN_DOUBT or child.result is None:
            return None
        return exchange.doubt_about_reversal(child.result)

    def _child_of(self, parent: OpenExchange) -> OpenExchange | Ticket | None:
        waiting = (t for t in self.queue if t.parent == parent.exchange_id)
        at_work = (e for e in self.exchanges.values() if e.parent == parent.exchange_id)
        return next(at_work, None) or next(waiting, None)

    def _may_be_resolved(self, exchange: OpenExchange) -> bool:
        if exchange.state is X.REVERSING:
            return self.doubt_of(exchange.exchange_id) is not None
        return exchange.state in {X.QUERYING, X.IN_DOUBT}

    def _in_between(self) -> bool:
        return self.session.state in {S.LOGGING_IN, S.LOGGING_OUT}

    def _occupied(self) -> bool:
        """Something is under way. What a reversal waits for is itself in the queue, at work, or in
        doubt, so that a state of its own need not be looked at.
        """
        busy = any(e.state in _ACTIVE for e in self.exchanges.values())
        return busy or self._service is not None or self._in_between()

    def _is_idle(self) -> bool:
        return not self.queue and not self._occupied()

    def _blocked(self, ticket: Ticket) -> bool:
        """The reversal of a refused signature passes questions to the cashier: the terminal is
        free while they are open.
        """
        blocking = _ACTIVE if ticket.parent is None else _AT_WORK
        busy = any(e.state in blocking for e in self.exchanges.values())
        return busy or self._service is not None or self._in_between()

    def _login_could_stop_a_payment(self, at: Instant, besides: OpenExchange | None = None) -> bool:
        """Rule 9: a login resets many terminals, so none is sent while a payment may run."""
        return any(e.may_run(at) for e in self.exchanges.values() if e is not besides)

    # --- going on -----------------------------------------------------------------------------

    def _after(self, exchange: OpenExchange, effects: list[Effect], at: Instant) -> list[Effect]:
        """What one exchange's step means for the others."""
        if exchange.state is X.ENDED and exchange.exchange_id in self.exchanges:
            del self.exchanges[exchange.exchange_id]
            self._ended.append(exchange)
        if exchange.parent is not None and exchange.state in {X.ENDED, X.IN_DOUBT}:
            effects = self._tell_parent(exchange, effects, at)
        if exchange.wants_login:
            effects = effects + self._log_in_for(exchange, at)
        return effects + self._go_on(at)

    def _tell_parent(self, child: OpenExchange, effects: list[Effect], at: Instant) -> list[Effect]:
        parent = self.exchanges.get(child.parent) if child.parent is not None else None
        finished = any(isinstance(e, Finish) for e in effects)
        if parent is None or child.result is None or not finished:
            return effects
        return _in_one_commit(effects + self._reversal_came_to(parent, child.result, at))

    def _reversal_came_to(
        self, parent: OpenExchange, reversal: Result, at: Instant
    ) -> list[Effect]:
        told = parent.reversal_came_to(reversal, at)
        if parent.state is X.ENDED:
            del self.exchanges[parent.exchange_id]
            self._ended.append(parent)
        return told

    def _log_in_for(self, exchange: OpenExchange, at: Instant) -> list[Effect]:
        """The terminal says that there is no session: log in, then go on where it stopped."""
        exchange.wants_login = False
        self.session.lost()
        if exchange.state is X.ENDED or self._login_could_stop_a_payment(at, besides=exchange):
            return []
        if exchange.state is X.WAITING:
            return self._log_in(at)
        last = self._asking_logged_in_at
        too_soon = last is not None and at.now < last + LOGIN_AGAIN_S and not self.queue
        if too_soon or self.session.state is S.MAINTENANCE:
            return []
        self._asking_logged_in_at = at.now
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
                if not self.session.ready and not self._login_could_stop_a_payment(at):
                    effects += self._log_in(at)
                    break
                self.queue.popleft()
                effects += self._start(head, at)
        due = self.session.state is S.READY and _is_due(self._maintenance_at, at)
        if due and self._is_idle():
            effects += self._log_out(maintenance_allowed=True)
        return effects + self._reserve()

    def _send_again(self, at: Instant) -> list[Effect]:
        for exchange in list(self.exchanges.values()):
            if exchange.state is not X.WAITING or not _is_due(exchange.resend_at, at):
                continue
            if self.session.ready:
                return exchange.send(self.ids.next(), at)
            if self._login_could_stop_a_payment(at):
                return self._after_quietly(
                    exchange, exchange.withdraw(MAY_RUN, Proof.RESPONSE, at), at
                )
            return self._log_in(at)
        return []

    def _start(self, ticket: Ticket, at: Instant) -> list[Effect]:
        if not self.session.ready:
            return self._drop(ticket, MAY_RUN, Proof.LINK, at)
        if isinstance(ticket.order, MoneyOrder):
            exchange = OpenExchange(
                exchange_id=ticket.exchange_id,
                order=ticket.order,
                terms=self.terms,
                ids=self.ids,
                parent=ticket.parent,
                timeout_at=ticket.timeout_at,
            )
            self.exchanges[ticket.exchange_id] = exchange
            return exchange.send(self.ids.next(), at)
        service_id = self.ids.next()
        give_up_at = at.now + self.terms.capabilities.running_s
        self._service = Service(
            exchange_id=ticket.exchange_id, service_id=service_id, give_up_at=give_up_at
        )
        return [Send(exchange_id=ticket.exchange_id, service_id=service_id, order=ticket.order)]

    def key_taken(self, exchange_id: ExchangeID, at: Instant) -> list[Effect]:
        """The journal refused the intent: another exchange holds its key. Nothing was sent."""
        exchange = self.exchanges.get(exchange_id)
        if exchange is not None and exchange.attempts > 1:
            problem = "The journal could not record it; it was not sent again."
            unsent = NoAnswer(written=False, problem=problem)
            return self.told(exchange_id, exchange.service_id, unsent, at)
        self.exchanges.pop(exchange_id, None)
        parent = self.exchanges.get(exchange.parent) if exchange and exchange.parent else None
        effects: list[Effect] = []
        if exchange is not None and parent is not None:
            text = "Its reversal could not be recorded, so it was not sent."
            failed = never_sent(exchange.order, text, Proof.LINK)
            effects += self._reversal_came_to(parent, failed, at)
        return effects + self._go_on(at)

    def _told_service(self, service: Service, news: News, at: Instant) -> list[Effect]:
        answer = final_answer(news)
        if answer is None:
            if isinstance(news, Written | Running):
                service.give_up_at = at.now + self.terms.capabilities.running_s
            return []
        self._service = None
        if answer.refusal is Refusal.LOGGED_OUT:
            self.session.lost()
        done = FinishService(exchange_id=service.exchange_id, answer=answer)
        return [done, *self._go_on(at)]

    def _abort_service(self, service: Service) -> list[Effect]:
        if service.aborted or not self.terms.capabilities.abort:
            return []
        service.aborted = True
        abort = SendAbort(
            exchange_id=service.exchange_id, service_id=self.ids.next(), target=service.service_id
        )
        return [abort, *self._reserve()]

    def _told_of_nobody(
        self, exchange_id: ExchangeID, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        """Rule 10: an answer for an exchange that is not remembered any more."""
        if not isinstance(news, Ended):
            return []
        answer = news.answer
        named = {"service_id": service_id, "reference": mask_text(answer.reference or "")}
        fact = Fact(
            kind="answer_for_nobody",
            poi_id=self.terms.poi_id,
            at=at.wall,
            exchange_id=exchange_id,
            data={**named, "verdict": answer.verdict.value},
        )
        if answer.verdict is not Verdict.APPROVED or answer.authorized is None:
            return [Note(fact=fact)]
        text = f"A late approval came for {exchange_id}, which ended long ago. Compare the journal."
        alarm = Alarm(exchange_id=exchange_id, kind="answer_for_nobody", text=text)
        return [Record(facts=(fact,)), alarm]

    def _drop(self, ticket: Ticket, text: str, proof: Proof, at: Instant) -> list[Effect]:
        """End an order that was never sent."""
        if not isinstance(ticket.order, MoneyOrder):
            return [FinishService(exchange_id=ticket.exchange_id, answer=_refusal(text))]
        result = never_sent(ticket.order, text, proof)
        finish = Finish(exchange_id=ticket.exchange_id, result=result)
        parent = self.exchanges.get(ticket.parent) if ticket.parent is not None else None
        told = self._reversal_came_to(parent, result, at) if parent is not None else []
        return [*told, finish]

    def _reserve(self) -> list[Effect]:
        return [ReserveServiceIDs()] if self.ids.left < LOW else []

    # --- doubts -------------------------------------------------------------------------------

    def _held_by_doubt(self, ticket: Ticket, at: Instant) -> tuple[bool, list[Effect]]:
        """Rule 8: a resting doubt gets one query before new money; if it stays, the order ends
        not started. Returns whether to wait, and what to do.
        """
        doubts = self.doubts() if self.terms.closes_in_doubt else []
        new_money = isinstance(ticket.order, MoneyOrder) and ticket.parent is None
        if not doubts or not new_money:
            return False, []
        if any(doubt.query.asking for doubt in doubts):
            return True, []
        for doubt in doubts:
            if self.terms.can_ask and doubt.query.asked_at < ticket.queued_at:
                return True, doubt.ask(at)
        self.queue.popleft()
        return False, self._drop(ticket, _closed_by(doubts[0]), Proof.LINK, at)

    # --- the session --------------------------------------------------------------------------

    def _log_in(self, at: Instant) -> list[Effect]:
        if not self.session.may_try(at) or self.session.state is S.LOGGING_OUT:
            return []
        self.session.begin(at)
        login = SendLogin(service_id=self.ids.next(), integration=self.terms.integration)
        return [login, *self._reserve()]

    def _log_in_for_callers(self, at: Instant) -> list[Effect]:
        """Those who asked for a login while the session was being closed."""
        return self._log_in(at) if self.session.wanted and self.session.may_try(at) else []

    def _log_out(self, *, maintenance_allowed: bool) -> list[Effect]:
        move(SESSION, self.session, "logout")
        logout = SendLogout(service_id=self.ids.next(), maintenance_allowed=maintenance_allowed)
        return [logout, *self._reserve()]

    def _logged_in(self, at: Instant) -> list[Effect]:
        for exchange in self.exchanges.values():
            exchange.query.next_at = min(exchange.query.next_at, at.now)
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
            effects += self._drop(self.queue.popleft(), text, proof, at)
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

    def _queue_reversal(self, parent: OpenExchange, at: Instant) -> None:
        if parent.result is not None:
            self.queue.appendleft(reversal_of(parent, parent.result, at))


def _is_due(moment: float | None, at: Instant) -> bool:
    return moment is not None and at.now >= moment


def _refusal(text: str) -> Answer:
    return Answer(verdict=Verdict.REFUSED, message=text)


def _told_at_once(answer: Answer) -> list[Effect]:
    return [FinishLogin(answer=answer, at_once=True)]


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


__all__ = ["SaleSession", "Ticket"]
