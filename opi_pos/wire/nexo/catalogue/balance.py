"""Balance inquiry."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.cards import PaymentInstrumentData
from opi_pos.wire.nexo.catalogue.header import Response, TransactionIdentification
from opi_pos.wire.nexo.catalogue.loyalty import LoyaltyAccount, LoyaltyAccountID
from opi_pos.wire.nexo.catalogue.payment import PaymentAcquirerData
from opi_pos.wire.nexo.enumerations import AccountType, LoyaltyUnit
from opi_pos.wire.nexo.facets import AMOUNT, UPPER3
from opi_pos.wire.nexo.schema import ATTR, Element


class PaymentAccountReq(Element, frozen=True, kw_only=True):
    """The payment account to ask about."""

    account_type: Annotated[str | None, ATTR, AccountType] = None  # absent: Default
    card_acquisition_reference: TransactionIdentification | None = None
    payment_instrument_data: PaymentInstrumentData | None = None


class LoyaltyAccountReq(Element, frozen=True, kw_only=True):
    """The loyalty account to ask about."""

    card_acquisition_reference: TransactionIdentification | None = None
    loyalty_account_id: LoyaltyAccountID | None = None


class BalanceInquiryRequest(Element, frozen=True, kw_only=True):
    """Ask for a balance."""

    payment_account_req: PaymentAccountReq | None = None
    loyalty_account_req: LoyaltyAccountReq | None = None


class LoyaltyAccountStatus(Element, frozen=True, kw_only=True):
    """A loyalty account and its balance."""

    current_balance: Annotated[Decimal | None, ATTR, AMOUNT] = None
    loyalty_unit: Annotated[str | None, ATTR, LoyaltyUnit] = None  # absent: Point
    currency: Annotated[str | None, ATTR, UPPER3] = None
    loyalty_account: LoyaltyAccount


class PaymentAccountStatus(Element, frozen=True, kw_only=True):
    """A payment account and its balance."""

    currency: Annotated[str | None, ATTR, UPPER3] = None
    current_balance: Annotated[Decimal | None, ATTR, AMOUNT] = None
    payment_instrument_data: PaymentInstrumentData | None = None
    payment_acquirer_data: PaymentAcquirerData | None = None
    loyalty_account_status: LoyaltyAccountStatus | None = None


class BalanceInquiryResponse(Element, frozen=True, kw_only=True):
    """The balance."""

    response: Response
    payment_account_status: PaymentAccountStatus | None = None
    loyalty_account_status: LoyaltyAccountStatus | None = None
