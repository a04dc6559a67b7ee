"""One money exchange: from the durable intent to a result that is proved (rules 3 to 8, 10).

It knows its own time line only. Who comes next, the session, and what a doubt closes is decided
in `sale.py`. What it knows and how it is recorded stands in `kept.py`, the signature in
`signature.py`, recovery in `asking.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ServiceID
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
from opi_pos.model.results import MONEY_MOVED, Outcome, Proof
from opi_pos.session.asking import AskedExchange
from opi_pos.session.effects import (
    Alarm,
    Effect,
    Finish,
    Instant,
    Note,
    Record,
    Send,
    SendAbort,
)
from opi_pos.session.kept import ASKED_ABOUT, AT_WORK, UNDECIDED, Query
from opi_pos.session.machine import EXCHANGE, move
from opi_pos.session.service_ids import ServiceIDs
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.terms import (
    ABORT_AGAIN_S,
    ABORTS_AT_MOST,
    Terms,
    retry_delay_s,
)
from opi_pos.session.verdicts import (
    REFUSAL_TEXTS,
    Identity,
    disagrees,
    identify,
    outcome_of,
    proves,
    result_of,
)


@dataclass(slots=True)
class OpenExchange(AskedExchange):
    """A money order on its way. Every method returns what must be done, in order."""

    # --- sending ---------------------------------------------------------------------------------

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

    # --- what the driver tells -------------------------------------------------------------------

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

    def told_status(self, news: News, at: Instant) -> list[Effect]:
        """What came of asking: its last news."""
        if not isinstance(news, Running | Ended | NotKnown | NoSession | NoAnswer):
            return []
        self.query.asking = False
        self.query.next_at = at.now + self._between_questions_s()
        match news:
            case Running():
                return self.seen(at)
            case Ended(answer=answer):
                proof = Proof.EVIDENCE if answer.by_evidence else Proof.STATUS
                return self._answered(answer, proof, at)
            case NotKnown() if self.state in ASKED_ABOUT:
                return self._absent(at)
            case NoSession(certain=certain) if self.state in ASKED_ABOUT:
                self.wants_login = certain or not self.may_run(at)
                return []
            case _:
                return []

    def _keep_evidence(self, data: dict[str, Any], at: Instant) -> list[Effect]:
        """Rule 5: received is durable before it is acknowledged; it is no result yet."""
        if self.state not in UNDECIDED:
            return []
        self.evidence = {**self.evidence, **data}
        return [self._record("evidence", at, **data)]

    def _told_of_earlier_attempt(
        self, service_id: ServiceID, news: News, at: Instant
    ) -> list[Effect]:
        if not isinstance(news, Ended) or news.answer.verdict is not Verdict.APPROVED:
            return []
        poi_id = self.terms.poi_id
        whose = identify(news.answer, self.order, service_id, self.sale_id, poi_id)
        if whose is not Identity.OURS:
            return []
        text = f"An attempt that the terminal had refused ({service_id}) was approved."
        alarm = self._alarm("earlier_attempt_approved", text, at)
        approval = result_of(news.answer, self.order, service_id, Proof.RESPONSE)
        if self.state is X.WAITING:
            self.service_id = service_id
            return alarm + self._decide(approval, at)
        if self.state in UNDECIDED:
            self.earlier_approval = approval
            return alarm + self.abort(at)
        return alarm

    def _was_written(self, at: Instant) -> list[Effect]:
        move(EXCHANGE, self, "written")
        if self.state not in UNDECIDED:
            return []
        self.written = True
        self.left_at = self.proof_at = at.now
        return [Note(fact=self._fact("written", at)), *self._send_held_abort()]

    def sign_of_life(self, at: Instant) -> list[Effect]:
        """As `seen`, by the command's own news or a device request within it, which also prove that
        the terminal has begun. (A `Busy` to a status may mean that it is busy with something else.)
        """
        if self.state not in UNDECIDED:
            return []
        self.begun = True
        return self.seen(at) + self._send_held_abort()

    def _never_left(self, problem: str, at: Instant) -> list[Effect]:
        result = self._plain(Outcome.NOT_STARTED, Proof.LINK, problem, at)
        return self._decide(result, at)

    # --- answers ---------------------------------------------------------------------------------

    def _answered(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        poi_id = self.terms.poi_id
        whose = identify(answer, self.order, self.service_id, self.sale_id, poi_id)
        believed = whose is Identity.OURS and (
            proof is Proof.RESPONSE or proves(answer, self.order)
        )
        if not believed:
            return self._stray(answer, proof, at)
        approved_after_all = self.state is X.WAITING and answer.verdict is Verdict.APPROVED
        if self.state not in UNDECIDED and not approved_after_all:
            return self._late(answer, proof, at)
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
            # A stranger's ids are no ids of ours: the journal would keep those as they are.
            named = {
                "service_id": mask_text(answer.service_id or ""),
                "reference": mask_text(answer.reference or ""),
            }
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

    def _late(self, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        """Rule 10: recorded, compared, and raised if it disagrees. It replaces only an end that
        was told as provisional.
        """
        move(EXCHANGE, self, "late")
        late = outcome_of(answer, self.order)
        if not disagrees(self.result, late):
            return [Note(fact=self._fact("late_answer", at, outcome=late.value))]
        told = self.result.outcome.value if self.result is not None else "nothing"
        text = f"A late answer says {late.value}; the till had said {told}."
        if self.state is X.ENDED and self.is_provisional:
            return self._overturned(answer, proof, text, at)
        return self._alarm("late_answer_disagrees", text, at)

    def _overturned(self, answer: Answer, proof: Proof, text: str, at: Instant) -> list[Effect]:
        move(EXCHANGE, self, "overturned")
        result = result_of(answer, self.order, self.service_id, proof)
        self.result = msgspec.structs.replace(result, ended_at=at.wall)
        self.check_at = None
        return [
            self._record("overturned", at, outcome=result.outcome.value, proof=proof.value),
            Finish(exchange_id=self.exchange_id, result=self.result),
            *self._alarm("provisional_overturned", text, at),
        ]

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
        if self.state not in AT_WORK or self.abort_wish.wished or self.earlier_approval:
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

    # --- wishes and decisions of people ----------------------------------------------------------

    def abort(self, at: Instant) -> list[Effect]:
        """Rule 7: a wish. The exchange stays open until its own result."""
        if self.state is X.WAITING:
            text = "Stopped while the terminal was busy; the payment did not begin."
            return self.withdraw(text, Proof.RESPONSE, at)
        if self.state not in UNDECIDED:
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
                exchange_id=self.exchange_id,
                service_id=self.ids.next(),
                target=self.service_id,
                sale_id=self.sent_as,
            )
        ]

    def abort_lost(self, at: Instant) -> list[Effect]:
        """The terminal did not know the exchange yet: once more, a little later."""
        wish = self.abort_wish
        if wish.wished and wish.sent < ABORTS_AT_MOST and self.state in UNDECIDED:
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
                approval,
                outcome=outcome,
                proof=Proof.MANUAL,
                message=text,
                signature_refused=True,
                authorized=approval.authorized if outcome in MONEY_MOVED else None,
            )
        elif outcome is Outcome.APPROVED:
            decided = msgspec.structs.replace(decided, authorized=self.order.amount)
        self._stop_waiting()
        self.result = msgspec.structs.replace(decided, ended_at=at.wall)
        return [
            self._record("resolved", at, outcome=outcome.value, who=who, why=why),
            Finish(exchange_id=self.exchange_id, result=self.result),
        ]

    # --- time ------------------------------------------------------------------------------------

    def tick(self, at: Instant) -> list[Effect]:
        """Whatever is due at `at`."""
        effects: list[Effect] = []
        if self.timeout_at is not None and at.now >= self.timeout_at:
            self.timeout_at = None  # once
            effects += self.abort(at)
        if self.abort_wish.again_at is not None and at.now >= self.abort_wish.again_at:
            effects += self._send_abort()
        if self.state in AT_WORK and at.now >= self._silent_at():
            return effects + self._silence("no sign of life", at)
        return effects + self._ask_on(at)

    def wake_at(self) -> float | None:
        """When `tick` has something to do, unless news come first."""
        due = [self.timeout_at, self.abort_wish.again_at]
        match self.state:
            case X.SENDING | X.RUNNING:
                due.append(self._silent_at())
            case X.QUERYING:
                due += [self._doubt_at(), self._next_question_at()]
            case X.IN_DOUBT:
                due.append(self._next_question_at())
            case X.ENDED:
                return self.check_at
            case X.WAITING:
                pass  # when to send again depends on the session: see `SaleSession.wake_at`
            case _:
                return None
        first = min((moment for moment in due if moment is not None), default=math.inf)
        return first if first < math.inf else None

    # --- after a restart -------------------------------------------------------------------------

    @classmethod
    def restored(cls, row: Exchange, terms: Terms, ids: ServiceIDs, at: Instant) -> OpenExchange:
        """As the journal has it. Nothing is sent again: what may have left is asked about."""
        exchange = cls(
            exchange_id=row.exchange_id,
            order=row.order,
            terms=terms,
            ids=ids,
            parent=row.parent,
            sent_as=row.sale_id,
            evidence=row.evidence,
            service_id=row.service_id,
            result=row.result,
            begun_at=row.begun_at,
            attempts=1,
            written=True,
            left_at=at.now,
            proof_at=at.now,
        )
        exchange.query = Query(began_at=at.now, next_at=at.now)
        trigger = _RESTORING.get(row.state) if row.result is not None else None
        move(EXCHANGE, exchange, trigger or "restore_query")
        if exchange.state is X.IN_DOUBT:
            # A doubt is recorded long after the last sign of life, and may be days old: without
            # counting that time, no short-lived process would ever dare to log in and ask.
            rested = max(0.0, at.wall - row.changed_at)
            exchange.proof_at -= min(rested, terms.capabilities.running_s)
        return exchange


_RESTORING = {
    X.ENDED.value: "restore_end",
    X.IN_DOUBT.value: "restore_doubt",
    X.CONFIRMING.value: "restore_question",
    X.REVERSING.value: "restore_reversal",
}
