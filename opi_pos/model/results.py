"""How an exchange with a terminal ended (design: rules 3 and 4)."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.card import Card, MaskedRepr, mask_lines
from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt


class Outcome(enum.StrEnum):
    """What became of the money."""

    APPROVED = "approved"
    """The full amount is taken; a tip or a surcharge may come on top."""
    PARTIALLY_APPROVED = "partially_approved"
    """Less than asked is taken."""
    DECLINED = "declined"
    """The terminal or the host said no, or a refused signature was reversed."""
    ABORTED = "aborted"
    """Cashier or cardholder stopped it, and the terminal confirms."""
    NOT_STARTED = "not_started"
    """Proved not to have begun."""
    IN_DOUBT = "in_doubt"
    """Anything else: nobody knows yet."""


MONEY_MOVED = frozenset({Outcome.APPROVED, Outcome.PARTIALLY_APPROVED})
MONEY_STAYED = frozenset({Outcome.DECLINED, Outcome.ABORTED, Outcome.NOT_STARTED})


class Proof(enum.StrEnum):
    """What decided the outcome."""

    LINK = "link"
    """No byte left."""
    RESPONSE = "response"
    """The terminal's own answer to the command."""
    STATUS = "status"
    """A matching answer to a transaction status."""
    EVIDENCE = "evidence"
    """Matching amount, currency and a newer receipt number."""
    MANUAL = "manual"
    """A person decided; who, why and when is in the journal."""
    NONE = "none"


class Confidence(enum.StrEnum):
    """How firm the outcome is."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    """This system is known to overturn itself."""
    CALLBACK_ONLY = "callback_only"
    """Nothing can be asked; the callback is all there is."""


class Operation(enum.StrEnum):
    """What a money command does."""

    PAYMENT = "payment"
    REFUND = "refund"
    RESERVATION = "reservation"
    COMPLETION = "completion"
    RELEASE = "release"
    REVERSAL = "reversal"
    TIP_ADJUSTMENT = "tip_adjustment"


class TransactionID(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """A transaction as the terminal names it: id and time, both as the terminal wrote them."""

    id: str
    time: str


class Result(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The end of an exchange. `in_doubt` is a result too; it is never an exception."""

    outcome: Outcome
    proof: Proof
    operation: Operation
    reference: Reference
    service_id: ServiceID
    confidence: Confidence = Confidence.FINAL
    requested: Amount | None = None
    authorized: Amount | None = None
    tip: Amount | None = None
    surcharge: Amount | None = None
    cashback: Amount | None = None
    terminal_transaction: TransactionID | None = None
    approval_code: str = ""
    card: Card | None = None
    signature_required: bool = False
    """The card was paid by signature: a fact of the transaction, decided or not."""
    signature_accepted: bool = False
    signature_refused: bool = False
    receipts: tuple[Receipt, ...] = ()
    condition: str = ""
    """The protocol's own code (nexo ErrorCondition): it explains, it does not decide."""
    message: str = ""
    """One sentence for the cashier, in English, or the terminal's own text."""
    reversal_reference: str = ""
    """The reversal that undid this payment, if one did."""
    replayed: bool = False
    """True when this is the recorded result of an earlier call with the same reference."""
    ended_at: float | None = None
    """Unix seconds when the outcome became durable."""

    def __post_init__(self) -> None:
        told = (self.approval_code, self.condition, self.message)
        masked = mask_lines(told)
        if masked is not told:
            for name, text in zip(("approval_code", "condition", "message"), masked, strict=True):
                msgspec.structs.force_setattr(self, name, text)

    @property
    def approved(self) -> bool:
        """True only when the full amount is taken."""
        return self.outcome is Outcome.APPROVED
