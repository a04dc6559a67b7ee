"""Asking what became of an exchange, and what silence and `NotFound` prove (rule 8)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from opi_pos.model.results import Outcome, Proof
from opi_pos.session.effects import Alarm, Effect, Finish, Instant, Note, SendQuery
from opi_pos.session.kept import ASKED_ABOUT, Query
from opi_pos.session.machine import EXCHANGE, move
from opi_pos.session.signature import SignedExchange
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.terms import BACKGROUND_QUERY_S, CHECKS_AFTER_S, QUESTION_S


@dataclass(slots=True)
class AskedExchange(SignedExchange):
    """Keeps asking until somebody knows, or until nobody can."""

    def _silence(self, problem: str, at: Instant) -> list[Effect]:
        """No answer: ask what became of it. Not sent again, not called declined."""
        asked_before = self.state in ASKED_ABOUT
        move(EXCHANGE, self, "silence")
        if self.state is not X.QUERYING:
            return []
        if not asked_before:
            self.query = Query(began_at=at.now, next_at=at.now)
        note = Note(fact=self._fact("silence", at, problem=problem))
        return [note, *self._ask_on(at)]

    def ask(self, at: Instant) -> list[Effect]:
        """Ask once, now, unless the answer to an earlier question is still to come."""
        if self.state not in ASKED_ABOUT or self.query.asking or not self.terms.can_ask:
            return []
        move(EXCHANGE, self, "query")
        return [self._question(at)]

    def _question(self, at: Instant) -> SendQuery:
        self.query.asking = True
        self.query.asked_at = at.now
        return SendQuery(
            exchange_id=self.exchange_id,
            service_id=self.ids.next(),
            target=self.service_id,
            order=self.order,
            evidence=self.evidence,
            sale_id=self.sent_as,
        )

    def check(self, at: Instant) -> list[Effect]:
        """Look again at a provisional end, if that is due."""
        if self.check_at is None or at.now < self.check_at:
            return []
        self.checks += 1
        later = CHECKS_AFTER_S[self.checks] if self.checks < len(CHECKS_AFTER_S) else None
        before = CHECKS_AFTER_S[self.checks - 1]
        self.check_at = at.now + later - before if later is not None else None
        return self.check_now(at)

    def check_now(self, at: Instant) -> list[Effect]:
        """Ask once, now, whether a provisional end still stands."""
        ended = self.state is X.ENDED and self.is_provisional
        if not ended or self.query.asking or not self.terms.can_ask:
            return []
        move(EXCHANGE, self, "check")
        return [self._question(at)]

    def _ask_on(self, at: Instant) -> list[Effect]:
        """Whatever is due of the asking."""
        if self.state is X.QUERYING and at.now >= self._doubt_at():
            return self._exhausted(at)
        due = self.state in ASKED_ABOUT and self._next_question_at() <= at.now
        return self.ask(at) if due else []

    def _doubt_at(self) -> float:
        """When nothing is left to hear. A process that could not run for a while finds the deadline
        passed, and what it missed may be waiting: it asks once more, and the answer to a question
        is waited for.
        """
        deadline = self._give_up_at()
        if not self.terms.can_ask:
            return deadline
        if self.query.asking:
            return max(deadline, self.query.asked_at + QUESTION_S)
        just_asked = self.query.asked_at >= deadline - self.terms.capabilities.query_every_s
        return deadline if just_asked else math.inf

    def _between_questions_s(self) -> float:
        """A resting doubt is asked about no more often than the terminal bears."""
        every_s = self.terms.capabilities.query_every_s
        return max(every_s, BACKGROUND_QUERY_S) if self.state is X.IN_DOUBT else every_s

    def _next_question_at(self) -> float:
        """Infinite while one is open, or where nobody can be asked."""
        return self.query.next_at if self.terms.can_ask and not self.query.asking else math.inf

    def _silent_at(self) -> float:
        return self.proof_at + self.terms.capabilities.silence_s

    def _give_up_at(self) -> float:
        if not self.terms.can_ask and not self.request_open:
            return self.query.began_at
        since_proof = max(self.proof_at, self.query.began_at) + self.terms.recovery_s
        return min(since_proof, self.query.began_at + self.terms.cap_s)

    def seen(self, at: Instant) -> list[Effect]:
        """The terminal proved that it works on it: the deadline counts from here."""
        move(EXCHANGE, self, "runs")
        self.proof_at = at.now
        self.query.absent_before = False
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
        self.query.next_at = at.now + self._between_questions_s()
        return [
            self._record("in_doubt", at),
            Finish(exchange_id=self.exchange_id, result=self.result),
            Alarm(exchange_id=self.exchange_id, kind="in_doubt", text=text),
        ]
