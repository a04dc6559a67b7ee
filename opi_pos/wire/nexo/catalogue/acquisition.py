"""Reading a card ahead of the payment."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.cards import CustomerOrder, PaymentInstrumentData
from opi_pos.wire.nexo.catalogue.header import Response
from opi_pos.wire.nexo.catalogue.loyalty import LoyaltyAccount
from opi_pos.wire.nexo.catalogue.output import DisplayOutput
from opi_pos.wire.nexo.catalogue.sale import POIData, SaleData
from opi_pos.wire.nexo.enumerations import (
    ForceEntryMode,
    LoyaltyHandling,
    PaymentType,
    ServicesEnabled,
    TransactionAction,
)
from opi_pos.wire.nexo.facets import AMOUNT, LANGUAGE
from opi_pos.wire.nexo.schema import ATTR, LISTED, Element


class CardAcquisitionTransaction(Element, frozen=True, kw_only=True):
    """How the card may be read."""

    loyalty_handling: Annotated[str | None, ATTR, LoyaltyHandling] = None  # absent: Allowed
    customer_language: Annotated[str | None, ATTR, LANGUAGE] = None
    force_customer_selection_flag: Annotated[bool | None, ATTR] = None  # absent: false
    total_amount: Annotated[Decimal | None, ATTR, AMOUNT] = None
    payment_type: Annotated[str | None, ATTR, PaymentType] = None
    cash_back_flag: Annotated[bool | None, ATTR] = None
    allowed_payment_brand: tuple[str, ...] = ()
    allowed_loyalty_brand: tuple[str, ...] = ()
    force_entry_mode: Annotated[tuple[tuple[str, ...], ...], ForceEntryMode, LISTED] = ()


class CardAcquisitionRequest(Element, frozen=True, kw_only=True):
    """Read a card ahead of the payment."""

    sale_data: SaleData
    card_acquisition_transaction: CardAcquisitionTransaction


class CardAcquisitionResponse(Element, frozen=True, kw_only=True):
    """The card that was read."""

    response: Response
    sale_data: SaleData
    poi_data: POIData
    payment_brand: tuple[str, ...] = ()
    payment_instrument_data: PaymentInstrumentData | None = None
    loyalty_account: tuple[LoyaltyAccount, ...] = ()
    customer_order: tuple[CustomerOrder, ...] = ()


class EnableServiceRequest(Element, frozen=True, kw_only=True):
    """Let the customer begin before the till does, or stop that."""

    transaction_action: Annotated[str, ATTR, TransactionAction]
    services_enabled: Annotated[tuple[str, ...], ServicesEnabled, LISTED] = ()
    display_output: DisplayOutput | None = None


class EnableServiceResponse(Element, frozen=True, kw_only=True):
    """Whether services were enabled."""

    response: Response
