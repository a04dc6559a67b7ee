"""What a till asks of a nexo terminal, read from its message: only what the rules need."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.ids import POIID, DeviceID, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request's MessageHeader; an answer goes back under the same ids."""

    category: str
    service_id: ServiceID = ServiceID("")
    device_id: DeviceID = DeviceID("")
    sale_id: SaleID = SaleID("")
    poi_id: POIID = POIID("")

    @property
    def session(self) -> tuple[SaleID, POIID]:
        """The pair that a login session belongs to."""
        return (self.sale_id, self.poi_id)


class Kind(enum.StrEnum):
    """The PaymentTypes that the terminal carries out."""

    NORMAL = "Normal"
    REFUND = "Refund"
    ONE_TIME_RESERVATION = "OneTimeReservation"
    FIRST_RESERVATION = "FirstReservation"
    UPDATE_RESERVATION = "UpdateReservation"
    COMPLETION = "Completion"
    CASH_ADVANCE = "CashAdvance"


class Reference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A MessageReference: empty members match anything."""

    category: str = ""
    service_id: ServiceID = ServiceID("")
    device_id: DeviceID = DeviceID("")
    sale_id: SaleID = SaleID("")
    poi_id: POIID = POIID("")

    @classmethod
    def to(cls, header: Header) -> Reference:
        """The reference to a service."""
        return cls(
            category=header.category,
            service_id=header.service_id,
            sale_id=header.sale_id,
            poi_id=header.poi_id,
        )

    def seen_by(self, asker: Header) -> Reference:
        """A till that names no SaleID or POIID means its own: numbers of another till's messages
        may be the same.
        """
        return msgspec.structs.replace(
            self, sale_id=self.sale_id or asker.sale_id, poi_id=self.poi_id or asker.poi_id
        )

    def names(self, header: Header) -> bool:
        """Whether it means the message with this header."""
        pairs = (
            (self.category, header.category),
            (self.service_id, header.service_id),
            (self.device_id, header.device_id),
            (self.sale_id, header.sale_id),
            (self.poi_id, header.poi_id),
        )
        return all(not wanted or wanted == found for wanted, found in pairs)


class SaleData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer echoes of the request's SaleData."""

    transaction: TransactionID
    operator: str = ""
    shift: str = ""
    sale_reference_id: str = ""
    token_requested: str = ""
    totals_group: str = ""


class Login(msgspec.Struct, frozen=True, kw_only=True, tag="login"):
    """LoginRequest. `capabilities` decides between full and light integration."""

    capabilities: frozenset[str] = frozenset()


class Logout(msgspec.Struct, frozen=True, kw_only=True, tag="logout"):
    """LogoutRequest."""

    maintenance_allowed: bool = False


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True, tag="diagnosis"):
    """DiagnosisRequest."""

    host: bool = False
    acquirers: tuple[str, ...] = ()


class Payment(msgspec.Struct, frozen=True, kw_only=True, tag="payment"):
    """PaymentRequest. `amount` is RequestedAmount, which includes the cashback."""

    kind: str
    sale: SaleData
    currency: str
    amount: Amount | None
    """None only for a OneTimeReservation of unknown maximum."""
    cashback: Amount | None = None
    tip: Amount | None = None
    """TipAmount, part of the amount."""
    original: str = ""
    """OriginalPOITransaction.POITransactionID.TransactionID."""
    card_acquisition: str = ""
    """CardAcquisitionReference.TransactionID: the card was read before."""


class Reversal(msgspec.Struct, frozen=True, kw_only=True, tag="reversal"):
    """ReversalRequest. `amount` None means the whole authorised amount."""

    original: TransactionID | None
    acquirer: TransactionID | None = None
    """HostTransactionID, where the original is named by that alone."""
    approval_code: str = ""
    """ApprovalCode, where the original is named by that alone."""
    amount: str = ""
    """ReversedAmount as plain decimal text: its currency is the original's."""
    sale: SaleData | None = None

    @property
    def names_last(self) -> bool:
        """Nothing is named (or LastTransactionFlag is set): the till's last transaction."""
        return self.original is None and self.acquirer is None and not self.approval_code


class CardAcquisition(msgspec.Struct, frozen=True, kw_only=True, tag="card_acquisition"):
    """CardAcquisitionRequest."""

    sale: SaleData


class EnableService(msgspec.Struct, frozen=True, kw_only=True, tag="enable_service"):
    """EnableServiceRequest: start or abort a transaction whose card is read ahead."""

    start: bool


class Abort(msgspec.Struct, frozen=True, kw_only=True, tag="abort"):
    """AbortRequest."""

    reference: Reference
    reason: str = ""


class TransactionStatus(msgspec.Struct, frozen=True, kw_only=True, tag="transaction_status"):
    """TransactionStatusRequest; without a reference it means the last one."""

    reference: Reference | None = None


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True, tag="reconciliation"):
    """ReconciliationRequest: close the period and tell its totals."""

    kind: str
    period: str = ""


class TotalFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Only entries with these ids count; an empty member counts all."""

    poi_id: POIID = POIID("")
    sale_id: SaleID = SaleID("")
    operator: str = ""
    shift: str = ""
    totals_group: str = ""


class GetTotals(msgspec.Struct, frozen=True, kw_only=True, tag="get_totals"):
    """GetTotalsRequest: the running period, split by `details`."""

    details: frozenset[str] = frozenset()
    only: TotalFilter = TotalFilter()


class BalanceInquiry(msgspec.Struct, frozen=True, kw_only=True, tag="balance_inquiry"):
    """BalanceInquiryRequest."""


class Admin(msgspec.Struct, frozen=True, kw_only=True, tag="admin"):
    """AdminRequest, whatever the service: it is done at once."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """One DisplayOutput for the terminal's own display."""

    device: str
    kind: str
    lines: tuple[str, ...]
    answer: bool = True
    """ResponseRequiredFlag."""
    choices: tuple[str, ...] = ()
    """MenuEntry, from 1."""
    form: str = "Text"
    """OutputFormat."""


class ShowOutputs(msgspec.Struct, frozen=True, kw_only=True, tag="display"):
    """DisplayRequest from the till to the customer."""

    outputs: tuple[Output, ...]


class AskCustomer(msgspec.Struct, frozen=True, kw_only=True, tag="input"):
    """InputRequest from the till to the customer."""

    device: str
    kind: str
    command: str
    output: Output | None = None
    max_s: float | None = None
    """MaxInputTime: a customer who takes longer is not waited for."""
    min_length: int | None = None
    max_length: int | None = None


class PrintDocument(msgspec.Struct, frozen=True, kw_only=True, tag="print"):
    """PrintRequest from the till to the terminal's printer."""

    document: str
    lines: tuple[str, ...]
    answer: bool = True
    """False for ResponseMode NotRequired."""
    form: str = "Text"
    """OutputFormat."""


class Silent(msgspec.Struct, frozen=True, kw_only=True, tag="silent"):
    """A message that gets no nexo response: Event, InputUpdate."""


class Unsupported(msgspec.Struct, frozen=True, kw_only=True, tag="unsupported"):
    """A service that this terminal does not have."""

    sale: SaleData | None = None


Request = (
    Login
    | Logout
    | Diagnosis
    | Payment
    | Reversal
    | CardAcquisition
    | EnableService
    | Abort
    | TransactionStatus
    | Reconciliation
    | GetTotals
    | BalanceInquiry
    | Admin
    | ShowOutputs
    | AskCustomer
    | PrintDocument
    | Silent
    | Unsupported
)
