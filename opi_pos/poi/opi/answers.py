"""What an O.P.I. terminal answers on channel 0."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.money import Amount


class Result(enum.StrEnum):
    """OverallResult, in the language's own spelling."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    ABORTED = "Aborted"
    TIMED_OUT = "TimedOut"
    LOGGED_OUT = "LoggedOut"
    BUSY = "Busy"
    DEVICE_UNAVAILABLE = "DeviceUnavailable"
    COMMUNICATION_ERROR = "CommunicationError"
    FORMAT_ERROR = "FormatError"
    VALIDATION_ERROR = "ValidationError"
    MISSING_MANDATORY_DATA = "MissingMandatoryData"
    NOT_SUPPORTED = "NotSupported"
    UNKNOWN_CARD = "UnknownCard"
    PRINT_LAST_TICKET = "PrintLastTicket"
    ACTIVATED = "Activated"
    ALREADY_ACTIVATED = "AlreadyActivated"
    DEACTIVATED = "Deactivated"
    ALREADY_DEACTIVATED = "AlreadyDeactivated"
    DAY_CLOSED = "DayClosed"


class CardRead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The card as an answer shows it."""

    brand: str
    masked_pan: str
    entry_mode: str = ""


class PlainAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="plain"):
    """A result, and for people why."""

    result: Result
    text: str = ""


class MoneyAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="money"):
    """How a request about money ended. `amount` is what moved; None when nothing did."""

    result: Result
    text: str = ""
    stan: str = ""
    time: str = ""
    """ISO 8601 in UTC."""
    asked: Amount | None = None
    amount: Amount | None = None
    tip: Amount | None = None
    card: CardRead | None = None
    approval_code: str = ""
    action_code: str = ""
    receipt_number: str = ""
    period: int = 0


class CardAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="card"):
    """A card was read, and perhaps its balance asked for."""

    result: Result
    text: str = ""
    stan: str = ""
    time: str = ""
    card: CardRead | None = None
    balance: Amount | None = None


class TotalGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Payments (`Debit`) or refunds (`Credit`) of one card circuit [inferred]."""

    brand: str
    payment_type: str
    count: int
    amount: Amount


class TotalsAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="totals"):
    """The terminal's totals."""

    result: Result
    text: str = ""
    time: str = ""
    groups: tuple[TotalGroup, ...] = ()


class StateAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="state"):
    """How the terminal is: OK, IDLE, BUSY, LOGGED_OUT, REPRINT_TICKET."""

    result: Result
    state: str
    text: str = ""


class OfflineAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="offline"):
    """What of the offline payments reached the host; a terminal without any has sent none."""

    result: Result
    text: str = ""


Repeatable = MoneyAnswer | CardAnswer | TotalsAnswer
"""Answers that RepeatLastMessage repeats. Refusals are not among them: a Busy to a second till
must not hide what became of the first one's payment.
"""
