"""What a terminal can do, declared by its driver (rule 13). Drivers must not promise more."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.orders import MoneyOrder, Order
from opi_pos.model.results import Operation


class Correlation(enum.StrEnum):
    """By what an answer finds its exchange."""

    POS_ID = "pos_id"
    SERVER_ID = "server_id"
    DIALOGUE = "dialogue"
    CALLBACK_URL = "callback_url"


class ResultDelivery(enum.StrEnum):
    RESPONSE = "response"
    STREAM = "stream"
    CALLBACK = "callback"
    POLL = "poll"


class UnconfirmedPolicy(enum.StrEnum):
    """What the terminal does with a result that the till never took."""

    KEPT = "kept"
    AUTO_VOID = "auto_void"
    ABORTS_ON_CALLBACK_FAILURE = "aborts_on_callback_failure"
    UNDEFINED = "undefined"


class Dispatch(enum.StrEnum):
    """What a written command means."""

    EXECUTED = "executed"
    WRITTEN_TO_TERMINAL = "written_to_terminal"
    HANDED_TO_PUSH = "handed_to_push"


class ReversalScope(enum.StrEnum):
    NONE = "none"
    LAST_ONLY = "last_only"
    SAME_DAY_FULL = "same_day_full"
    BY_REFERENCE = "by_reference"


class RefundScope(enum.StrEnum):
    NONE = "none"
    UNLINKED = "unlinked"
    LINKED = "linked"
    BACK_OFFICE = "back_office"


class StatusQuery(enum.StrEnum):
    NONE = "none"
    LAST_ONLY = "last_only"
    BY_ID = "by_id"
    BY_DAY = "by_day"
    NEEDS_TERMINAL = "needs_terminal"


class ReceiptSource(enum.StrEnum):
    TEXT = "text"
    FIELDS_ONLY = "fields_only"
    TERMINAL_PRINTS = "terminal_prints"


class ProgressReports(enum.StrEnum):
    NONE = "none"
    TEXT = "text"
    CODED = "coded"


class ListenerNeed(enum.StrEnum):
    NO = "no"
    FOR_CALLBACKS = "for_callbacks"
    FOR_DEVICE_REQUESTS = "for_device_requests"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """One record per driver and dialect; the table in the docs is made from it."""

    correlation: Correlation
    result_delivery: tuple[ResultDelivery, ...]
    unconfirmed_policy: UnconfirmedPolicy
    dispatch_means: Dispatch
    operations: frozenset[Operation]
    services: frozenset[str]
    """Tags of the service orders that it carries out, such as `totals` (see `model.orders`)."""
    abort: bool
    reversal: ReversalScope
    refund: RefundScope
    status: StatusQuery
    result_amount: bool
    """True when an approval names the amount that was taken."""
    receipts: ReceiptSource
    progress: ProgressReports
    needs_listener: ListenerNeed
    names_original: bool = True
    """False when a reversal names nothing: the terminal undoes whatever it did last."""
    idempotent_send: bool = False
    partial_approval: bool = False
    tip: bool = False
    cashback: bool = False
    login: bool = True
    """False when the terminal has no sessions."""
    silence_s: float = 60.0
    """Seconds without a sign of life after which the till begins to ask."""
    query_every_s: float = 5.0
    link_delay_s: float = 5.0
    """The longest that a written request may still be on its way."""
    running_s: float = 150.0
    """The longest that a payment can run on the terminal without a sign of life."""

    def lacks(self, order: Order) -> str:
        """The capability that an order needs and that is not declared; empty when none is."""
        if not isinstance(order, MoneyOrder):
            tag = str(type(order).__struct_config__.tag)
            return "" if tag in self.services else tag
        if order.operation not in self.operations:
            return order.operation.value
        if order.tip is not None and not self.tip:
            return "tip"
        if order.cashback is not None and not self.cashback:
            return "cashback"
        return "partial_approval" if order.allow_partial and not self.partial_approval else ""
