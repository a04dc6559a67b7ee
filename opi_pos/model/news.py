"""What a driver tells: everything the rules may know of a wire. News are past tense.

Protocol words (Busy, message references, 84 9C) stay in the driver; it says what they mean.
"""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from opi_pos.model.card import Card, MaskedRepr
from opi_pos.model.devices import DeviceRequest
from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import Confidence, TransactionID


class Verdict(enum.StrEnum):
    """The class of a terminal's answer (rule 4: the class decides, the code only explains)."""

    APPROVED = "approved"
    DECLINED = "declined"
    ABORTED = "aborted"
    REFUSED = "refused"
    """The terminal refused to begin; `Answer.refusal` says why."""
    UNCLEAR = "unclear"
    """The class is unknown: in doubt until asked."""


class Refusal(enum.StrEnum):
    """Why a terminal refused to begin."""

    BUSY = "busy"
    LOGGED_OUT = "logged_out"
    """It says that there is no session."""
    NOT_ALLOWED = "not_allowed"
    """Not in this state; some terminals mean that there is no session."""
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"


class Answer(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """The terminal's answer to an order, with the identity that it claims."""

    verdict: Verdict
    service_id: ServiceID | None = None
    sale_id: SaleID | None = None
    poi_id: POIID | None = None
    reference: Reference | None = None
    """SaleTransactionID, where the answer echoes it."""
    sale_time: str | None = None
    refusal: Refusal | None = None
    condition: str = ""
    message: str = ""
    authorized: Amount | None = None
    foreign_currency: str = ""
    """Set when the answer speaks of another currency than was asked; then `authorized` is None."""
    rebate: Amount | None = None
    tip: Amount | None = None
    surcharge: Amount | None = None
    cashback: Amount | None = None
    terminal_transaction: TransactionID | None = None
    approval_code: str = ""
    card: Card | None = None
    signature_required: bool = False
    receipts: tuple[Receipt, ...] = ()
    by_evidence: bool = False
    """The driver matched amount, currency and newer receipt numbers instead of an id (rule 8)."""
    confidence: Confidence = Confidence.FINAL
    """How firm it is, by what is known of such systems."""
    payload: Any = None
    """Of an order without money: what was asked for (totals, diagnosis, a customer's input)."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The first byte of the command was handed to the link."""


class Evidence(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """What will recognise this exchange later, or what was heard and is not yet certain: durable
    before the driver goes on. `data` is plain JSON, added to what the exchange has; it comes back
    in `AskStatus.evidence`. (ZVT: the last receipt numbers before the command; the status
    information before its acknowledgement, which is the terminal's commit.)
    """

    data: dict[str, Any]


class Running(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """Proof that the exchange runs on the terminal."""

    message: str = ""


class DeviceAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The terminal asks the till; the answer goes back by `asend`."""

    request: DeviceRequest


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """An answer came: to the command itself, or repeated by a status."""

    answer: Answer


class NotKnown(msgspec.Struct, frozen=True, kw_only=True):
    """The terminal does not know the exchange that was asked about."""


class NoSession(msgspec.Struct, frozen=True, kw_only=True):
    """A status could not be asked without a login. `certain` when the terminal itself says that
    it has no session, so nothing can be running in one.
    """

    certain: bool


class NoAnswer(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """Silence, a broken link, or bytes that are no answer. `written` is False only when it is
    certain that no byte left.
    """

    written: bool
    problem: str


class AbortLost(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """The terminal did not take the abort, or does not know the exchange yet."""

    problem: str


News = (
    Written | Evidence | Running | DeviceAsked | Ended | NotKnown | NoSession | NoAnswer | AbortLost
)
