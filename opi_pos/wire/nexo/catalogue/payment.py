"""Payment and reversal."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.cards import CustomerOrder, PaymentInstrumentData
from opi_pos.wire.nexo.catalogue.header import Response, TransactionIdentification
from opi_pos.wire.nexo.catalogue.loyalty import LoyaltyData, LoyaltyResult
from opi_pos.wire.nexo.catalogue.output import PaymentReceipt
from opi_pos.wire.nexo.catalogue.sale import (
    Instalment,
    OriginalPOITransaction,
    POIData,
    SaleData,
    SaleItem,
    TransactionConditions,
)
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.enumerations import AuthenticationMethod, PaymentType, ReversalReason
from opi_pos.wire.nexo.facets import AMOUNT, BASE64, DIGITS, LANGUAGE, UPPER3
from opi_pos.wire.nexo.schema import (
    AT_LEAST_ONE,
    AT_MOST_ONE_OF,
    ATTR,
    LISTED,
    ONLY_3_0,
    SINCE_3_1,
    TEXT,
    Element,
    was,
)


class AmountsReq(Element, frozen=True, kw_only=True):
    """What the till asks for. Cashback is part of the total."""

    currency: Annotated[str, ATTR, UPPER3]
    requested_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    cash_back_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    tip_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    paid_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    minimum_amount_to_deliver: Annotated[Decimal | None, ATTR, AMOUNT] = None
    maximum_cash_back_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    minimum_split_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None


class PaymentTransaction(Element, frozen=True, kw_only=True):
    """Amounts, items and conditions of a payment."""

    amounts_req: AmountsReq
    original_poi_transaction: OriginalPOITransaction | None = None
    transaction_conditions: TransactionConditions | None = None
    sale_item: tuple[SaleItem, ...] = ()


class PaymentData(Element, frozen=True, kw_only=True):
    """The kind of payment, and what the till already knows of the card."""

    payment_type: Annotated[str | None, ATTR, PaymentType] = None  # absent: Normal
    split_payment_flag: Annotated[bool | None, ATTR] = None  # absent: false
    card_acquisition_reference: TransactionIdentification | None = None
    requested_validity_date: str | None = None
    instalment: Instalment | None = None
    customer_order: CustomerOrder | None = None
    payment_instrument_data: PaymentInstrumentData | None = None


class PaymentRequest(Element, frozen=True, kw_only=True):
    """Take a payment."""

    sale_data: SaleData
    payment_transaction: PaymentTransaction
    payment_data: PaymentData | None = None
    loyalty_data: tuple[LoyaltyData, ...] = ()


class AmountsResp(Element, frozen=True, kw_only=True):
    """What was authorised."""

    currency: Annotated[str | None, ATTR, UPPER3] = None
    authorized_amount: Annotated[Decimal, ATTR, AMOUNT]
    total_rebates_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    total_fees_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    cash_back_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    tip_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None


class Amount(Element, frozen=True, kw_only=True):
    """An amount in a currency of its own."""

    currency: Annotated[str | None, ATTR, UPPER3] = None
    amount_value: Annotated[Decimal, TEXT]


class CurrencyConversion(Element, frozen=True, kw_only=True):
    """A conversion that the cardholder accepted or refused."""

    customer_approved_flag: Annotated[bool | None, ATTR] = None  # absent: true
    rate: Annotated[Decimal | None, ATTR] = None
    markup: Annotated[Decimal | None, ATTR] = None
    converted_amount: Amount
    commission: Annotated[Decimal | None, AMOUNT] = None
    declaration: str | None = None


class AreaSize(Element, frozen=True, kw_only=True):
    """The size of a signature field."""

    x: Annotated[str, ATTR]
    y: Annotated[str, ATTR]


class SignaturePoint(Element, frozen=True, kw_only=True):
    """One point of a signature."""

    x: Annotated[str, ATTR]
    y: Annotated[str, ATTR]


class RawSignature(Element, frozen=True, kw_only=True):
    """A signature as points."""

    area_size: AreaSize | None = None
    signature_point: Annotated[tuple[SignaturePoint, ...], AT_LEAST_ONE] = ()


class SignatureImage(Element, frozen=True, kw_only=True):
    """A signature as a picture."""

    image_format: str | None = None
    image_data: Annotated[str | None, BASE64] = None
    image_reference: str | None = None


class CapturedSignature(Element, frozen=True, kw_only=True):
    """The cardholder's signature."""

    raw_signature: Annotated[RawSignature | None, SINCE_3_1, AT_MOST_ONE_OF] = None
    signature_image: Annotated[SignatureImage | None, SINCE_3_1, AT_MOST_ONE_OF] = None
    area_size: Annotated[AreaSize | None, ONLY_3_0] = None
    signature_point: Annotated[tuple[SignaturePoint, ...], ONLY_3_0] = ()


class PaymentAcquirerData(Element, frozen=True, kw_only=True):
    """The acquirer's own ids."""

    acquirer_id: Annotated[str | None, ATTR, DIGITS] = None
    merchant_id: Annotated[str, ATTR]
    acquirer_poi_id: Annotated[str, ATTR]
    acquirer_transaction_id: TransactionIdentification | None = None
    approval_code: str | None = None


class PaymentResult(Element, frozen=True, kw_only=True):
    """What came of the payment."""

    payment_type: Annotated[str | None, ATTR, PaymentType] = None  # absent: Normal
    merchant_override_flag: Annotated[bool | None, ATTR] = None  # absent: false
    customer_language: Annotated[str | None, ATTR, LANGUAGE] = None
    online_flag: Annotated[bool | None, ATTR] = None  # absent: true
    authentication_method: Annotated[tuple[str, ...], ATTR, AuthenticationMethod, LISTED] = ()
    validity_date: Annotated[str | None, ATTR] = None
    payment_instrument_data: PaymentInstrumentData | None = None
    amounts_resp: AmountsResp | None = None
    instalment: Instalment | None = None
    currency_conversion: tuple[CurrencyConversion, ...] = ()
    captured_signature: CapturedSignature | None = None
    protected_signature: ContentInformation | None = None
    payment_acquirer_data: PaymentAcquirerData | None = None


class PaymentResponse(Element, frozen=True, kw_only=True):
    """How a payment ended."""

    response: Response
    sale_data: SaleData
    poi_data: POIData
    payment_result: PaymentResult | None = None
    loyalty_result: tuple[LoyaltyResult, ...] = ()
    payment_receipt: tuple[PaymentReceipt, ...] = ()
    customer_order: tuple[CustomerOrder, ...] = ()


class ReversalRequest(Element, frozen=True, kw_only=True):
    """Undo a transaction."""

    sale_reference_id: Annotated[str | None, ATTR, ONLY_3_0] = None
    reversal_reason: Annotated[str, ATTR, ReversalReason]
    reversed_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    sale_data: SaleData | None = None
    original_poi_transaction: OriginalPOITransaction
    customer_order: Annotated[CustomerOrder | None, was("CustomerOrderID")] = None


class ReversalResponse(Element, frozen=True, kw_only=True):
    """How a reversal ended."""

    reversed_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    customer_order_id: Annotated[str | None, ATTR] = None
    response: Response
    poi_data: POIData | None = None
    original_poi_transaction: OriginalPOITransaction | None = None
    payment_receipt: tuple[PaymentReceipt, ...] = ()
