"""Who and what takes part: the till's data, the terminal, an earlier exchange, errors."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.opi.schema import ATTR, NEEDED, TEXT, Element, named


class POSdata(Element, frozen=True, kw_only=True):
    """The till's side of a request. Which members a terminal wants is a matter of its profile."""

    language_code: Annotated[str | None, ATTR] = None
    request_full_pan: Annotated[bool | None, ATTR] = None
    request_token: Annotated[bool | None, ATTR] = None
    request_transaction_information: Annotated[bool | None, ATTR] = None
    request_receipt_header: Annotated[bool | None, ATTR] = None
    trx_reference_number: Annotated[str | None, ATTR] = None
    pos_time_stamp: Annotated[str | None, NEEDED] = None
    service_level: str | None = None
    shift_number: str | None = None
    clerk_id: str | None = None
    outdoor_position: str | None = None
    manual_pan: bool | None = None
    contactless: bool | None = None
    contactless_receipt: bool | None = None
    chip: bool | None = None
    swipe: bool | None = None
    clerk_permission: str | None = None
    tight_control: bool | None = None
    split_payment: bool | None = None
    voice_referral: bool | None = None
    transaction_number: str | None = None
    reference: str | None = None
    card_holder_location: str | None = None
    diagnosis_method: str | None = None
    store_id: str | None = None
    printer_status: str | None = None
    e_journal_status: Annotated[str | None, named("E-JournalStatus")] = None
    journal_printer_status: str | None = None
    force_acceptance: bool | None = None


class Terminal(Element, frozen=True, kw_only=True):
    """The terminal, and its number for this exchange. STAN keeps its leading zeros."""

    terminal_batch: Annotated[str | None, ATTR] = None
    merchant_id: Annotated[str | None, ATTR] = None
    stan: Annotated[str | None, ATTR] = None
    apacs_50_tn: Annotated[str | None, ATTR, named("APACS50TN")] = None
    terminal_id: Annotated[str | None, ATTR, NEEDED] = None


class OriginalTransaction(Element, frozen=True, kw_only=True):
    """The payment that a reversal, capture or refund is about."""

    terminal_id: Annotated[str | None, ATTR] = None
    terminal_batch: Annotated[str | None, ATTR] = None
    stan: Annotated[str | None, ATTR] = None
    time_stamp: Annotated[str | None, ATTR] = None
    tracking_reference: Annotated[str | None, ATTR] = None
    acquirer_transaction_reference: Annotated[str | None, ATTR] = None
    approval_code: Annotated[str | None, ATTR] = None


class OriginalHeader(Element, frozen=True, kw_only=True):
    """Which answer a RepeatLastMessage repeats, and how that one ended."""

    application_sender: Annotated[str | None, ATTR] = None
    popid: Annotated[str | None, ATTR] = None
    request_type: Annotated[str | None, ATTR, NEEDED] = None
    workstation_id: Annotated[str | None, ATTR, NEEDED] = None
    request_id: Annotated[str | None, ATTR, NEEDED] = None
    overall_result: Annotated[str | None, ATTR, NEEDED] = None


class Acquirer(Element, frozen=True, kw_only=True):
    """Under which contract to pay."""

    terminal_id: Annotated[str | None, ATTR] = None
    merchant_id: Annotated[str | None, ATTR] = None
    acquirer_id: Annotated[str | None, ATTR] = None
    merchant_reference: Annotated[str | None, ATTR] = None
    vtid_client: Annotated[str | None, ATTR, named("vTIDClient")] = None
    vtid_password: Annotated[Secret | None, ATTR, named("vTIDPassword")] = None
    credit_plan: Annotated[str | None, ATTR] = None


class CardCircuit(Element, frozen=True, kw_only=True):
    """A card circuit that is accepted or denied."""

    card_circuit_state: Annotated[str | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class CardCircuitCollection(Element, frozen=True, kw_only=True):
    """Which card circuits may be used; an empty one allows all."""

    card_circuit: tuple[CardCircuit, ...] = ()


class ErrorLine(Element, frozen=True, kw_only=True):
    """Error of an ErrorDetail."""

    category: Annotated[str | None, ATTR, NEEDED] = None
    code: Annotated[str | None, ATTR, NEEDED] = None
    description: Annotated[str | None, ATTR] = None
    severity: Annotated[str | None, ATTR] = None


class ErrorResponse(Element, frozen=True, kw_only=True):
    """Response of an ErrorDetail."""

    code: Annotated[str | None, ATTR, NEEDED] = None
    category: Annotated[str | None, ATTR, NEEDED] = None
    description: Annotated[str | None, ATTR] = None


class ErrorDetail(Element, frozen=True, kw_only=True):
    """Why a request failed; some terminals write a plain text."""

    error: ErrorLine | None = None
    response: ErrorResponse | None = None
    text: Annotated[str | None, TEXT] = None


class LoyaltyCard(Element, frozen=True, kw_only=True):
    """A customer card."""

    loyalty_pan: Annotated[Secret | None, ATTR] = None
    byte: Secret | None = None
    ascii: Secret | None = None


class LoyaltyAmount(Element, frozen=True, kw_only=True):
    """Points or money of a customer card."""

    original_loyalty_amount: Annotated[Decimal | None, ATTR] = None
    text: Annotated[Decimal | None, TEXT] = None


class LoyaltyApprovalCode(Element, frozen=True, kw_only=True):
    """Who approved it."""

    loyalty_acquirer_id: Annotated[str | None, ATTR] = None
    loyalty_acquirer_batch: Annotated[str | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class MOPrule(Element, frozen=True, kw_only=True):
    """How the customer will pay."""

    card_pan: Annotated[Secret | None, ATTR, NEEDED] = None
    card_circuit: Annotated[str | None, ATTR, NEEDED] = None


class Loyalty(Element, frozen=True, kw_only=True):
    """Customer card, in requests and responses."""

    loyalty_time_stamp: Annotated[str | None, ATTR] = None
    loyalty_flag: Annotated[bool | None, ATTR, NEEDED] = None
    loyalty_card: LoyaltyCard | None = None
    mop_rule: Annotated[MOPrule | None, named("MOPrule")] = None
    loyalty_amount: LoyaltyAmount | None = None
    loyalty_approval_code: LoyaltyApprovalCode | None = None
    enabled: bool | None = None
    customer_name: str | None = None
    points: str | None = None
    bonus: bool | None = None
    incentive: str | None = None
    updated: str | None = None
