"""The sale that a service belongs to: ids, terminal, items, conditions."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.header import TransactionIdentification
from opi_pos.wire.nexo.enumerations import (
    CustomerOrderReq,
    ForceEntryMode,
    GenericProfile,
    InstalmentType,
    LoyaltyHandling,
    PeriodUnit,
    SaleCapabilities,
    ServiceProfiles,
    TerminalEnvironment,
    TokenRequestedType,
    UnitOfMeasure,
)
from opi_pos.wire.nexo.facets import AMOUNT, DIGITS, LANGUAGE, digits, length
from opi_pos.wire.nexo.schema import ATTR, LISTED, SINCE_3_1, Element, was


class SaleProfile(Element, frozen=True, kw_only=True):
    """What the till supports."""

    generic_profile: Annotated[str | None, ATTR, GenericProfile] = None  # absent: Standard
    service_profiles: Annotated[tuple[str, ...], ServiceProfiles, LISTED] = ()


class SaleTerminalData(Element, frozen=True, kw_only=True):
    """What the till can show, ask and print; decides light or full integration."""

    terminal_environment: Annotated[str | None, ATTR, TerminalEnvironment] = None
    totals_group_id: Annotated[str | None, ATTR, length(1, 16)] = None
    sale_capabilities: Annotated[tuple[str, ...], SaleCapabilities, LISTED] = ()
    sale_profile: SaleProfile | None = None


class SponsoredMerchant(Element, frozen=True, kw_only=True):
    """The shop behind a payment facilitator."""

    common_name: Annotated[str, ATTR, was("MerchantName")]
    address: Annotated[str | None, ATTR, was("MerchantAddress")] = None
    country_code: Annotated[str, ATTR, DIGITS, was("MerchantCountry")]
    merchant_category_code: Annotated[str, ATTR, length(3, 4)]
    registered_identifier: Annotated[str, ATTR, was("RegistrationID")]


class SaleToIssuerData(Element, frozen=True, kw_only=True):
    """A line for the customer's bank statement."""

    statement_reference: str | None = None


class SaleData(Element, frozen=True, kw_only=True):
    """The till's side of a transaction; echoed in the response."""

    operator_id: Annotated[str | None, ATTR] = None
    operator_language: Annotated[str | None, ATTR, LANGUAGE] = None
    shift_number: Annotated[str | None, ATTR] = None
    sale_reference_id: Annotated[str | None, ATTR] = None
    token_requested_type: Annotated[str | None, ATTR, TokenRequestedType] = None
    customer_order_id: Annotated[str | None, ATTR] = None
    customer_order_req: Annotated[tuple[str, ...], ATTR, CustomerOrderReq, LISTED] = ()
    sale_transaction_id: TransactionIdentification
    sale_terminal_data: SaleTerminalData | None = None
    sponsored_merchant: tuple[SponsoredMerchant, ...] = ()
    sale_to_poi_data: str | None = None
    sale_to_acquirer_data: str | None = None
    sale_to_issuer_data: SaleToIssuerData | None = None


class POIData(Element, frozen=True, kw_only=True):
    """The terminal's side of a transaction."""

    poi_reconciliation_id: Annotated[str | None, ATTR, DIGITS] = None
    poi_transaction_id: TransactionIdentification


class OriginalPOITransaction(Element, frozen=True, kw_only=True):
    """The transaction that this one builds on or undoes."""

    sale_id: Annotated[str | None, ATTR] = None
    poi_id: Annotated[str | None, ATTR] = None
    reuse_card_data_flag: Annotated[bool | None, ATTR] = None  # absent: true
    customer_language: Annotated[str | None, ATTR, LANGUAGE] = None
    acquirer_id: Annotated[str | None, ATTR, DIGITS] = None
    last_transaction_flag: Annotated[bool | None, ATTR, SINCE_3_1] = None
    poi_transaction_id: TransactionIdentification | None = None
    approval_code: str | None = None
    host_transaction_id: TransactionIdentification | None = None


class TransactionConditions(Element, frozen=True, kw_only=True):
    """How the transaction may be done."""

    debit_preferred_flag: Annotated[bool | None, ATTR] = None  # absent: false
    loyalty_handling: Annotated[str | None, ATTR, LoyaltyHandling] = None  # absent: Forbidden
    customer_language: Annotated[str | None, ATTR, LANGUAGE] = None
    force_online_flag: Annotated[bool | None, ATTR] = None  # absent: false
    merchant_category_code: Annotated[str | None, ATTR, length(3, 4)] = None
    allowed_payment_brand: tuple[str, ...] = ()
    acquirer_id: Annotated[tuple[str, ...], DIGITS] = ()
    allowed_loyalty_brand: tuple[str, ...] = ()
    force_entry_mode: Annotated[tuple[tuple[str, ...], ...], ForceEntryMode, LISTED] = ()


class SaleItem(Element, frozen=True, kw_only=True):
    """One item of the basket."""

    item_id: Annotated[int, ATTR]
    product_code: Annotated[str, ATTR, digits(1, 20)]
    ean_upc: Annotated[str | None, ATTR, DIGITS] = None
    item_amount: Annotated[Decimal, ATTR, AMOUNT]
    unit_of_measure: Annotated[str | None, UnitOfMeasure] = None
    quantity: Decimal | None = None
    unit_price: Annotated[Decimal | None, AMOUNT] = None
    tax_code: Annotated[str | None, DIGITS] = None
    sale_channel: Annotated[str | None, DIGITS] = None
    product_label: str | None = None
    additional_product_info: str | None = None


class Instalment(Element, frozen=True, kw_only=True):
    """Payment in parts."""

    sequence_number: Annotated[int | None, ATTR] = None
    plan_id: Annotated[str | None, ATTR] = None
    period: Annotated[int | None, ATTR] = None
    period_unit: Annotated[str | None, ATTR, PeriodUnit] = None
    first_payment_date: Annotated[str | None, ATTR] = None
    total_nb_of_payments: Annotated[int | None, ATTR] = None
    cumulative_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    first_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    charges: Annotated[Decimal | None, ATTR, AMOUNT] = None
    instalment_type: Annotated[tuple[str, ...], InstalmentType, LISTED] = ()
