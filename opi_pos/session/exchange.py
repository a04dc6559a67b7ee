"""One money exchange: from the durable intent to a result that is proved (rules 3 to 8, 10).

It knows its own time line only. Who comes next, the session, and what a doubt closes is decided
in `sale.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import msgspec

from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import (
    AbortLost,
    Answer,
    Ended,
    Evidence,
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
from opi_pos.model.results import MONEY_MOVED, MONEY_STAYED, Operation, Outcome, Proof, Result
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
    disagrees,
    identify,
    more_than_asked,
    outcome_of,
    plain_result,
    proves,
    result_of,
)

NOT_SENT = ServiceID("")

_AT_WORK = frozenset({X.SENDING, X.RUNNING})
_UNDECIDED = frozenset({X.SENDING, X.RUNNING, X.QUERYING, X.IN_DOUBT})
_ASKED_ABOUT = frozenset({X.QUERYING, X.IN_DOUBT})
_UNSIGNED = frozenset({Operation.REVERSAL, Operation.RELEASE})
"""They undo; a signature on them is not asked for, or refusing it would reverse a reversal."""


@dataclass(slots=True)
class _Query:
    """The asking about one exchange. Times are `Instant.now`."""

    asking: bool = False
    asked_at: float = -math.inf
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
    evidence: dict[str, Any] = field(default_factory=dict)
    begun_at: float = 0.0
    written: bool = False
    left_at: float = 0.0
    """The last moment at which a byte of the request may have left."""
    proof_at: float = 0.0
    """The last proof that it runs."""
    begun: bool = False
    """The terminal gave a sign within it: it has begun, whatever a status says later."""
    answered: bool = False
    """An answer of its own came, so it no longer runs, even if nobody knows what it means."""
    request_open: bool = False
    attempts: int = 0
    logins: int = 0
    signed: bool | None = None
    """What the cashier said of the signature while the payment ran; None: was not asked."""
    busy_until: float | None = None
    timeout_at: float | None = None
    earlier_approval: Result | None = None
    """An attempt that the terminal had refused was approved after all."""
    remarked: set[str] = field(default_factory=set)
    """What was recorded once and need not be again, however often it is asked about."""
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
            evidence=self.evidence,
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

    def _note_once(self, kind: str, at: Instant, **data: Any) -> list[Effect]:
        if kind in self.remarked:
            return []
        self.remarked.add(kind)
        return [Note(fact=self._fact(kind, at, **data))]

    # --- sending ------------------------------------------------------------------------------

    def send(self, service_id: ServiceID, at: Instant) -> list[Effect]:
        """Rule 5: the intent, with the id that the wire will carry, is durable before a byte."""
        move(EXCHANGE, self, "send")
        first = self.attempts == 0
        self.attempts += 1
        self.service_id = service_id
        self.written, self.begun, self.request_open = False, False, True
        self.resend_at = None
        self.left_at = self.proof_at = at.now
        if first:
            self.begun_at = at.wall
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
            case Evidence(data=data):
                return self._keep_evidence(data, at)
            case Running():
                return self.sign_of_life(at)
            case Ended(answer=answer):
                self.request_open = False
                return self._answered(answer, Proof.RESPONSE, at)
            case NoAnswer(written=False) if self._cannot_have_left():
                self.request_open = False
                return self._never_left(news.problem, at)
            case NoAnswer(problem=problem):
                self.request_open = False
                return self._silence(problem, at)
            case AbortLost():
                return self.abort_lost(at)
            case _:
                return []

    def _keep_evidence(self, data: dict[str, Any], at: Instant) -> list[Effect]:
        """Rule 5: received is durable before it is acknowledged; it is no result yet."""
        if self.state not in _UNDECIDED:
            return []
        self.evidence = {**self.evidence, **data}
        return [self._record("evidence", at, **data)]

    def _told_of_earlier_attempt(
        self, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        if not isinstance(news, Ended) or news.answer.verdict is not Verdict.APPROVED:
            return []
        known = self.terms
        whose = identify(news.answer, self.order, service_id, known.sale_id, known.poi_id)
        if whose is not Identity.OURS:
            return []
        text = f"An attempt that the terminal had refused ({service_id}) was approved."
        alarm = self._alarm("earlier_attempt_approved", text, at)
        approval = result_of(news.answer, self.order, service_id, Proof.RESPONSE)
        if self.state is X.WAITING:
            self.service_id = service_id
            return alarm + self._decide(approval, at)
        if self.state in _UNDECIDED:
            self.earlier_approval = approval
            return alarm + self.abort(at)
        return alarm

    def _was_written(self, at: Instant) -> list[Effect]:
        move(EXCHANGE, self, "written")
        if self.state not in _UNDECIDED:
            return []
        self.written = True
        self.left_at = self.proof_at = at.now
        return [Note(fact=self._fact("written", at)), *self._send_held_abort()]

    def seen(self, at: Instant) -> list[Effect]:
        """The terminal proved that it works on it: the deadline counts from here."""
        move(EXCHANGE, self, "runs")
        self.proof_at = at.now
        self.query.absent_before = False
        return []

    def sign_of_life(self, at: Instant) -> list[Effect]:
        """As `seen`, by the command's own news or a device request within it, which also prove that
        the terminal has begun. (A `Busy` to a status may mean that it is busy with something else.)
        """
        if self.state not in _UNDECIDED:
            return []
        self.begun = True
        return self.seen(at) + self._send_held_abort()

    def _may_have_left(self) -> bool:
        """Whether a byte may be on the wire. While the driver is still at it, it tells."""
        return self.written or self.begun or not self.request_open

    def _cannot_have_left(self) -> bool:
        return not self.written and not self.begun and self.state in _UNDECIDED

    def _never_left(self, problem: str, at: Instant) -> list[Effect]:
        result = self._plain(Outcome.NOT_STARTED, Proof.LINK, problem, at)
        return self._decide(result, at)

    def _silence(self, problem: str, at: Instant) -> list[Effect]:
        """No answer: ask what became of it. Not sent again, not called declined."""
        asked_before = self.state in _ASKED_ABOUT
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
        approved_after_all = self.state is X.WAITING and answer.verdict is Verdict.APPROVED
        if self.state not in _UNDECIDED and not approved_after_all:
            return self._late(answer, at)
        if answer.verdict is Verdict.UNCLEAR:
            return self._unclear(answer, proof, at)
        if answer.verdict is Verdict.REFUSED and proof is Proof.RESPONSE:
            return self._refused(answer, at)
        return self._decide(result_of(answer, self.order, self.service_id, proof), at)

    def _stray(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        """Somebody else's answer is never ours, not even when it says what we hope for."""
        move(EXCHANGE, self, "stray")
        effects: list[Effect] = []
        if (told := f"stray {answer.service_id} {answer.reference}") not in self.remarked:
            self.remarked.add(told)
            named = {"service_id": answer.service_id, "reference": answer.reference}
            fact = self._fact("stray_answer", at, named=named, verdict=answer.verdict.value)
            text = "The terminal answered with another transaction's result; it was not believed."
            alarm = Alarm(exchange_id=self.exchange_id, kind="stray_answer", text=text)
            effects += [Record(facts=(fact,)), alarm]
        if proof is Proof.RESPONSE:
            effects += self._silence("the answer was not ours", at)
        return effects

    def _unclear(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        problem = f"unclear answer: {answer.condition or answer.message or 'unknown result'}"
        if proof is Proof.RESPONSE:
            return self._silence(problem, at)
        return self._note_once("unclear_answer", at, problem=problem)

    def _late(self, answer: Answer, at: Instant) -> list[Effect]:
        """Rule 10: recorded, compared, and raised if it disagrees. It replaces nothing."""
        move(EXCHANGE, self, "late")
        late = outcome_of(answer, self.order)
        if not disagrees(self.result, late):
            return [Note(fact=self._fact("late_answer", at, outcome=late.value))]
        told = self.result.outcome.value if self.result is not None else "nothing"
        text = f"A late answer says {late.value}; the till had said {told}."
        return self._alarm("late_answer_disagrees", text, at)

    # --- refusals -----------------------------------------------------------------------------

    def _refused(self, answer: Answer, at: Instant) -> list[Effect]:
        """The terminal's own refusal is the only reason to send money again (rule 6)."""
        if self.begun and self.terms.can_ask:
            # It began, so this may be the refusal of a doubled request. A status tells.
            self.begun = False
            return self._silence("refused although it had begun", at)
        if self.busy_until is None:
            self.busy_until = at.now + self.terms.busy_s
        if self._may_send_again(answer.refusal, at):
            move(EXCHANGE, self, "refused")
            return [Note(fact=self._fact("refused", at, condition=answer.condition))]
        result = self._plain(
            Outcome.NOT_STARTED,
            Proof.RESPONSE,
            answer.message or REFUSAL_TEXTS[answer.refusal or Refusal.UNAVAILABLE],
            at,
            condition=answer.condition,
        )
        return self._decide(result, at)

    def _may_send_again(self, refusal: Refusal | None, at: Instant) -> bool:
        if self.state not in _AT_WORK or self.abort_wish.wished or self.earlier_approval:
            return False
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
        """Ask once, now, unless the answer to an earlier question is still to come."""
        if self.state not in _ASKED_ABOUT or self.query.asking or not self.terms.can_ask:
            return []
        move(EXCHANGE, self, "query")
        self.query.asking = True
        self.query.asked_at = at.now
        return [
            SendQuery(
                exchange_id=self.exchange_id,
                service_id=self.ids.next(),
                target=self.service_id,
                order=self.order,
                evidence=self.evidence,
            )
        ]

    def told_status(self, news: News, at: Instant) -> list[Effect]:
        """What came of asking: its last news."""
        if not isinstance(news, Running | Ended | NotKnown | NoSession | NoAnswer):
            return []
        self.query.asking = False
        every = self.terms.capabilities.query_every_s
        self.query.next_at = at.now + (BACKGROUND_QUERY_S if self.state is X.IN_DOUBT else every)
        match news:
            case Running():
                return self.seen(at)
            case Ended(answer=answer):
                proof = Proof.EVIDENCE if answer.by_evidence else Proof.STATUS
                return self._answered(answer, proof, at)
            case NotKnown() if self.state in _ASKED_ABOUT:
                return self._absent(at)
            case NoSession(certain=certain) if self.state in _ASKED_ABOUT:
                self.wants_login = certain or not self.may_run(at)
                return []
            case _:
                return []

    def _absent(self, at: Instant) -> list[Effect]:
        """One NotFound is no proof: the request may still be on its way. It stands when the
        terminal says it again, asked after the longest delay that the link allows (rule 8).
        """
        note = self._note_once("status_not_found", at)
        if self.begun or self.answered or not self._may_have_left():
            return note  # it began, so the terminal forgot it; or it may yet leave
        stands_from = self.left_at + self.terms.link_delay_s()
        if self.query.absent_before and self.query.asked_at >= stands_from:
            text = "The terminal does not know this transaction: it never began."
            result = self._plain(Outcome.NOT_STARTED, Proof.STATUS, text, at)
            return self._end(result, at, "proved_absent")
        self.query.absent_before = True
        self.query.next_at = min(self.query.next_at, max(at.now, stands_from))
        return note

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
        if self.signed is False and result.outcome is Outcome.DECLINED:
            # The terminal asked while it ran, heard No, and took nothing.
            result = msgspec.structs.replace(
                result, signature_required=True, signature_refused=True
            )
        elif result.signature_required and self.signed:
            result = msgspec.structs.replace(result, signature_accepted=True)
        elif result.signature_required and self._asks_for_signatures():
            effects = self._remarks(result, at)
            move(EXCHANGE, self, "answered_to_sign")
            self._stop_waiting()
            self.result = result
            question = AskSignature(exchange_id=self.exchange_id, result=result)
            return [self._record("signature_asked", at), *effects, question]
        return self._end(result, at)

    def _asks_for_signatures(self) -> bool:
        can = self.terms.can_confirm and Operation.REVERSAL in self.terms.capabilities.operations
        return can and self.order.operation not in _UNSIGNED

    def _rest_in_doubt(self, result: Result, at: Instant) -> list[Effect]:
        """An answer came, and still nobody can say what was taken."""
        self.answered = True
        if self.state is X.IN_DOUBT:
            return []
        move(EXCHANGE, self, "answered_in_doubt")
        self._stop_waiting()
        self.query = _Query(began_at=at.now, next_at=at.now + BACKGROUND_QUERY_S)
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

    def _end(self, result: Result, at: Instant, trigger: str = "answered") -> list[Effect]:
        if self.earlier_approval is not None and result.outcome in MONEY_STAYED:
            result = self.earlier_approval
        effects = self._remarks(result, at)
        move(EXCHANGE, self, trigger)
        return self._close(result, at) + effects

    def _stop_waiting(self) -> None:
        self.resend_at = None
        self.timeout_at = None

    def _close(self, result: Result, at: Instant) -> list[Effect]:
        self.result = msgspec.structs.replace(result, ended_at=at.wall)
        self._stop_waiting()
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
            doubt = self.doubt_about_reversal(reversal)
            return [Finish(exchange_id=self.exchange_id, result=doubt)]
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

    def doubt_about_reversal(self, reversal: Result) -> Result:
        """What the caller is told while nobody knows whether the reversal took place."""
        doubt = plain_result(
            self.order,
            self.service_id,
            outcome=Outcome.IN_DOUBT,
            proof=Proof.NONE,
            message=reversal.message,
        )
        reference = reversal.reference
        return msgspec.structs.replace(
            doubt, signature_refused=True, reversal_reference=reference, ended_at=reversal.ended_at
        )

    # --- wishes and decisions of people -------------------------------------------------------

    def abort(self, at: Instant) -> list[Effect]:
        """Rule 7: a wish. The exchange stays open until its own result."""
        if self.state is X.WAITING:
            text = "Stopped while the terminal was busy; the payment did not begin."
            return self.withdraw(text, Proof.RESPONSE, at)
        if self.state not in _UNDECIDED:
            return []
        self.abort_wish.wished = True
        effects: list[Effect] = [Note(fact=self._fact("abort_wished", at))]
        return effects + self._send_abort() if self._may_have_left() else effects

    def _send_held_abort(self) -> list[Effect]:
        """A wish that came before the command had left."""
        held = self.abort_wish.wished and self.abort_wish.sent == 0
        return self._send_abort() if held else []

    def _send_abort(self) -> list[Effect]:
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
        if wish.wished and wish.sent < ABORTS_AT_MOST and self.state in _UNDECIDED:
            wish.again_at = at.now + ABORT_AGAIN_S
        return []

    def resolve(self, outcome: Outcome, who: str, why: str, at: Instant) -> list[Effect]:
        """A person decides about a doubt; who, why and when is recorded (rule 8)."""
        approval = self.result if self.state is X.REVERSING else None
        move(EXCHANGE, self, "resolve")
        text = f"Decided by {who}: {why}"
        decided = self._plain(outcome, Proof.MANUAL, text, at)
        if approval is not None:
            decided = msgspec.structs.replace(
                approval, outcome=outcome, proof=Proof.MANUAL, message=text, signature_refused=True
            )
        elif outcome is Outcome.APPROVED:
            decided = msgspec.structs.replace(decided, authorized=self.order.amount)
        self._stop_waiting()
        self.result = msgspec.structs.replace(decided, ended_at=at.wall)
        return [
            self._record("resolved", at, outcome=outcome.value, who=who, why=why),
            Finish(exchange_id=self.exchange_id, result=self.result),
        ]

    # --- time ---------------------------------------------------------------------------------

    def tick(self, at: Instant) -> list[Effect]:
        """Whatever is due at `at`."""
        effects: list[Effect] = []
        if self.timeout_at is not None and at.now >= self.timeout_at:
            self.timeout_at = None  # once
            effects += self.abort(at)
        if self.abort_wish.again_at is not None and at.now >= self.abort_wish.again_at:
            effects += self._send_abort()
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

    def may_run(self, at: Instant) -> bool:
        """Whether the terminal may still be carrying it out, so that a login could stop it."""
        if self.state in _AT_WORK:
            return True
        lasted = at.now - self.proof_at
        since_proof = lasted < self.terms.capabilities.running_s and not self.answered
        return self.state in _ASKED_ABOUT and since_proof

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
            case X.QUERYING:
                due += [self._give_up_at(), ask]
            case X.IN_DOUBT:
                due.append(ask)
            case X.WAITING:
                pass  # when to send again depends on the session: see `SaleSession.wake_at`
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
            evidence=row.evidence,
            service_id=row.service_id,
            result=row.result,
            begun_at=row.begun_at,
            attempts=1,
            written=True,
            left_at=at.now,
            proof_at=at.now,
        )
        exchange.query = _Query(began_at=at.now, next_at=at.now)
        trigger = _RESTORING.get(row.state) if row.result is not None else None
        move(EXCHANGE, exchange, trigger or "restore_query")
        if exchange.state is X.IN_DOUBT:
            # A doubt is recorded long after the last sign of life, and may be days old: without
            # counting that time, no short-lived process would ever dare to log in and ask.
            rested = max(0.0, at.wall - row.changed_at)
            exchange.proof_at -= min(rested, terms.capabilities.running_s)
        return exchange


_RESTORING = {
    X.IN_DOUBT.value: "restore_doubt",
    X.CONFIRMING.value: "restore_question",
    X.REVERSING.value: "restore_reversal",
}
