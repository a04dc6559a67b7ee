"""What the customer pays with: card, check or mobile."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.enumerations import (
    CheckTypeCode,
    EntryMode,
    PaymentInstrumentType,
    TokenRequestedType,
    TrackFormat,
)
from opi_pos.wire.nexo.facets import AMOUNT, DATE_TIME, DIGITS, UPPER3, between, digits
from opi_pos.wire.nexo.schema import ATTR, LISTED, REQUIRED_IN_3_0, TEXT, Element, occurs


class TrackData(Element, frozen=True, kw_only=True):
    """One magnetic track; its value is a secret."""

    track_numb: Annotated[int | None, ATTR, between(1, 3)] = None  # absent: 2
    track_format: Annotated[str | None, ATTR, TrackFormat] = None  # absent: ISO
    track_value: Annotated[Secret, TEXT]


class SensitiveCardData(Element, frozen=True, kw_only=True):
    """A card number in clear; never leaves the codec unmasked."""

    pan: Annotated[Secret | None, ATTR, digits(8, 28)] = None
    card_seq_numb: Annotated[str | None, ATTR, digits(2, 3)] = None
    expiry_date: Annotated[Secret | None, ATTR, digits(4, 4)] = None
    track_data: Annotated[tuple[TrackData, ...], occurs(0, 4)] = ()


class AllowedProduct(Element, frozen=True, kw_only=True):
    """A product that the card may pay."""

    product_code: Annotated[str, ATTR, digits(1, 20)]
    ean_upc: Annotated[str | None, ATTR, DIGITS] = None
    product_label: str | None = None
    additional_product_info: str | None = None


class PaymentToken(Element, frozen=True, kw_only=True):
    """A stand-in for the card number."""

    token_requested_type: Annotated[str, ATTR, TokenRequestedType]
    token_value: Annotated[str, ATTR]
    expiry_date_time: Annotated[str | None, ATTR, DATE_TIME] = None


class CustomerOrder(Element, frozen=True, kw_only=True):
    """An order of the customer that stays open over several payments."""

    customer_order_id: Annotated[str | None, ATTR, REQUIRED_IN_3_0] = None
    open_order_state: Annotated[bool | None, ATTR] = None  # absent: false
    start_date: Annotated[str, ATTR, DATE_TIME]
    end_date: Annotated[str | None, ATTR, DATE_TIME] = None
    forecasted_amount: Annotated[Decimal, ATTR, AMOUNT]
    current_amount: Annotated[Decimal | None, ATTR, AMOUNT, REQUIRED_IN_3_0] = None
    currency: Annotated[str | None, ATTR, UPPER3] = None
    accessed_by: Annotated[str | None, ATTR] = None
    additional_information: str | None = None


class CardData(Element, frozen=True, kw_only=True):
    """The card, masked."""

    payment_brand: Annotated[str | None, ATTR] = None
    masked_pan: Annotated[str | None, ATTR] = None
    payment_account_ref: Annotated[str | None, ATTR] = None
    entry_mode: Annotated[tuple[str, ...], ATTR, EntryMode, LISTED] = ()
    card_country_code: Annotated[str | None, ATTR, digits(3, 3)] = None
    protected_card_data: ContentInformation | None = None
    sensitive_card_data: SensitiveCardData | None = None
    allowed_product_code: Annotated[tuple[str, ...], digits(1, 20)] = ()
    allowed_product: tuple[AllowedProduct, ...] = ()
    payment_token: PaymentToken | None = None
    customer_order: tuple[CustomerOrder, ...] = ()


class CheckData(Element, frozen=True, kw_only=True):
    """A check."""

    type_code: Annotated[str | None, ATTR, CheckTypeCode] = None  # absent: Personal
    country: Annotated[str | None, ATTR, UPPER3] = None
    bank_id: str | None = None
    account_number: str | None = None
    check_number: str | None = None
    track_data: TrackData | None = None
    check_card_number: Secret | None = None


class GeographicCoordinates(Element, frozen=True, kw_only=True):
    """Latitude and longitude as text."""

    latitude: str
    longitude: str


class UTMCoordinates(Element, frozen=True, kw_only=True):
    """A place on the Mercator grid."""

    utm_zone: str
    utm_eastward: str
    utm_northward: str


class Geolocation(Element, frozen=True, kw_only=True):
    """Where a mobile was."""

    geographic_coordinates: GeographicCoordinates | None = None
    utm_coordinates: UTMCoordinates | None = None


class SensitiveMobileData(Element, frozen=True, kw_only=True):
    """The phone number in clear."""

    msisdn: Annotated[Secret, ATTR, DIGITS]
    imsi: Annotated[str | None, ATTR, DIGITS] = None
    imei: Annotated[str | None, ATTR, DIGITS] = None


class MobileData(Element, frozen=True, kw_only=True):
    """A mobile phone that pays."""

    mobile_network_code: Annotated[str | None, ATTR, digits(2, 3)] = None
    masked_msisdn: Annotated[str | None, ATTR] = None
    mobile_country_code: Annotated[str | None, digits(3, 3)] = None
    geolocation: Geolocation | None = None
    protected_mobile_data: ContentInformation | None = None
    sensitive_mobile_data: SensitiveMobileData | None = None


class PaymentInstrumentData(Element, frozen=True, kw_only=True):
    """What the customer pays with."""

    payment_instrument_type: Annotated[str, ATTR, PaymentInstrumentType]
    card_data: CardData | None = None
    check_data: CheckData | None = None
    mobile_data: MobileData | None = None
