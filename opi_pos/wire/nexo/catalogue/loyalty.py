"""Loyalty accounts, awards, rebates and redemptions."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.catalogue.header import Response, TransactionIdentification
from opi_pos.wire.nexo.catalogue.output import PaymentReceipt
from opi_pos.wire.nexo.catalogue.sale import (
    OriginalPOITransaction,
    POIData,
    SaleData,
    SaleItem,
    TransactionConditions,
)
from opi_pos.wire.nexo.enumerations import (
    EntryMode,
    IdentificationSupport,
    IdentificationType,
    LoyaltyTransactionType,
    LoyaltyUnit,
    UnitOfMeasure,
)
from opi_pos.wire.nexo.facets import AMOUNT, DIGITS, UPPER3, digits
from opi_pos.wire.nexo.schema import ATTR, LISTED, TEXT, Element


class LoyaltyAccountID(Element, frozen=True, kw_only=True):
    """A loyalty account; its id may be a card number and is a secret."""

    entry_mode: Annotated[tuple[str, ...], ATTR, EntryMode, LISTED]
    identification_type: Annotated[str, ATTR, IdentificationType]
    identification_support: Annotated[str | None, ATTR, IdentificationSupport] = None
    loyalty_id: Annotated[Secret, TEXT]


class LoyaltyAccount(Element, frozen=True, kw_only=True):
    """A loyalty account and its brand."""

    loyalty_brand: Annotated[str | None, ATTR] = None
    loyalty_account_id: LoyaltyAccountID


class LoyaltyAmount(Element, frozen=True, kw_only=True):
    """Points or money."""

    loyalty_unit: Annotated[str | None, ATTR, LoyaltyUnit] = None  # absent: Point
    currency: Annotated[str | None, ATTR, UPPER3] = None
    amount_value: Annotated[Decimal, TEXT]


class LoyaltyData(Element, frozen=True, kw_only=True):
    """A loyalty account that takes part."""

    card_acquisition_reference: TransactionIdentification | None = None
    loyalty_account_id: LoyaltyAccountID | None = None
    loyalty_amount: LoyaltyAmount | None = None


class LoyaltyTransaction(Element, frozen=True, kw_only=True):
    """What to do with the account."""

    loyalty_transaction_type: Annotated[str, ATTR, LoyaltyTransactionType]
    currency: Annotated[str | None, ATTR, UPPER3] = None
    total_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    original_poi_transaction: OriginalPOITransaction | None = None
    transaction_conditions: TransactionConditions | None = None
    sale_item: tuple[SaleItem, ...] = ()


class LoyaltyAcquirerData(Element, frozen=True, kw_only=True):
    """The loyalty host's own ids."""

    loyalty_acquirer_id: Annotated[str | None, ATTR] = None
    host_reconciliation_id: Annotated[str | None, ATTR] = None
    approval_code: str | None = None
    loyalty_transaction_id: TransactionIdentification | None = None


class SaleItemRebate(Element, frozen=True, kw_only=True):
    """A rebate on one item."""

    item_id: Annotated[int, ATTR]
    product_code: Annotated[str, ATTR, digits(1, 20)]
    ean_upc: Annotated[str | None, ATTR, DIGITS] = None
    item_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    unit_of_measure: Annotated[str | None, UnitOfMeasure] = None
    quantity: Decimal | None = None
    rebate_label: str | None = None


class Rebates(Element, frozen=True, kw_only=True):
    """Rebates on items and on the total."""

    total_rebate: Annotated[Decimal | None, AMOUNT] = None
    rebate_label: str | None = None
    sale_item_rebate: tuple[SaleItemRebate, ...] = ()


class LoyaltyResult(Element, frozen=True, kw_only=True):
    """What came of one loyalty account."""

    current_balance: Annotated[Decimal | None, ATTR, AMOUNT] = None
    loyalty_account: LoyaltyAccount
    loyalty_amount: LoyaltyAmount | None = None
    loyalty_acquirer_data: LoyaltyAcquirerData | None = None
    rebates: Rebates | None = None


class LoyaltyRequest(Element, frozen=True, kw_only=True):
    """Do a loyalty transaction of its own."""

    sale_data: SaleData
    loyalty_transaction: LoyaltyTransaction
    loyalty_data: tuple[LoyaltyData, ...] = ()


class LoyaltyResponse(Element, frozen=True, kw_only=True):
    """How a loyalty transaction ended."""

    response: Response
    sale_data: SaleData
    poi_data: POIData
    loyalty_result: tuple[LoyaltyResult, ...] = ()
    payment_receipt: tuple[PaymentReceipt, ...] = ()
