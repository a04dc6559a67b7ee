"""Gift cards and other stored value."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.catalogue.header import Response, TransactionIdentification
from opi_pos.wire.nexo.catalogue.sale import OriginalPOITransaction, POIData, SaleData
from opi_pos.wire.nexo.enumerations import (
    EntryMode,
    IdentificationType,
    StoredValueAccountType,
    StoredValueTransactionType,
)
from opi_pos.wire.nexo.facets import AMOUNT, DIGITS, LANGUAGE, UPPER3, digits
from opi_pos.wire.nexo.schema import AT_LEAST_ONE, ATTR, LISTED, TEXT, Element


class StoredValueAccountID(Element, frozen=True, kw_only=True):
    """A stored value account; its id may be a card number and is a secret."""

    stored_value_account_type: Annotated[str, ATTR, StoredValueAccountType]
    stored_value_provider: Annotated[str | None, ATTR] = None
    owner_name: Annotated[str | None, ATTR] = None
    expiry_date: Annotated[str | None, ATTR, digits(4, 4)] = None
    entry_mode: Annotated[tuple[str, ...], ATTR, EntryMode, LISTED]
    identification_type: Annotated[str, ATTR, IdentificationType]
    stored_value_id: Annotated[Secret, TEXT]


class StoredValueData(Element, frozen=True, kw_only=True):
    """What to do with one account."""

    stored_value_provider: Annotated[str | None, ATTR] = None
    stored_value_transaction_type: Annotated[str, ATTR, StoredValueTransactionType]
    product_code: Annotated[str | None, ATTR, digits(1, 20)] = None
    ean_upc: Annotated[str | None, ATTR, DIGITS] = None
    item_amount: Annotated[Decimal, ATTR, AMOUNT]
    currency: Annotated[str, ATTR, UPPER3]
    stored_value_account_id: StoredValueAccountID | None = None
    original_poi_transaction: OriginalPOITransaction | None = None


class StoredValueRequest(Element, frozen=True, kw_only=True):
    """Load, unload, activate or reverse stored value."""

    customer_language: Annotated[str | None, ATTR, LANGUAGE] = None
    sale_data: SaleData
    stored_value_data: Annotated[tuple[StoredValueData, ...], AT_LEAST_ONE] = ()


class StoredValueAccountStatus(Element, frozen=True, kw_only=True):
    """An account and its balance."""

    current_balance: Annotated[Decimal | None, ATTR, AMOUNT] = None
    stored_value_account_id: StoredValueAccountID


class StoredValueResult(Element, frozen=True, kw_only=True):
    """What came of one account."""

    stored_value_transaction_type: Annotated[str, ATTR, StoredValueTransactionType]
    product_code: Annotated[str, ATTR, digits(1, 20)]
    ean_upc: Annotated[str | None, ATTR, DIGITS] = None
    item_amount: Annotated[Decimal, ATTR, AMOUNT]
    currency: Annotated[str, ATTR, UPPER3]
    stored_value_account_status: StoredValueAccountStatus
    host_transaction_id: TransactionIdentification | None = None


class StoredValueResponse(Element, frozen=True, kw_only=True):
    """How stored value transactions ended."""

    response: Response
    sale_data: SaleData
    poi_data: POIData
    stored_value_result: tuple[StoredValueResult, ...] = ()
