"""Any day in any shop: random orders, wishes, faults, crashes and time, against a terminal's books.

The test is the runtime: it carries out effects, keeps the rows, and starts the till again from
them. What must hold whatever happens stands in the invariants and in `Watch`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from opi_pos.model.facts import OPEN_STATES
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import AbortLost, Answer, Ended, News, NoAnswer, Running, Verdict, Written
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import MONEY_MOVED, MONEY_STAYED, Operation, Outcome, Proof
from opi_pos.session.effects import (
    Alarm,
    AskSignature,
    Effect,
    Finish,
    Instant,
    Record,
    Send,
    SendAbort,
    SendLogin,
    SendLogout,
    SendQuery,
)
from opi_pos.session.sale import SaleSession, Ticket
from opi_pos.session.service_ids import ServiceIDs
from opi_pos.session.states import ExchangeState as X
from opi_pos.testing.playbook import WALL
from tests.opi_pos.session.terminal import Terminal
from tests.opi_pos.session.values import NEVER_LEFT, POI, SALE, SILENCE, order, terms
from tests.opi_pos.session.watch import Watch

LINK_DELAY_S = 12.0
REFERENCES = st.sampled_from(["A", "B", "C"])
OPERATIONS = st.sampled_from([Operation.PAYMENT, Operation.PAYMENT, Operation.REFUND])


@dataclass
class Command:
    """With the driver. It lives in the till's process; the request on the wire does not."""

    exchange_id: ExchangeID
    service_id: ServiceID
    order: MoneyOrder
    written: bool = False


@dataclass
class Request:
    """On the wire since `left_at`. It arrives within the link's longest delay, or never."""

    service_id: ServiceID
    order: MoneyOrder
    left_at: float


