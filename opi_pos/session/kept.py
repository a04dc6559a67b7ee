"""What is known of one money exchange, how it is written down, and how it ends.

The lowest of four layers that make an exchange: kept, `signature.py`, `asking.py`, `exchange.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import msgspec

from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, SaleID, ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import (
    MONEY_MOVED,
    MONEY_STAYED,
    Confidence,
    Outcome,
    Proof,
    Result,
)
from opi_pos.session.effects import Alarm, Effect, Finish, Instant, Note, Record
from opi_pos.session.machine import EXCHANGE, move
from opi_pos.session.service_ids import ServiceIDs
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.terms import CHECKS_AFTER_S, Terms
from opi_pos.session.verdicts import more_than_asked, plain_result

NOT_SENT = ServiceID("")

AT_WORK = frozenset({X.SENDING, X.RUNNING})
UNDECIDED = frozenset({X.SENDING, X.RUNNING, X.QUERYING, X.IN_DOUBT})
ASKED_ABOUT = frozenset({X.QUERYING, X.IN_DOUBT})


@dataclass(slots=True)
class Query:
    """The asking about one exchange. Times are `Instant.now`."""

    asking: bool = False
    asked_at: float = -math.inf
    next_at: float = 0.0
    began_at: float = 0.0
    absent_before: bool = False
    """The terminal already said once that it does not know the exchange."""


@dataclass(slots=True)
class AbortWish:
    """That somebody wishes it to stop, and what became of the wish."""

    wished: bool = False
    sent: int = 0
    again_at: float | None = None


@dataclass(slots=True)
class KeptExchange:
    """The facts about an exchange and their record."""

    exchange_id: ExchangeID
    order: MoneyOrder
    terms: Terms
    ids: ServiceIDs
    parent: ExchangeID | None = None
    sent_as: SaleID | None = None
    """The SaleID that its request carries, where a Sale System of another name sent it."""
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
    check_at: float | None = None
    """When to look again at an end that the system may overturn."""
    checks: int = 0
    query: Query = field(default_factory=Query)
    abort_wish: AbortWish = field(default_factory=AbortWish)

    @property
    def sale_id(self) -> SaleID:
        """By which the terminal knows it, together with the service id."""
        return self.sent_as or self.terms.sale_id

    # --- the record ------------------------------------------------------------------------------

    def row(self, at: Instant) -> Exchange:
        """How it stands, for the journal."""
        return Exchange(
            exchange_id=self.exchange_id,
            scope=self.terms.scope,
            poi_id=self.terms.poi_id,
            sale_id=self.sale_id,
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

    # --- the end ---------------------------------------------------------------------------------

    def _end(self, result: Result, at: Instant, trigger: str = "answered") -> list[Effect]:
        if self.earlier_approval is not None and result.outcome in MONEY_STAYED:
            result = self.earlier_approval
        effects = self._remarks(result, at)
        move(EXCHANGE, self, trigger)
        return self._close(result, at) + effects

    def _close(self, result: Result, at: Instant) -> list[Effect]:
        self.result = msgspec.structs.replace(result, ended_at=at.wall)
        self._stop_waiting()
        if self.is_provisional:
            self.check_at = at.now + CHECKS_AFTER_S[0]
        return [
            self._record("ended", at, outcome=result.outcome.value, proof=result.proof.value),
            Finish(exchange_id=self.exchange_id, result=self.result),
        ]

    @property
    def is_provisional(self) -> bool:
        """Whether it has an end that a late answer may replace (rule 10)."""
        result = self.result
        return result is not None and result.confidence is Confidence.PROVISIONAL

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

    def _stop_waiting(self) -> None:
        self.resend_at = None
        self.timeout_at = None

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

    # --- what it may be doing --------------------------------------------------------------------

    def may_run(self, at: Instant) -> bool:
        """Whether the terminal may still be carrying it out, so that a login could stop it."""
        if self.state in AT_WORK:
            return True
        lasted = at.now - self.proof_at
        since_proof = lasted < self.terms.capabilities.running_s and not self.answered
        return self.state in ASKED_ABOUT and since_proof

    def _may_have_left(self) -> bool:
        """Whether a byte may be on the wire. While the driver is still at it, it tells."""
        return self.written or self.begun or not self.request_open

    def _cannot_have_left(self) -> bool:
        return not self.written and not self.begun and self.state in UNDECIDED
