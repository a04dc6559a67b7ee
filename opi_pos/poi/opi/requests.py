"""What a till asks of an O.P.I. terminal, read from its message: only what the rules need."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.poi.opi.answers import Result


class Family(enum.StrEnum):
    """Which of the two requests of channel 0 it is; each has a last message of its own."""

    CARD = "card"
    SERVICE = "service"


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request's ids; its answer goes back under the same ones."""

    family: Family
    request_type: str
    workstation_id: SaleID = SaleID("")
    request_id: ServiceID = ServiceID("")
    popid: str | None = None
    reference: str = ""
    """ReferenceNumber: the shop's own, or the request that an abort names."""

    def names(self, other: Header) -> bool:
        """Whether it is the same request."""
        return (self.family, self.request_type, self.workstation_id, self.request_id) == (
            other.family,
            other.request_type,
            other.workstation_id,
            other.request_id,
        )


class Kind(enum.StrEnum):
    """What a card pays for."""

    PAYMENT = "payment"
    REFUND = "refund"
    PRE_AUTHORISATION = "pre_authorisation"
    CAPTURE = "capture"


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """OriginalTransaction: empty members match anything."""

    stan: str = ""
    time: str = ""
    terminal_id: str = ""


class Slips(msgspec.Struct, frozen=True, kw_only=True):
    """Which papers a till prints for the terminal, and whether it checks signatures."""

    merchant: bool = True
    customer: bool = True
    signature: bool = True


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Login or ActivateTerminal."""

    slips: Slips = Slips()
    activates: bool = False


class Logoff(msgspec.Struct, frozen=True, kw_only=True):
    """Logoff or DeactivateTerminal."""

    deactivates: bool = False


class Pay(msgspec.Struct, frozen=True, kw_only=True):
    """CardPayment, PaymentRefund, CardPreAuthorisation, CardFinancialAdvice.

    `slips` are what the till said about its printers with this request, if it did.
    """

    kind: Kind
    amount: Amount
    original: Original | None = None
    slips: Slips | None = None


class Reverse(msgspec.Struct, frozen=True, kw_only=True):
    """PaymentReversal, RefundReversal or PreAuthReversal; without an original the last payment."""

    original: Original | None = None
    amount: Amount | None = None


class ReadCard(msgspec.Struct, frozen=True, kw_only=True):
    """CardSwipe or CardBalanceQuery."""

    balance: bool = False


class Abort(msgspec.Struct, frozen=True, kw_only=True):
    """AbortRequest; without a `request_id` it means what runs for this till."""

    request_id: str = ""


class RepeatLast(msgspec.Struct, frozen=True, kw_only=True):
    """RepeatLastMessage."""


class Reprint(msgspec.Struct, frozen=True, kw_only=True):
    """TicketReprint."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Reconciliation and its like; `close` begins a new period."""

    close: bool = False


class Diagnose(msgspec.Struct, frozen=True, kw_only=True):
    """Diagnosis, GetStatus, GetInfo."""


class SendOffline(msgspec.Struct, frozen=True, kw_only=True):
    """SendOfflineTransactions."""


class Administer(msgspec.Struct, frozen=True, kw_only=True):
    """Administration, Initialisation: done at once."""


class Unfit(msgspec.Struct, frozen=True, kw_only=True):
    """A request that cannot be taken, and why."""

    result: Result
    text: str


Request = (
    Login
    | Logoff
    | Pay
    | Reverse
    | ReadCard
    | Abort
    | RepeatLast
    | Reprint
    | Totals
    | Diagnose
    | SendOffline
    | Administer
    | Unfit
)