class AnyDay(RuleBasedStateMachine):
    """One till, one terminal, one day."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.orders = 0
        self.watch = Watch()
        self.terminal = Terminal(SALE, POI)
        self.next_id = 1
        self.commands: dict[ServiceID, Command] = {}
        self.wire: list[Request] = []
        self.answers: list[tuple[ServiceID, Answer]] = []
        """What the terminal answered, on its way back; it may be lost or come twice."""
        self.aborts: list[tuple[ExchangeID, ServiceID]] = []
        self.queries: list[SendQuery] = []
        self.logins = self.logouts = 0
        self.to_sign: list[ExchangeID] = []
        self.resetting = False
        self.unsigned: set[ExchangeID] = set()
        """Payments whose signature the cashier refused."""
        self.alarms: set[tuple[ExchangeID | None, str]] = set()
        self.submitted: set[ExchangeID] = set()

    @initialize(
        confirms=st.booleans(), closes=st.booleans(), resumed=st.booleans(), vague=st.booleans()
    )
    def open_the_shop(self, confirms: bool, closes: bool, resumed: bool, vague: bool) -> None:
        self.terms = terms(can_confirm=confirms, doubt_closes=closes, link_delay_s=LINK_DELAY_S)
        self.terminal.vague = vague
        self.terminal.logged_in = resumed
        self.start(resumed=resumed)

    # --- the runtime's part ----------------------------------------------------------------------

    @property
    def at(self) -> Instant:
        return Instant(self.now, WALL + self.now)

    def start(self, *, resumed: bool) -> None:
        numbers = ServiceIDs()
        numbers.reserved(self.next_id, 1_000_000)
        self.next_id += 1_000_000
        self.till = SaleSession(self.terms, numbers)
        if resumed:
            self.till.resumed()
        rows = [row for row in self.watch.rows.values() if row.state in OPEN_STATES]
        self.carry_out(self.till.restore(rows, self.at))

    def carry_out(self, effects: list[Effect]) -> None:
        if refused := self._key_is_taken(effects):
            kept = [e for e in effects if getattr(e, "exchange_id", None) != refused]
            kept = [e for e in kept if not _is_intent_of(e, refused)]
            self.submitted.discard(refused)
            self.carry_out(kept)
            self.carry_out(self.till.key_taken(refused, self.at))
            return
        self.watch.look(effects, self.till)
        self.alarms |= {(e.exchange_id, e.kind) for e in effects if isinstance(e, Alarm)}
        for effect in effects:
            self._do(effect)

    def _key_is_taken(self, effects: list[Effect]) -> ExchangeID | None:
        """The journal's unique index."""
        for effect in effects:
            for row in effect.exchanges if isinstance(effect, Record) else ():
                taken = (
                    other.key == row.key and other.outcome not in MONEY_STAYED
                    for other in self.watch.rows.values()
                    if other.exchange_id != row.exchange_id
                )
                if row.outcome not in MONEY_STAYED and any(taken):
                    return row.exchange_id
        return None

    def _do(self, effect: Effect) -> None:
        match effect:
            case Send(exchange_id=exchange_id, service_id=service_id, order=MoneyOrder() as sent):
                self.commands[service_id] = Command(exchange_id, service_id, sent)
            case SendQuery():
                self.queries.append(effect)
            case SendAbort(exchange_id=exchange_id, target=target):
                self.aborts.append((exchange_id, target))
            case SendLogin():
                self.logins += 1
            case SendLogout():
                self.logouts += 1
            case AskSignature(exchange_id=exchange_id):
                self.to_sign.append(exchange_id)
            case Finish(exchange_id=exchange_id, result=result):
                if result.outcome is not Outcome.IN_DOUBT:
                    for command in self._commands_of(exchange_id):
                        del self.commands[command.service_id]
            case _:
                pass

    def _commands_of(self, exchange_id: ExchangeID) -> list[Command]:
        return [c for c in self.commands.values() if c.exchange_id == exchange_id]

    def tell(self, service_id: ServiceID, news: News) -> None:
        command = self.commands[service_id]
        if isinstance(news, Ended | NoAnswer):
            del self.commands[service_id]
        self.carry_out(self.till.told(command.exchange_id, service_id, news, self.at))

    # --- people ---------------------------------------------------------------------------------

    @precondition(lambda self: len(self.till.queue) < 3)
    @rule(reference=REFERENCES, operation=OPERATIONS, timeout=st.sampled_from([None, None, 20.0]))
    def order_something(self, reference: str, operation: Operation, timeout: float | None) -> None:
        self.orders += 1
        exchange_id = ExchangeID(f"{reference}{self.orders}")
        wanted = order(reference, operation=operation, timeout_s=timeout)
        self.submitted.add(exchange_id)
        ticket = Ticket(exchange_id=exchange_id, order=wanted, queued_at=self.now)
        self.carry_out(self.till.submit(ticket, self.at))

    @rule(wish=st.sampled_from(["stop", "stop by name", "decide", "log in", "log out", "reset"]))
    def wish(self, wish: str) -> None:
        match wish:
            case "stop":
                self.carry_out(self.till.abort(None, self.at))
            case "stop by name":
                self.carry_out(self.till.abort(next(iter(self.till.exchanges), None), self.at))
            case "decide":
                self._look_at_the_terminal_and_decide()
            case "log in":
                self.carry_out(self.till.login(self.at))
            case "log out":
                self.carry_out(self.till.logout(self.at))
            case _:
                self.carry_out(self.till.login(self.at, reset=True))
                self.resetting = True

    def _look_at_the_terminal_and_decide(self) -> None:
        for doubt in self.till.doubts():
            if not self.wire and self.terminal.running is None:
                taken = self.terminal.took_money(self._attempts(doubt.exchange_id))
                outcome = Outcome.APPROVED if taken else Outcome.DECLINED
                whose = doubt.exchange_id
                self.carry_out(self.till.resolve(whose, outcome, "kim", "looked", self.at))

    @precondition(lambda self: self.to_sign)
    @rule(accepted=st.sampled_from([True, False, False, None]))
    def look_at_the_signature(self, accepted: bool | None) -> None:
        exchange_id = self.to_sign.pop(0)
        if accepted is False and exchange_id in self.till.exchanges:
            self.unsigned.add(exchange_id)
        self.carry_out(self.till.confirmed(exchange_id, accepted, self.at))

    # --- what comes next if nothing goes wrong ----------------------------------------------------

    def owed(self, verdict: Verdict, *, to_sign: bool) -> list[Callable[[], None]]:
        """Every next step that somebody waits for."""
        everything: list[tuple[object, Callable[[], None]]] = [
            (self.logins, self.answer_a_login),
            (self.logouts, self.answer_a_logout),
            (self._unwritten(), partial(self.write, arrives=True)),
            (self.wire, self.deliver),
            (self.terminal.running, partial(self.end_what_runs, verdict, to_sign=to_sign)),
            (self.answers, self.answer),
            (self.aborts, partial(self.deliver_an_abort, arrives=True)),
            (self.queries, self.answer_a_question),
        ]
        return [step for is_owed, step in everything if is_owed]

    def go_on(self, which: int, steps: int, *, to_sign: bool) -> None:
        for _ in range(steps):
            owed = self.owed(Verdict.APPROVED, to_sign=to_sign)
            if owed:
                owed[which % len(owed)]()
            elif not self.till.queue:
                self.order_something("ABC"[which % 3], Operation.PAYMENT, None)

    # Hypothesis picks rules evenly; several of these keep most days going.
    on_1 = rule(which=st.integers(0, 3), steps=st.integers(1, 3), to_sign=st.booleans())(go_on)
    on_2 = rule(which=st.integers(0, 3), steps=st.just(1), to_sign=st.booleans())(go_on)
    on_3 = rule(which=st.just(0), steps=st.integers(2, 8), to_sign=st.booleans())(go_on)
    on_4 = rule(which=st.just(0), steps=st.integers(1, 2), to_sign=st.just(value=False))(go_on)

    def _unwritten(self) -> list[Command]:
        return [c for c in self.commands.values() if not c.written]

    def write(self, *, arrives: bool) -> None:
        command = self._unwritten()[0]
        command.written = True
        if arrives:
            self.wire.append(Request(command.service_id, command.order, self.now))
        self.tell(command.service_id, Written())

    def deliver(self) -> None:
        request = self.wire.pop(0)
        if self.now - request.left_at > LINK_DELAY_S:
            return
        refusal = self.terminal.take(request.service_id, request.order)
        if refusal is not None:
            self.answers.append((request.service_id, refusal))

    def answer(self) -> None:
        service_id, answer = self.answers.pop(0)
        if service_id in self.commands:
            self.tell(service_id, Ended(answer=answer))

    def deliver_an_abort(self, *, arrives: bool) -> None:
        exchange_id, target = self.aborts.pop(0)
        running = self.terminal.running
        if arrives and running is not None and running[0] == target:
            self.terminal.stop_wished = True
        elif target in self.commands:
            self.carry_out(self.till.told(exchange_id, target, AbortLost(problem="?"), self.at))

    def answer_a_question(self, news: News | None = None) -> None:
        query = self.queries.pop(0)
        news = self.terminal.status(query.target) if news is None else news
        self.carry_out(self.till.told_status(query.exchange_id, news, self.at))

    def answer_a_login(self, *, lost: bool = False) -> None:
        self.logins -= 1
        if not self.resetting:
            assert self.terminal.running is None, "a login of the till's own stops a payment"
        self.resetting = False
        news: News = Ended(answer=self.terminal.log_in())
        self.carry_out(self.till.told_login(SILENCE if lost else news, self.at))

    def answer_a_logout(self) -> None:
        self.logouts -= 1
        self.terminal.logged_in = False
        done = Ended(answer=Answer(verdict=Verdict.APPROVED))
        self.carry_out(self.till.told_logout(done, self.at))

    def end_what_runs(self, verdict: Verdict, *, to_sign: bool = False) -> None:
        if self.terminal.stop_wished and verdict is Verdict.DECLINED:
            verdict = Verdict.ABORTED
        self.answers.append(self.terminal.end(verdict, to_sign=to_sign))

    # --- what goes wrong --------------------------------------------------------------------------

    @rule(fault=st.sampled_from(["request", "connection", "link", "question", "login", "abort"]))
    def lose(self, fault: str) -> None:
        match fault:
            case "request" if self._unwritten():
                self.write(arrives=False)
            case "connection" if self._unwritten():
                self.tell(self._unwritten()[0].service_id, NEVER_LEFT)
            case "question" if self.queries:
                self.answer_a_question(SILENCE)
            case "login" if self.logins:
                self.answer_a_login(lost=True)
            case "abort" if self.aborts:
                self.deliver_an_abort(arrives=False)
            case _:
                self.lose_the_link()

    def lose_the_link(self) -> None:
        written = [c.service_id for c in self.commands.values() if c.written]
        if written:
            self.tell(written[0], SILENCE)

    @rule(fault=st.sampled_from(["lost", "doubled", "wrong", "declined", "shown", "runs"]))
    def mix_up(self, fault: str) -> None:
        books = list(self.terminal.books.values())
        match fault:
            case "lost" if self.answers:
                service_id, _ = self.answers.pop(0)
                if service_id in self.commands:
                    self.tell(service_id, SILENCE)
            case "doubled" if self.answers:
                service_id, answer = self.answers[0]
                self.answer()
                if (whose := self.watch.sent.get(service_id)) is not None:
                    again = Ended(answer=answer)
                    self.carry_out(self.till.told(whose, service_id, again, self.at))
            case "wrong" if self.queries and books and self.terminal.logged_in:
                self.answer_a_question(Ended(answer=books[-1].answer))
            case "declined" if self.terminal.running:
                self.end_what_runs(Verdict.DECLINED)
            case "shown" if self.terminal.running:
                self.carry_out(self.till.seen(self.terminal.running[0], self.at))
            case "runs" if self.terminal.running and self.terminal.running[0] in self.commands:
                self.tell(self.terminal.running[0], Running())
            case _:
                pass

    @rule(fault=st.sampled_from(["busy", "vague", "reboot"]))
    def be_difficult(self, fault: str) -> None:
        if fault == "busy":
            self.terminal.busy = not self.terminal.busy
        elif fault == "vague":
            self.terminal.vague = not self.terminal.vague
        else:
            self.terminal.reboot()

    # --- time and crashes -------------------------------------------------------------------------

    @rule(
        seconds=st.sampled_from([0.1, 1.0, 5.0, 5.0, 30.0, 100.0, 400.0]), answering=st.booleans()
    )
    def time_goes_by(self, seconds: float, answering: bool) -> None:
        """`answering`: questions and logins get their answers meanwhile."""
        end = self.now + seconds
        while (due := self.till.wake_at()) is not None and due <= end:
            self.now = max(self.now, due)
            self.carry_out(self.till.tick(self.at))
            assert (later := self.till.wake_at()) is None or later > self.now, "woken for nothing"
            while answering and (self.queries or self.logins):
                if self.queries:
                    self.answer_a_question()
                else:
                    self.answer_a_login()
        self.now = end
        self.carry_out(self.till.tick(self.at))

    @rule(knows_session=st.booleans())
    def crash(self, knows_session: bool) -> None:
        """The process dies: what was with it is gone, what was on the wire is not."""
        self.submitted &= {*self.watch.rows, *self.watch.told}
        self.commands.clear()
        self.queries.clear()
        self.aborts.clear()
        self.to_sign.clear()
        self.logins = self.logouts = 0
        self.resetting = False
        self.start(resumed=knows_session)

    # --- what holds whatever happens -------------------------------------------------------------

    def _attempts(self, exchange_id: ExchangeID) -> set[ServiceID]:
        return {s for s, whose in self.watch.sent.items() if whose == exchange_id}

    @invariant()
    def at_most_one_approval_per_key(self) -> None:
        keys = [
            (entry.order.operation, entry.order.reference)
            for entry in self.terminal.books.values()
            if entry.took_money
        ]
        assert len(keys) == len(set(keys)), "the terminal took money twice for one key"

    @invariant()
    def nobody_is_told_what_is_not_so(self) -> None:
        for exchange_id, result in self.watch.told.items():
            taken = self.terminal.took_money(self._attempts(exchange_id))
            if result.outcome in MONEY_STAYED:
                assert not taken, f"{exchange_id}: told {result.outcome.value}, but it was taken"
            if result.outcome in MONEY_MOVED and result.operation is not Operation.REVERSAL:
                assert taken, f"{exchange_id}: told {result.outcome.value}, but nothing was taken"

    @invariant()
    def a_refused_signature_is_reversed_or_raised(self) -> None:
        for exchange_id in self.unsigned & set(self.watch.told):
            result = self.watch.told[exchange_id]
            if result.outcome in MONEY_MOVED and result.proof is not Proof.MANUAL:
                assert (exchange_id, "reversal_failed") in self.alarms

    @invariant()
    def only_one_exchange_is_at_work(self) -> None:
        at_work = {X.SENDING, X.RUNNING, X.WAITING, X.QUERYING}
        assert sum(e.state in at_work for e in self.till.exchanges.values()) <= 1

    def teardown(self) -> None:
        """Faults stop: everything ends, or rests in doubt, and every caller has heard."""
        if not hasattr(self, "till"):
            return
        self.terminal.busy = self.terminal.vague = False
        for _ in range(400):
            self._settle()
            self.time_goes_by(5.0, answering=True)
        self._settle()
        states = {e.exchange_id: e.state for e in self.till.exchanges.values()}
        assert set(states.values()) <= {X.IN_DOUBT, X.REVERSING}, states
        assert not self.till.queue, "an order waits for nothing"
        silent = self.submitted - set(self.watch.told)
        assert not silent, f"nobody told the callers of {silent}"
        self.nobody_is_told_what_is_not_so()
        self.at_most_one_approval_per_key()

    def _settle(self) -> None:
        """Whatever is owed comes, honestly and at once."""
        for _ in range(1000):
            owed = self.owed(Verdict.DECLINED, to_sign=False)
            if self.to_sign:
                owed.append(partial(self.look_at_the_signature, accepted=True))
            elif self.commands:
                owed.append(self.lose_the_link)
            if not owed:
                return
            owed[0]()
        raise AssertionError("the till and the terminal talk without end")


def _is_intent_of(effect: Effect, exchange_id: ExchangeID) -> bool:
    rows = effect.exchanges if isinstance(effect, Record) else ()
    return any(row.exchange_id == exchange_id for row in rows)


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(
    max_examples=150,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
