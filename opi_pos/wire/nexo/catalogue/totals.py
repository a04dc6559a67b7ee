"""Reconciliation, totals and transaction reports."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.header import Response
from opi_pos.wire.nexo.catalogue.payment import PaymentResult
from opi_pos.wire.nexo.catalogue.sale import POIData, SaleData
from opi_pos.wire.nexo.enumerations import (
    ErrorCondition,
    LoyaltyUnit,
    Operator,
    PaymentInstrumentType,
    ReconciliationType,
    TotalDetails,
    TransactionType,
)
from opi_pos.wire.nexo.facets import AMOUNT, DIGITS, UPPER3, length
from opi_pos.wire.nexo.schema import AT_LEAST_ONE, ATTR, LISTED, Element, occurs


class ReconciliationRequest(Element, frozen=True, kw_only=True):
    """Close the books."""

    reconciliation_type: Annotated[str, ATTR, ReconciliationType]
    poi_reconciliation_id: Annotated[str | None, ATTR, DIGITS] = None
    acquirer_id: Annotated[tuple[str, ...], DIGITS] = ()


class PaymentTotals(Element, frozen=True, kw_only=True):
    """Count and sum of one kind of payment."""

    transaction_type: Annotated[str, ATTR, TransactionType]
    transaction_count: Annotated[int, ATTR]
    transaction_amount: Annotated[Decimal, ATTR, AMOUNT]


class LoyaltyTotals(Element, frozen=True, kw_only=True):
    """Count and sum of one kind of loyalty transaction."""

    transaction_type: Annotated[str, ATTR, TransactionType]
    transaction_count: Annotated[int, ATTR]
    transaction_amount: Annotated[Decimal, ATTR, AMOUNT]


class TransactionTotals(Element, frozen=True, kw_only=True):
    """Sums for one group of transactions."""

    payment_instrument_type: Annotated[str, ATTR, PaymentInstrumentType]
    acquirer_id: Annotated[str | None, ATTR, DIGITS] = None
    error_condition: Annotated[str | None, ATTR, ErrorCondition] = None
    host_reconciliation_id: Annotated[str | None, ATTR] = None
    card_brand: Annotated[str | None, ATTR] = None
    poi_id: Annotated[str | None, ATTR] = None
    sale_id: Annotated[str | None, ATTR] = None
    operator_id: Annotated[str | None, ATTR] = None
    shift_number: Annotated[str | None, ATTR] = None
    totals_group_id: Annotated[str | None, ATTR, length(1, 16)] = None
    payment_currency: Annotated[str | None, ATTR, UPPER3] = None
    loyalty_unit: Annotated[str | None, ATTR, LoyaltyUnit] = None  # absent: Point
    loyalty_currency: Annotated[str | None, ATTR, UPPER3] = None
    payment_totals: Annotated[tuple[PaymentTotals, ...], occurs(0, 10)] = ()
    loyalty_totals: Annotated[tuple[LoyaltyTotals, ...], occurs(0, 6)] = ()


class ReconciliationResponse(Element, frozen=True, kw_only=True):
    """The closed books."""

    reconciliation_type: Annotated[str, ATTR, ReconciliationType]
    poi_reconciliation_id: Annotated[str | None, ATTR, DIGITS] = None
    response: Response
    transaction_totals: tuple[TransactionTotals, ...] = ()


class TotalFilter(Element, frozen=True, kw_only=True):
    """Which transactions to sum."""

    poi_id: Annotated[str | None, ATTR] = None
    sale_id: Annotated[str | None, ATTR] = None
    operator_id: Annotated[str | None, ATTR] = None
    shift_number: Annotated[str | None, ATTR] = None
    totals_group_id: Annotated[str | None, ATTR, length(1, 16)] = None


class GetTotalsRequest(Element, frozen=True, kw_only=True):
    """Ask for sums without closing the books."""

    total_details: Annotated[tuple[str, ...], TotalDetails, LISTED] = ()
    total_filter: TotalFilter | None = None


class GetTotalsResponse(Element, frozen=True, kw_only=True):
    """The sums."""

    poi_reconciliation_id: Annotated[str, ATTR, DIGITS]
    response: Response
    transaction_totals: tuple[TransactionTotals, ...] = ()


class SearchAND(Element, frozen=True, kw_only=True):
    """One condition."""

    target: str
    operator: Annotated[str, Operator]
    value: str


class SearchOR(Element, frozen=True, kw_only=True):
    """Conditions that hold together."""

    search_and: Annotated[tuple[SearchAND, ...], AT_LEAST_ONE] = ()


class SearchCriterias(Element, frozen=True, kw_only=True):
    """Alternatives, any of which may hold."""

    search_or: Annotated[tuple[SearchOR, ...], AT_LEAST_ONE] = ()


class CriteriaOrder(Element, frozen=True, kw_only=True):
    """One key to sort by."""

    target: str


class SearchOutputOrder(Element, frozen=True, kw_only=True):
    """How to sort."""

    criteria_order: Annotated[tuple[CriteriaOrder, ...], AT_LEAST_ONE] = ()


class TransactionReportRequest(Element, frozen=True, kw_only=True):
    """Search the terminal's transactions."""

    descending_order: Annotated[bool | None, ATTR] = None  # absent: false
    block_start: Annotated[int | None, ATTR] = None  # absent: 0
    block_stop: Annotated[int | None, ATTR] = None
    search_criterias: SearchCriterias
    search_output_order: SearchOutputOrder | None = None


class TransactionReport(Element, frozen=True, kw_only=True):
    """One transaction found."""

    response: Response
    sale_data: SaleData
    poi_data: POIData
    payment_result: PaymentResult | None = None


class TransactionReportResponse(Element, frozen=True, kw_only=True):
    """The transactions found."""

    report_full_size: Annotated[int, ATTR]
    block_start: Annotated[int, ATTR]
    block_stop: Annotated[int, ATTR]
    response: Response
    transaction_report: tuple[TransactionReport, ...] = ()
