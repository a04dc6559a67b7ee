"""What the journal keeps: facts that only grow, and where each exchange stands now."""

from __future__ import annotations

from typing import Any

import msgspec

from opi_pos.model.card import MaskedRepr
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Confidence, Operation, Outcome, Result

OPEN_STATES = frozenset(
    {"sending", "running", "waiting", "querying", "in_doubt", "confirming", "reversing"}
)
"""Names of the resting places of an exchange that has not ended (`session.states`)."""


DEAD_LETTER = "dead_letter"
"""The kind of a fact about a callback that fits no exchange."""


class Key(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What may be approved at most once (rule 6)."""

    scope: str
    operation: Operation
    reference: Reference


class Fact(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `at` is Unix seconds; `data` is plain JSON without card data."""

    kind: str
    poi_id: POIID
    at: float
    exchange_id: ExchangeID | None = None
    data: dict[str, Any] = {}


class Exchange(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """Where one exchange stands: one row of the journal.

    The key of an exchange whose outcome is open, in doubt or money moved is taken; the journal
    refuses a second row with it in the same transaction.
    """

    exchange_id: ExchangeID
    scope: str
    poi_id: POIID
    sale_id: SaleID
    service_id: ServiceID
    """Of the newest attempt."""
    state: str
    order: MoneyOrder
    begun_at: float
    changed_at: float
    result: Result | None = None
    """Set when ended; a resting doubt has one with outcome `in_doubt`."""
    evidence: dict[str, Any] = {}
    """What the driver keeps to recognise it (`news.Evidence`)."""
    parent: ExchangeID | None = None
    """The payment that this reversal undoes because its signature was refused."""

    @property
    def key(self) -> Key:
        """Scope, operation and reference."""
        return Key(scope=self.scope, operation=self.order.operation, reference=self.order.reference)

    @property
    def is_provisional(self) -> bool:
        """Whether it has ended in a way that its system may still overturn."""
        if self.result is None or self.state in OPEN_STATES:
            return False
        return self.result.confidence is Confidence.PROVISIONAL

    @property
    def outcome(self) -> Outcome | None:
        """None while it is open."""
        return self.result.outcome if self.result is not None else None


class StoredFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact with its place in the journal: sequence numbers grow without being reused."""

    sequence: int
    fact: Fact


class Mail(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """A command that another process left for the owner of a POI (rule 9)."""

    mail_id: str
    poi_id: POIID
    kind: str
    """`order`, `abort`, `status`, `callback`, …"""
    body: dict[str, Any]
    sender: str
    """Names the process that waits: host, pid and a random part."""
    posted_at: float
    alive_until: float
    """The sender renews it while it waits; an order past it is never sent."""
    state: str = "posted"
    """`posted`, `taken`, `answered`, `withdrawn`."""
    answer: dict[str, Any] | None = None
    place: int | None = None
    """Its place in the owner's queue, once taken."""
