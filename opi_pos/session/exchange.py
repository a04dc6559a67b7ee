"""One money exchange: from the durable intent to a result that is proved (rules 3 to 8, 10).

It knows its own time line only. Who comes next, the session, and what a doubt closes is decided
in `sale.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import (
    AbortLost,
    Answer,
    Ended,
    News,
    NoAnswer,
    NoSession,
    NotKnown,
    Refusal,
    Running,
    Verdict,
    Written,
)
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import MONEY_MOVED, Outcome, Proof, Result
from opi_pos.session.effects import (
    Alarm,
    AskSignature,
    Effect,
    Finish,
    Instant,
    Note,
    Record,
    Send,
    SendAbort,
    SendQuery,
)
from opi_pos.session.machine import EXCHANGE, move
from opi_pos.session.service_ids import ServiceIDs
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.terms import (
    ABORT_AGAIN_S,
    ABORTS_AT_MOST,
    BACKGROUND_QUERY_S,
    Terms,
    retry_delay_s,
)
from opi_pos.session.verdicts import (
    REFUSAL_TEXTS,
    Identity,
    identify,
    more_than_asked,
    outcome_of,
    plain_result,
    proves,
    result_of,
)

NOT_SENT = ServiceID("")


@dataclass(slots=True)
class _Query:
    """The asking about one exchange. Times are `Instant.now`."""

    asking: bool = False
    asked_at: float = 0.0
    next_at: float = 0.0
    began_at: float = 0.0
    absent_before: bool = False
    """The terminal already said once that it does not know the exchange."""


@dataclass(slots=True)
class _AbortWish:
    wished: bool = False
    sent: int = 0
    again_at: float | None = None


@dataclass(slots=True)
class OpenExchange:
    """A money order on its way. Every method returns what must be done, in order."""

    exchange_id: ExchangeID
    order: MoneyOrder
    terms: Terms
    ids: ServiceIDs
    parent: ExchangeID | None = None
    state: X = X.QUEUED
    service_id: ServiceID = NOT_SENT
    result: Result | None = None
    wants_login: bool = False
    """It cannot go on before a login; `sale.py` sees to it."""
    resend_at: float | None = None
    """When a refused order may be sent again."""
    begun_at: float = 0.0
    written: bool = False
    left_at: float = 0.0
    """The last moment at which a byte of the request may have left."""
    proof_at: float = 0.0
    """The last proof that it runs."""
    request_open: bool = False
    attempts: int = 0
    logins: int = 0
    signed: bool = False
    """The cashier confirmed the signature while the payment ran."""
    busy_until: float | None = None
    timeout_at: float | None = None
    query: _Query = field(default_factory=_Query)
    abort_wish: _AbortWish = field(default_factory=_AbortWish)

    # --- the record ---------------------------------------------------------------------------

    def row(self, at: Instant) -> Exchange:
        """How it stands, for the journal."""
        return Exchange(
            exchange_id=self.exchange_id,
            scope=self.terms.scope,
            poi_id=self.terms.poi_id,
            sale_id=self.terms.sale_id,
            service_id=self.service_id,
            state=self.state.value,
            order=self.order,
            begun_at=self.begun_at,
            changed_at=at.wall,
            result=self.result,
            parent=self.parent,
        )

    def _fact(self, kind: str, at: Instant, **data: Any) -> Fact:
        return Fact(
            kind=kind,
            poi_id=self.terms.poi_id,
            at=at.wall,
            exchange_id=self.exchange_id,
            data={"service_id": self.service_id, **data},
        )

    def _record(self, kind: str, at: Instant, **data: Any) -> Record:
        return Record(exchanges=(self.row(at),), facts=(self._fact(kind, at, **data),))

    def _alarm(self, kind: str, text: str, at: Instant) -> list[Effect]:
        return [
            Record(facts=(self._fact("alarm", at, alarm=kind, text=text),)),
            Alarm(exchange_id=self.exchange_id, kind=kind, text=text),
        ]

    # --- sending ------------------------------------------------------------------------------

    def send(self, service_id: ServiceID, at: Instant) -> list[Effect]:
        """Rule 5: the intent, with the id that the wire will carry, is durable before a byte."""
        move(EXCHANGE, self, "send")
        first = self.attempts == 0
        self.attempts += 1
        self.service_id = service_id
        self.written, self.request_open = False, True
        self.resend_at = None
        self.left_at = self.proof_at = at.now
        if first:
            self.begun_at = at.wall
            if self.order.timeout_s is not None:
                self.timeout_at = at.now + self.order.timeout_s
        return [
            self._record("intent" if first else "sent_again", at, attempt=self.attempts),
            Send(exchange_id=self.exchange_id, service_id=service_id, order=self.order),
        ]

    def withdraw(self, why: str, proof: Proof, at: Instant) -> list[Effect]:
        """End it before it was sent, or between two refusals."""
        recorded = self.attempts > 0
        move(EXCHANGE, self, "withdraw")
        self.result = self._plain(Outcome.NOT_STARTED, proof, why, at)
        finish = Finish(exchange_id=self.exchange_id, result=self.result)
        return [self._record("ended", at), finish] if recorded else [finish]

    # --- what the driver tells ----------------------------------------------------------------

    def told(  # noqa: PLR0911 - one line per kind of news
        self, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        """News of the command that was sent with `service_id`."""
        if service_id != self.service_id:
            return self._told_of_earlier_attempt(service_id, news, at)
        match news:
            case Written():
                return self._was_written(at)
            case Running():
                return self.seen(at)
            case Ended(answer=answer):
                self.request_open = False
                return self._answered(answer, Proof.RESPONSE, at)
            case NoAnswer(written=False) if not self.written and self.state is X.SENDING:
                return self._never_left(news.problem, at)
            case NoAnswer(problem=problem):
                self.request_open = False
                return self._silence(problem, at)
            case AbortLost():
                return self.abort_lost(at)
            case _:
                return []

    def _told_of_earlier_attempt(
        self, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        match news:
            case Ended(answer=answer) if answer.verdict is Verdict.APPROVED:
                text = f"An attempt that the terminal had refused ({service_id}) was approved."
                return self._alarm("earlier_attempt_approved", text, at)
            case _:
                return []

    def _was_written(self, at: Instant) -> list[Effect]:
        move(EXCHANGE, self, "written")
        self.written = True
        self.left_at = self.proof_at = at.now
        effects: list[Effect] = [Note(fact=self._fact("written", at))]
        return effects + self._send_abort(at) if self.abort_wish.wished else effects

    def seen(self, at: Instant) -> list[Effect]:
        """The terminal proved that it works on it: the deadline counts from here."""
        move(EXCHANGE, self, "runs")
        self.proof_at = at.now
        self.query.absent_before = False
        return []

    def _never_left(self, problem: str, at: Instant) -> list[Effect]:
        result = self._plain(Outcome.NOT_STARTED, Proof.LINK, problem, at)
        return self._end(result, at)

    def _silence(self, problem: str, at: Instant) -> list[Effect]:
        """No answer: ask what became of it. Not sent again, not called declined."""
        asked_before = self.state in {X.QUERYING, X.IN_DOUBT}
        move(EXCHANGE, self, "silence")
        if self.state is not X.QUERYING:
            return []
        if not asked_before:
            self.query = _Query(began_at=at.now, next_at=at.now)
        note = Note(fact=self._fact("silence", at, problem=problem))
        return [note, *self.tick(at)]

    def _answered(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        known = self.terms
        whose = identify(answer, self.order, self.service_id, known.sale_id, known.poi_id)
        believed = whose is Identity.OURS and (
            proof is Proof.RESPONSE or proves(answer, self.order)
        )
        if not believed:
            return self._stray(answer, proof, at)
        if self.state in {X.WAITING, X.CONFIRMING, X.REVERSING, X.ENDED}:
            return self._late(answer, at)
        if answer.verdict is Verdict.UNCLEAR:
            return self._unclear(answer, proof, at)
        if answer.verdict is Verdict.REFUSED and proof is Proof.RESPONSE:
            return self._refused(answer, at)
        return self._decide(result_of(answer, self.order, self.service_id, proof), at)

    def _stray(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        """Somebody else's answer is never ours, not even when it says what we hope for."""
        move(EXCHANGE, self, "stray")
        named = {"service_id": answer.service_id, "reference": answer.reference}
        fact = self._fact("stray_answer", at, named=named, verdict=answer.verdict.value)
        effects: list[Effect] = [Record(facts=(fact,))]
        text = "The terminal answered with another transaction's result; it was not believed."
        effects.append(Alarm(exchange_id=self.exchange_id, kind="stray_answer", text=text))
        if proof is Proof.RESPONSE:
            effects += self._silence("the answer was not ours", at)
        return effects

    def _unclear(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        problem = f"unclear answer: {answer.condition or answer.message or 'unknown result'}"
        if proof is Proof.RESPONSE:
            return self._silence(problem, at)
        return [Note(fact=self._fact("unclear_answer", at, problem=problem))]

    def _late(self, answer: Answer, at: Instant) -> list[Effect]:
        """Rule 10: recorded, compared, and raised if it disagrees. It replaces nothing."""
        move(EXCHANGE, self, "late")
        told = self.result.outcome if self.result is not None else None
        late = outcome_of(answer, self.order)
        if told is late or self.state is X.CONFIRMING:
            return [Note(fact=self._fact("late_answer", at, outcome=late.value))]
        text = f"A late answer says {late.value}; the till had said {told}."
        return self._alarm("late_answer_disagrees", text, at)

    # --- refusals -----------------------------------------------------------------------------

    def _refused(self, answer: Answer, at: Instant) -> list[Effect]:
        """The terminal's own refusal is the only reason to send money again (rule 6)."""
        if self.busy_until is None:
            self.busy_until = at.now + self.terms.busy_s
        again = not self.abort_wish.wished and self._may_send_again(answer.refusal, at)
        if not again:
            refusal = answer.refusal or Refusal.UNAVAILABLE
            result = self._plain(
                Outcome.NOT_STARTED,
                Proof.RESPONSE,
                answer.message or REFUSAL_TEXTS[refusal],
                at,
                condition=answer.condition,
            )
            return self._end(result, at)
        move(EXCHANGE, self, "refused")
        fact = self._fact("refused", at, condition=answer.condition)
        return [Note(fact=fact)]

    def _may_send_again(self, refusal: Refusal | None, at: Instant) -> bool:
        if refusal is Refusal.BUSY:
            self.resend_at = at.now + retry_delay_s(self.attempts)
            return self.busy_until is not None and self.resend_at <= self.busy_until
        if refusal in {Refusal.LOGGED_OUT, Refusal.NOT_ALLOWED} and self.terms.capabilities.login:
            self.logins += 1
            self.wants_login = True
            self.resend_at = at.now
            return self.logins == 1
        return False

    # --- asking what became of it -------------------------------------------------------------

    def ask(self, at: Instant) -> list[Effect]:
        """Ask once, now."""
        move(EXCHANGE, self, "query")
        self.query.asking = True
        self.query.asked_at = at.now
        return [
            SendQuery(
                exchange_id=self.exchange_id,
                service_id=self.ids.next(),
                target=self.service_id,
                order=self.order,
            )
        ]

    def told_status(self, news: News, at: Instant) -> list[Effect]:
        """What came of asking."""
        self.query.asking = False
        every = self.terms.capabilities.query_every_s
        self.query.next_at = at.now + (BACKGROUND_QUERY_S if self.state is X.IN_DOUBT else every)
        match news:
            case Running():
                return self.seen(at)
            case Ended(answer=answer):
                return self._answered(answer, Proof.STATUS, at)
            case NotKnown() if self.state in {X.QUERYING, X.IN_DOUBT}:
                return self._absent(at)
            case NoSession(certain=certain):
                lasted = at.now - self.proof_at
                self.wants_login = certain or lasted >= self.terms.capabilities.running_s
                return []
            case _:
                return []

    def _absent(self, at: Instant) -> list[Effect]:
        """One NotFound is no proof: the request may still be on its way. It stands when the
        terminal says it again, asked after the longest delay that the link allows (rule 8).
        """
        stands_from = self.left_at + self.terms.link_delay_s()
        if self.query.absent_before and self.query.asked_at >= stands_from:
            move(EXCHANGE, self, "proved_absent")
            text = "The terminal does not know this transaction: it never began."
            return self._close(self._plain(Outcome.NOT_STARTED, Proof.STATUS, text, at), at)
        self.query.absent_before = True
        self.query.next_at = min(self.query.next_at, max(at.now, stands_from))
        return [Note(fact=self._fact("status_not_found", at))]

    def _exhausted(self, at: Instant) -> list[Effect]:
        move(EXCHANGE, self, "exhausted")
        text = (
            "Nobody knows whether this payment was taken. Look at the terminal, then decide with:"
            f" opi-pos journal resolve {self.order.reference}"
        )
        self.result = self._plain(Outcome.IN_DOUBT, Proof.NONE, text, at)
        self.query.next_at = at.now + BACKGROUND_QUERY_S
        return [
            self._record("in_doubt", at),
            Finish(exchange_id=self.exchange_id, result=self.result),
            Alarm(exchange_id=self.exchange_id, kind="in_doubt", text=text),
        ]

    # --- the end ------------------------------------------------------------------------------

    def _decide(self, result: Result, at: Instant) -> list[Effect]:
        if result.outcome is Outcome.IN_DOUBT:
            return self._rest_in_doubt(result, at)
        effects = self._remarks(result, at)
        if result.signature_required and self.signed:
            result = msgspec.structs.replace(result, signature_accepted=True)
        elif result.signature_required and self.terms.can_confirm:
            move(EXCHANGE, self, "answered_to_sign")
            self.result = result
            question = AskSignature(exchange_id=self.exchange_id, result=result)
            return [self._record("signature_asked", at), *effects, question]
        return self._end(result, at) + effects

    def _rest_in_doubt(self, result: Result, at: Instant) -> list[Effect]:
        """An answer came, and still nobody can say what was taken."""
        if self.state is X.IN_DOUBT:
            return []
        move(EXCHANGE, self, "silence")
        move(EXCHANGE, self, "exhausted")
        self.query.next_at = at.now + BACKGROUND_QUERY_S
        self.result = result
        return [
            self._record("in_doubt", at),
            Finish(exchange_id=self.exchange_id, result=result),
            Alarm(exchange_id=self.exchange_id, kind="in_doubt", text=result.message),
        ]

    def _remarks(self, result: Result, at: Instant) -> list[Effect]:
        """What a person should know beside the outcome."""
        effects: list[Effect] = []
        if self.abort_wish.wished and result.outcome in MONEY_MOVED:
            text = "The payment was approved although its abort was wished."
            effects += self._alarm("approved_after_abort", text, at)
        if (excess := more_than_asked(result)) is not None:
            text = f"The terminal took {excess} {excess.currency} more than was asked."
            effects += self._alarm("more_than_asked", text, at)
        if self.state is X.IN_DOUBT:
            text = f"The doubt is resolved: {result.outcome.value}."
            effects += self._alarm("doubt_resolved", text, at)
        return effects

    def _end(self, result: Result, at: Instant) -> list[Effect]:
        move(EXCHANGE, self, "answered")
        return self._close(result, at)

    def _close(self, result: Result, at: Instant) -> list[Effect]:
        self.result = msgspec.structs.replace(result, ended_at=at.wall)
        self.resend_at = None
        self.wants_login = False
        return [
            self._record("ended", at, outcome=result.outcome.value, proof=result.proof.value),
            Finish(exchange_id=self.exchange_id, result=self.result),
        ]

    def _plain(
        self, outcome: Outcome, proof: Proof, message: str, at: Instant, *, condition: str = ""
    ) -> Result:
        result = plain_result(
            self.order,
            self.service_id,
            outcome=outcome,
            proof=proof,
            message=message,
            condition=condition,
        )
        return msgspec.structs.replace(result, ended_at=at.wall)

    # --- the signature ------------------------------------------------------------------------

    def confirmed(self, accepted: bool | None, at: Instant) -> list[Effect]:
        """The cashier's word on the signature. None: nobody could decide, nothing is reversed."""
        if self.state is not X.CONFIRMING or self.result is None:
            return []
        if accepted is False:
            move(EXCHANGE, self, "signature_refused")
            return [self._record("signature_refused", at)]
        if accepted is None:
            move(EXCHANGE, self, "signature_left_open")
            text = "Nobody decided about the signature; the payment stands."
            return self._close(self.result, at) + self._alarm("signature_left_open", text, at)
        move(EXCHANGE, self, "signature_accepted")
        return self._close(msgspec.structs.replace(self.result, signature_accepted=True), at)

    def reversal_came_to(self, reversal: Result, at: Instant) -> list[Effect]:
        """What became of the reversal of a refused signature."""
        if self.state is not X.REVERSING or self.result is None:
            return []
        if reversal.outcome is Outcome.IN_DOUBT:
            return [self._doubt_about_reversal(reversal, at)]
        move(EXCHANGE, self, "reversal_ended")
        linked = msgspec.structs.replace(
            self.result, signature_refused=True, reversal_reference=reversal.reference
        )
        if reversal.outcome in MONEY_MOVED:
            text = "The signature was refused and the payment reversed."
            undone = msgspec.structs.replace(linked, outcome=Outcome.DECLINED, message=text)
            receipts = (*undone.receipts, *reversal.receipts)
            return self._close(msgspec.structs.replace(undone, receipts=receipts), at)
        text = "The signature was refused, but the reversal failed: the money is taken."
        return self._close(linked, at) + self._alarm("reversal_failed", text, at)

    def _doubt_about_reversal(self, reversal: Result, at: Instant) -> Effect:
        doubt = self._plain(Outcome.IN_DOUBT, Proof.NONE, reversal.message, at)
        return Finish(
            exchange_id=self.exchange_id,
            result=msgspec.structs.replace(
                doubt, signature_refused=True, reversal_reference=reversal.reference
            ),
        )

    # --- wishes and decisions of people -------------------------------------------------------

    def abort(self, at: Instant) -> list[Effect]:
        """Rule 7: a wish. The exchange stays open until its own result."""
        if self.state is X.WAITING:
            text = "Stopped while the terminal was busy; the payment did not begin."
            return self.withdraw(text, Proof.RESPONSE, at)
        if self.state not in {X.SENDING, X.RUNNING, X.QUERYING}:
            return []
        self.abort_wish.wished = True
        effects: list[Effect] = [Note(fact=self._fact("abort_wished", at))]
        return effects if self.state is X.SENDING else effects + self._send_abort(at)

    def _send_abort(self, at: Instant) -> list[Effect]:
        wish = self.abort_wish
        wish.again_at = None
        if not self.terms.capabilities.abort or wish.sent >= ABORTS_AT_MOST:
            return []
        wish.sent += 1
        return [
            SendAbort(
                exchange_id=self.exchange_id, service_id=self.ids.next(), target=self.service_id
            )
        ]

    def abort_lost(self, at: Instant) -> list[Effect]:
        """The terminal did not know the exchange yet: once more, a little later."""
        wish = self.abort_wish
        if wish.wished and wish.sent < ABORTS_AT_MOST and self.state in {X.RUNNING, X.QUERYING}:
            wish.again_at = at.now + ABORT_AGAIN_S
        return []

    def resolve(self, outcome: Outcome, who: str, why: str, at: Instant) -> list[Effect]:
        """A person decides about a doubt; who, why and when is recorded (rule 8)."""
        move(EXCHANGE, self, "resolve")
        moved = outcome in MONEY_MOVED
        decided = self._plain(outcome, Proof.MANUAL, f"Decided by {who}: {why}", at)
        if moved:
            decided = msgspec.structs.replace(decided, authorized=self.order.amount)
        self.result = decided
        return [
            self._record("resolved", at, outcome=outcome.value, who=who, why=why),
            Finish(exchange_id=self.exchange_id, result=decided),
        ]

    # --- time ---------------------------------------------------------------------------------

    def tick(self, at: Instant) -> list[Effect]:
        """Whatever is due at `at`."""
        effects: list[Effect] = []
        if self.timeout_at is not None and at.now >= self.timeout_at:
            self.timeout_at = None
            effects += self.abort(at)
        if self.abort_wish.again_at is not None and at.now >= self.abort_wish.again_at:
            effects += self._send_abort(at)
        match self.state:
            case X.SENDING | X.RUNNING if at.now >= self._silent_at():
                effects += self._silence("no sign of life", at)
            case X.QUERYING if at.now >= self._give_up_at():
                effects += self._exhausted(at)
            case X.QUERYING | X.IN_DOUBT if self._ask_due(at):
                effects += self.ask(at)
            case _:
                pass
        return effects

    def _ask_due(self, at: Instant) -> bool:
        return self.terms.can_ask and not self.query.asking and at.now >= self.query.next_at

    def _silent_at(self) -> float:
        return self.proof_at + self.terms.capabilities.silence_s

    def _give_up_at(self) -> float:
        if not self.terms.can_ask and not self.request_open:
            return self.query.began_at
        since_proof = max(self.proof_at, self.query.began_at) + self.terms.recovery_s
        return min(since_proof, self.query.began_at + self.terms.cap_s)

    def wake_at(self) -> float | None:
        """When `tick` has something to do, unless news come first."""
        due = [self.timeout_at, self.abort_wish.again_at]
        ask = self.query.next_at if self.terms.can_ask and not self.query.asking else None
        match self.state:
            case X.SENDING | X.RUNNING:
                due.append(self._silent_at())
            case X.WAITING:
                due.append(self.resend_at)
            case X.QUERYING:
                due += [self._give_up_at(), ask]
            case X.IN_DOUBT:
                due.append(ask)
            case _:
                return None
        return min((moment for moment in due if moment is not None), default=None)

    # --- after a restart ----------------------------------------------------------------------

    @classmethod
    def restored(cls, row: Exchange, terms: Terms, ids: ServiceIDs, at: Instant) -> OpenExchange:
        """As the journal has it. Nothing is sent again: what may have left is asked about."""
        exchange = cls(
            exchange_id=row.exchange_id,
            order=row.order,
            terms=terms,
            ids=ids,
            parent=row.parent,
            service_id=row.service_id,
            result=row.result,
            begun_at=row.begun_at,
            attempts=1,
            written=True,
            left_at=at.now,
            proof_at=at.now,
        )
        exchange.query = _Query(began_at=at.now, next_at=at.now)
        triggers = {
            X.IN_DOUBT.value: "restore_doubt",
            X.CONFIRMING.value: "restore_question",
            X.REVERSING.value: "restore_reversal",
        }
        move(EXCHANGE, exchange, triggers.get(row.state, "restore_query"))
        return exchange
