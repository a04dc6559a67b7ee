"""Abort, transaction status, events, administration and batches."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.acquisition import CardAcquisitionResponse
from opi_pos.wire.nexo.catalogue.header import MessageHeader, MessageReference, Response
from opi_pos.wire.nexo.catalogue.loyalty import LoyaltyRequest, LoyaltyResponse, LoyaltyResult
from opi_pos.wire.nexo.catalogue.output import DisplayOutput
from opi_pos.wire.nexo.catalogue.payment import (
    PaymentRequest,
    PaymentResponse,
    PaymentResult,
    ReversalRequest,
    ReversalResponse,
)
from opi_pos.wire.nexo.catalogue.readers import CardReaderAPDUResponse
from opi_pos.wire.nexo.catalogue.sale import POIData, SaleData
from opi_pos.wire.nexo.catalogue.stored_value import StoredValueResponse
from opi_pos.wire.nexo.enumerations import DocumentQualifier, EventToNotify
from opi_pos.wire.nexo.facets import AMOUNT, BASE64, DATE_TIME, LANGUAGE
from opi_pos.wire.nexo.schema import AT_MOST_ONE_OF, ATTR, ONE_OF, Element, occurs


class AbortRequest(Element, frozen=True, kw_only=True):
    """Wish that a running request stop. It has no response."""

    message_reference: MessageReference
    abort_reason: str
    display_output: DisplayOutput | None = None


class TransactionStatusRequest(Element, frozen=True, kw_only=True):
    """Ask how an earlier request ended."""

    receipt_reprint_flag: Annotated[bool | None, ATTR] = None  # absent: false
    message_reference: MessageReference | None = None
    document_qualifier: Annotated[tuple[str, ...], DocumentQualifier, occurs(0, 2)] = ()


class RepeatedMessageResponse(Element, frozen=True, kw_only=True):
    """An earlier response, repeated: exactly one."""

    message_header: MessageHeader
    loyalty_response: Annotated[LoyaltyResponse | None, ONE_OF] = None
    payment_response: Annotated[PaymentResponse | None, ONE_OF] = None
    reversal_response: Annotated[ReversalResponse | None, ONE_OF] = None
    stored_value_response: Annotated[StoredValueResponse | None, ONE_OF] = None
    card_acquisition_response: Annotated[CardAcquisitionResponse | None, ONE_OF] = None
    card_reader_apdu_response: Annotated[CardReaderAPDUResponse | None, ONE_OF] = None


class TransactionStatusResponse(Element, frozen=True, kw_only=True):
    """How an earlier request ended."""

    response: Response
    message_reference: MessageReference | None = None
    repeated_message_response: RepeatedMessageResponse | None = None


class EventNotification(Element, frozen=True, kw_only=True):
    """Something happened at the terminal. It has no response."""

    time_stamp: Annotated[str, ATTR, DATE_TIME]
    event_to_notify: Annotated[str, ATTR, EventToNotify]
    maintenance_required_flag: Annotated[bool | None, ATTR] = None  # absent: false
    customer_language: Annotated[str | None, ATTR, LANGUAGE] = None
    event_details: str | None = None
    rejected_message: Annotated[str | None, BASE64] = None
    display_output: DisplayOutput | None = None


class AdminRequest(Element, frozen=True, kw_only=True):
    """A vendor's own service."""

    service_identification: str | None = None


class AdminResponse(Element, frozen=True, kw_only=True):
    """How a vendor's own service ended."""

    response: Response


class TransactionToPerform(Element, frozen=True, kw_only=True):
    """One transaction of a batch: at most one."""

    payment_request: Annotated[PaymentRequest | None, AT_MOST_ONE_OF] = None
    loyalty_request: Annotated[LoyaltyRequest | None, AT_MOST_ONE_OF] = None
    reversal_request: Annotated[ReversalRequest | None, AT_MOST_ONE_OF] = None


class BatchRequest(Element, frozen=True, kw_only=True):
    """Do several transactions without the till."""

    remove_all_flag: Annotated[bool | None, ATTR] = None
    transaction_to_perform: tuple[TransactionToPerform, ...] = ()


class PerformedTransaction(Element, frozen=True, kw_only=True):
    """One transaction of a batch that was done."""

    reversed_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    response: Response
    sale_data: SaleData | None = None
    poi_data: POIData
    payment_result: PaymentResult | None = None
    loyalty_result: tuple[LoyaltyResult, ...] = ()


class BatchResponse(Element, frozen=True, kw_only=True):
    """How a batch ended."""

    response: Response
    performed_transaction: tuple[PerformedTransaction, ...] = ()
