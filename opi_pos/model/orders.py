"""What a till can ask of a terminal. Orders are verbs; what came of them is in `news`."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from opi_pos.model.card import MaskedRepr
from opi_pos.model.ids import POIID, DeviceID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.results import Operation, TransactionID


class Integration(enum.StrEnum):
    """Whether the terminal may ask the till (design: section 1 of the words)."""

    LIGHT = "light"
    FULL = "full"


class SaleItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the basket (nexo SaleItem)."""

    product_code: str
    amount: Amount
    quantity: str = "1"
    label: str = ""


class Original(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The transaction that a refund, reversal, completion or release is about."""

    reference: Reference
    service_id: ServiceID
    transaction: TransactionID | None = None
    amount: Amount | None = None
    approval_code: str = ""
    poi_id: POIID = POIID("")
    exchange_id: ExchangeID = ExchangeID("")


class MoneyOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="money"):
    """An order that may move money. `sale_time` is ISO 8601 with offset; with `reference` it is
    the SaleTransactionID by which a repeated response is recognised.
    """

    operation: Operation
    reference: Reference
    sale_time: str
    amount: Amount | None = None
    """None only for a reversal of the whole amount and for a release."""
    original: Original | None = None
    tip: Amount | None = None
    cashback: Amount | None = None
    allow_partial: bool = False
    operator: str = ""
    language: str = ""
    reason: str = "merchant"
    """Of a reversal: `merchant`, `customer`, `malfunction`, `signature_declined`."""
    items: tuple[SaleItem, ...] = ()
    timeout_s: float | None = None
    """After that many seconds the till wishes to stop; the result still decides."""
    foreign: dict[str, Any] = {}
    """What a face keeps of a foreign till's request, so that it can answer it after a restart:
    plain JSON. Ids in it are data; the key is the face's own `reference`.
    """


class Login(msgspec.Struct, frozen=True, kw_only=True, tag="login"):
    """Open a session; on many terminals this resets what runs there."""

    integration: Integration
    operator: str = ""
    language: str = ""


class Logout(msgspec.Struct, frozen=True, kw_only=True, tag="logout"):
    """Close the session."""

    maintenance_allowed: bool = False


class AskStatus(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, tag="ask_status"):
    """Ask what became of an exchange (nexo TransactionStatus)."""

    service_id: ServiceID
    order: MoneyOrder
    reprint: bool = False
    evidence: dict[str, Any] = {}
    """What the driver had kept of the exchange (`news.Evidence`)."""
    sale_id: SaleID | None = None
    """Under which it was sent, where that is not the command's own."""


class StopExchange(msgspec.Struct, frozen=True, kw_only=True, tag="stop_exchange"):
    """Wish that an exchange stops whose own command is no longer being carried out here."""

    target: ServiceID
    sale_id: SaleID | None = None
    """Under which it was sent, where that is not the command's own."""
    order: MoneyOrder | None = None
    """What was sent, for systems that know it by another id than `target`."""


class Diagnose(msgspec.Struct, frozen=True, kw_only=True, tag="diagnose"):
    """How are you, and can you reach your host?"""

    host: bool = False


class Totals(msgspec.Struct, frozen=True, kw_only=True, tag="totals"):
    """Totals since the last close of the day (nexo GetTotals)."""


class CloseDay(msgspec.Struct, frozen=True, kw_only=True, tag="close_day"):
    """Close the day (nexo Reconciliation)."""


class ReadCard(msgspec.Struct, frozen=True, kw_only=True, tag="read_card"):
    """Read a card without paying (nexo CardAcquisition)."""

    reference: Reference
    sale_time: str
    amount: Amount | None = None


class ShowCustomer(msgspec.Struct, frozen=True, kw_only=True, tag="show_customer"):
    """Show lines on the customer's display."""

    lines: tuple[str, ...]


class AskCustomer(msgspec.Struct, frozen=True, kw_only=True, tag="ask_customer"):
    """Ask the customer on the terminal: `kind` is `confirm`, `digits`, `text` or `menu`."""

    kind: str
    lines: tuple[str, ...]
    choices: tuple[str, ...] = ()
    max_s: int = 60
    min_length: int | None = None
    max_length: int | None = None


class PrintOnTerminal(msgspec.Struct, frozen=True, kw_only=True, tag="print_on_terminal"):
    """Print lines on the terminal's printer."""

    lines: tuple[str, ...]


class Converse(msgspec.Struct, frozen=True, kw_only=True, tag="converse"):
    """Carry a message of the driver's own protocol; for those who need the whole language."""

    message: Any


ServiceOrder = (
    Login
    | Logout
    | AskStatus
    | StopExchange
    | Diagnose
    | Totals
    | CloseDay
    | ReadCard
    | ShowCustomer
    | AskCustomer
    | PrintOnTerminal
    | Converse
)
Order = MoneyOrder | ServiceOrder


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An order on its way: with the ids it carries on the wire."""

    order: Order
    service_id: ServiceID
    sale_id: SaleID
    poi_id: POIID
    device_id: DeviceID = DeviceID("")
