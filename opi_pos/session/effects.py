"""What the rules ask of the world. The runtime carries effects out in list order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, SaleID, ServiceID
from opi_pos.model.news import Answer
from opi_pos.model.orders import Integration, MoneyOrder, Order
from opi_pos.model.results import Result


class Instant(NamedTuple):
    """When something happened: `now` for deadlines, `wall` (Unix seconds) for the record."""

    now: float
    wall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Make these durable, in one transaction, before the next effect."""

    exchanges: tuple[Exchange, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Keep a fact that may be lost in a crash; it costs no commit of its own."""

    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Hand an order to the driver. Its news come back for `exchange_id` and `service_id`."""

    exchange_id: ExchangeID
    service_id: ServiceID
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAbort:
    """Wish that the terminal stops `target`. `service_id` is the abort's own."""

    exchange_id: ExchangeID
    service_id: ServiceID
    target: ServiceID
    sale_id: SaleID | None = None
    """Under which `target` was sent, where that is not the till's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendQuery:
    """Ask the terminal what became of an exchange."""

    exchange_id: ExchangeID
    service_id: ServiceID
    target: ServiceID
    order: MoneyOrder
    evidence: dict[str, Any] = field(default_factory=dict)
    sale_id: SaleID | None = None
    """Under which `target` was sent, where that is not the till's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLogin:
    """Open a session."""

    service_id: ServiceID
    integration: Integration


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLogout:
    """Close the session."""

    service_id: ServiceID
    maintenance_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSignature:
    """Ask the cashier whether the signature is right; the answer comes back as `confirmed`."""

    exchange_id: ExchangeID
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Tell the caller. May come twice for an exchange: first in doubt, later the truth."""

    exchange_id: ExchangeID
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishService:
    """Tell the caller of an order without money."""

    exchange_id: ExchangeID
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishLogin:
    """Tell one who asked for a login or a logout: the one who has waited longest, or, when it is
    answered `at_once`, the one whose call this very step was. Nobody is told of what nobody asked.
    """

    answer: Answer
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something a person must see. It is recorded by the effect before it."""

    exchange_id: ExchangeID | None
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveServiceIDs:
    """The block of service ids runs low."""


Effect = (
    Record
    | Note
    | Send
    | SendAbort
    | SendQuery
    | SendLogin
    | SendLogout
    | AskSignature
    | Finish
    | FinishService
    | FinishLogin
    | Alarm
    | ReserveServiceIDs
)
