"""What a nexo terminal answers. Plain values that can be kept and repeated."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.ids import POIID, SaleID
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo.requests import Header, Output, Reference, SaleData


class Condition(enum.StrEnum):
    """ErrorCondition of nexo 3.1."""

    ABORTED = "Aborted"
    BUSY = "Busy"
    CANCEL = "Cancel"
    DEVICE_OUT = "DeviceOut"
    IN_PROGRESS = "InProgress"
    INVALID_CARD = "InvalidCard"
    LOGGED_OUT = "LoggedOut"
    MESSAGE_FORMAT = "MessageFormat"
    NOT_ALLOWED = "NotAllowed"
    NOT_FOUND = "NotFound"
    PAYMENT_RESTRICTION = "PaymentRestriction"
    REFUSAL = "Refusal"
    UNAVAILABLE_DEVICE = "UnavailableDevice"
    UNAVAILABLE_SERVICE = "UnavailableService"
    UNREACHABLE_HOST = "UnreachableHost"
    WRONG_PIN = "WrongPIN"


class Response(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Result, ErrorCondition and AdditionalResponse. Without a condition: Success.

    Partial carries a condition too: whatever is not Success must (schema annotation).
    """

    condition: Condition | None = None
    text: str = ""
    partial: bool = False

    @property
    def success(self) -> bool:
        """True for Success and Partial."""
        return self.condition is None or self.partial


SUCCESS = Response()


class CardRead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer shows of a card."""

    brand: str
    masked_pan: str
    entry_mode: str
    token: str = ""


class LoginAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="login"):
    """LoginResponse; POISystemData only on Success."""

    response: Response
    time: str
    global_status: str = "OK"


class DiagnosisAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="diagnosis"):
    """DiagnosisResponse."""

    response: Response
    logged_in: tuple[SaleID, ...]
    global_status: str
    host_reachable: bool | None
    """None when the till did not ask for the host."""
    acquirers: tuple[str, ...] = ()
    printer_ok: bool = True


class PaymentAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="payment"):
    """PaymentResponse."""

    response: Response
    sale: SaleData
    transaction: TransactionID
    """POIData.POITransactionID."""
    kind: str
    currency: str
    authorized: Amount | None = None
    cashback: Amount | None = None
    tip: Amount | None = None
    surcharge: Amount | None = None
    card: CardRead | None = None
    approval_code: str = ""
    acquirer_transaction: TransactionID | None = None
    """What the system behind names it, where that is another name than ours."""
    authentication: str = ""
    """AuthenticationMethod, empty for none."""
    receipts: tuple[Receipt, ...] = ()
    period: int = 1


class ReversalAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="reversal"):
    """ReversalResponse."""

    response: Response
    transaction: TransactionID | None = None
    original: TransactionID | None = None
    amount: Amount | None = None
    receipts: tuple[Receipt, ...] = ()
    period: int = 1


class CardAcquisitionAnswer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="card_acquisition"
):
    """CardAcquisitionResponse."""

    response: Response
    sale: SaleData
    transaction: TransactionID
    card: CardRead | None = None


Repeatable = PaymentAnswer | ReversalAnswer | CardAcquisitionAnswer
"""What TransactionStatus can repeat."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given, with the header it was given under."""

    header: Header
    answer: Repeatable


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="status"):
    """TransactionStatusResponse, with the original response wrapped."""

    response: Response
    reference: Reference | None = None
    repeated: Kept | None = None


class TotalLine(msgspec.Struct, frozen=True, kw_only=True):
    """PaymentTotals of one TransactionType."""

    transaction_type: str
    count: int
    amount: Amount


class TotalGroup(msgspec.Struct, frozen=True, kw_only=True):
    """TransactionTotals: one brand and currency, and whatever else was asked to be told apart."""

    brand: str
    currency: str
    lines: tuple[TotalLine, ...]
    poi_id: POIID = POIID("")
    sale_id: SaleID = SaleID("")
    operator: str = ""
    shift: str = ""
    totals_group: str = ""


class TotalsAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="totals"):
    """GetTotalsResponse, or ReconciliationResponse when `kind` is given."""

    response: Response
    period: int
    groups: tuple[TotalGroup, ...] = ()
    kind: str = ""


class DisplayAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="display"):
    """DisplayResponse: one result per output that wanted one."""

    response: Response
    outputs: tuple[Output, ...]


class InputAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="input"):
    """InputResponse of the customer."""

    response: Response
    device: str
    kind: str
    command: str
    output: Output | None = None
    confirmed: bool | None = None
    text: str | None = None
    choice: int | None = None


class PrintAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="print"):
    """PrintResponse."""

    response: Response
    document: str


class PlainAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="plain"):
    """A response of nothing but Result, of the request's own category."""

    response: Response
    sale: SaleData | None = None


Answer = (
    LoginAnswer
    | DiagnosisAnswer
    | PaymentAnswer
    | ReversalAnswer
    | CardAcquisitionAnswer
    | StatusAnswer
    | TotalsAnswer
    | DisplayAnswer
    | InputAnswer
    | PrintAnswer
    | PlainAnswer
)
