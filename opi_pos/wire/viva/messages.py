"""The messages of the API, in its own words. Amounts are minor units."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.card import MaskedRepr, mask_pan, mask_text
from opi_pos.model.secret import Secret


class OrderKind(enum.StrEnum):
    """What moves money; the value is the end of its path."""

    SALE = "sale"
    REFUND = "refund"
    COMPLETION = "preauth-completion"


class Order(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A sale, a refund or the capture of a pre-authorisation. `session_id` is the till's own and
    names it for ever; `parent_session_id` is that of the transaction it is about.
    """

    session_id: str
    terminal_id: str
    amount: int
    """With the tip [inferred: the answer's amount is documented so]."""
    currency_code: str
    """ISO 4217, three digits."""
    cash_register_id: str = ""
    parent_session_id: str = ""
    merchant_reference: str = ""
    customer_trns: str = ""
    preauth: bool = False
    max_instalments: int = 0
    tip_amount: int = 0
    show_transaction_result: bool = True
    show_receipt: bool = False
    payment_method: str = ""


class Session(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an order stands, or ended. None: not told, or not readable."""

    session_id: str = ""
    terminal_id: str = ""
    cash_register_id: str = ""
    amount: int | None = None
    """All that is taken, with the tip."""
    currency_code: str = ""
    merchant_reference: str | None = None
    customer_trns: str | None = None
    tip_amount: int | None = None
    success: bool | None = None
    event_id: int | None = None
    authorization_id: str | None = None
    transaction_id: str | None = None
    transaction_type_id: int | None = None
    """5 sale, 4 refund."""
    retrieval_reference_number: str | None = None
    pan_entry_mode: str | None = None
    application_label: str | None = None
    primary_account_number_masked: str | None = None
    transaction_date_time: str | None = None
    abort_operation: bool | None = None
    abort_ack_time: str | None = None
    abort_success: bool | None = None
    verification_method: str | None = None
    tid: str | None = None
    short_order_code: str | None = None
    installments: int | None = None
    message: str | None = None
    preauth: bool | None = None
    reference_number: str | None = None
    """STAN."""
    order_code: str | None = None
    aid: str | None = None
    card_type: str | None = None
    bank_id: str | None = None
    surcharge_amount: int | None = None
    transaction_event_id: int | None = None
    aade_transaction_id: str | None = None

    def __post_init__(self) -> None:
        """A number that is called masked is masked here once more."""
        told = self.primary_account_number_masked
        if told is not None and told != (masked := mask_text(mask_pan(told))):
            msgspec.structs.force_setattr(self, "primary_account_number_masked", masked)


class Device(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A terminal of the merchant's. `status_id` is that of a stock-keeper; 1 is live, which does
    not mean that it is switched on.
    """

    terminal_id: str = ""
    status_id: int | None = None
    source_code: str = ""
    virtual_terminal_id: str = ""


LIVE = 1
"""`Device.status_id` of a terminal in use."""


class DeviceSearch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Which terminals are wanted."""

    status_id: int | None = None
    source_code: str | None = None


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token and its life in seconds."""

    access_token: Secret
    expires_in: int


class WebhookKind(enum.IntEnum):
    """`EventTypeId` of the webhooks that tell of payments at terminals."""

    PAYMENT_CREATED = 1796
    REVERSAL_CREATED = 1797
    PAYMENT_FAILED = 1798
    SESSION_CREATED = 1802
    SESSION_FAILED = 1803


class Webhook(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True):
    """What Viva posts by itself, unsigned: a reason to look, never a proof."""

    event_type_id: int | None
    session: Session
    """What the event says of the session; of a payment's event only a part."""
    reference: str = ""
    """The shop's reference, where the event has one."""
    created: str = ""
    message_id: str = ""
