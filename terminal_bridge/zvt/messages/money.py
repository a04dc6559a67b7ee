"""Commands that move money, till to terminal (PA00P015 13.08 ch. 2.2 to 2.12)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from terminal_bridge.zvt.fields import bmp, tag, untagged
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message

# BMP 19 as payment type: the high nibble chooses, the low bits add.
OFFLINE: Final = 0x00
GELDKARTE: Final = 0x10
ONLINE_WITHOUT_PIN: Final = 0x20
PIN_RULES: Final = 0x30
TERMINAL_DECIDES: Final = 0x40
USE_CARD_READ_BEFORE: Final = 0x02
PRINTER_READY: Final = 0x04
TIPPABLE: Final = 0x08


class MoneyCommand(Message, frozen=True, kw_only=True):
    """What the money commands share. A till sends what it knows; the terminal asks the rest."""

    amount: m.Amount = None
    currency: m.Currency = None
    payment_type: m.TypeByte = None
    track1: m.Track1 = None
    expiry: m.Expiry = None
    pan: m.Pan = None
    track2: m.Track2 = None
    track3: m.Track3 = None
    additional_data: m.AdditionalData = None
    card_type: m.CardType = None
    card_type_id: m.CardTypeId = None
    application_id: m.ApplicationId = None
    receipt_wishes: m.ReceiptWishes = None
    transaction_parameter: m.TransactionParameter = None
    card_reading_control: m.CardReadingControl = None
    sync_id: m.SyncId = None


class TimedMoneyCommand(MoneyCommand, frozen=True, kw_only=True):
    """A money command whose 04 0F may be held by the till (issue of goods)."""

    timeout_s: m.TimeoutS = None
    """How long the terminal waits for the answer to 04 0F."""
    max_status_infos: m.MaxStatusInfos = None
    """How often the till may answer 84 9C."""
    pump_no: Annotated[int | None, bmp(0x05)] = None
    cvv: m.Cvv = None
    card_poll_timeout_s: m.CardPollTimeout = None


class Authorisation(TimedMoneyCommand, frozen=True, kw_only=True):
    """06 01: a payment. With a tip or cashback `amount` is the sum."""

    CONTROL: ClassVar[int] = 0x0601
    tip: m.Tip = None
    cashback: m.Cashback = None
    partial_approval: m.PartialApproval = None
    """Anything but 0 allows the terminal to take less than asked."""


class AccountBalance(MoneyCommand, frozen=True, kw_only=True):
    """06 03."""

    CONTROL: ClassVar[int] = 0x0603
    card_poll_timeout_s: m.CardPollTimeout = None


class ActivateCard(MoneyCommand, frozen=True, kw_only=True):
    """06 04."""

    CONTROL: ClassVar[int] = 0x0604
    cvv: m.Cvv = None
    card_poll_timeout_s: m.CardPollTimeout = None


class Procurement(TimedMoneyCommand, frozen=True, kw_only=True):
    """06 05."""

    CONTROL: ClassVar[int] = 0x0605


class PrepaidTopUp(MoneyCommand, frozen=True, kw_only=True):
    """06 09. For a top-up paid by card 06 0F speaks of the payment only."""

    CONTROL: ClassVar[int] = 0x0609
    prepaid_card_id: Annotated[str | None, untagged(2, "digits", required=True)] = None
    mode: Annotated[int | None, untagged(1, "byte", required=True)] = None
    """01 by card, 02 cash, 03 by a card already charged."""


class TaxFree(Message, frozen=True, kw_only=True):
    """06 0A."""

    CONTROL: ClassVar[int] = 0x060A
    amount: m.Amount = None


class BookTip(MoneyCommand, frozen=True, kw_only=True):
    """06 0C: `amount` is the tip for the receipt `receipt_no`."""

    CONTROL: ClassVar[int] = 0x060C
    FIRST: ClassVar[tuple[str, ...]] = ("amount", "receipt_no")
    receipt_no: m.ReceiptNo = None
    approval_code: m.ApprovalCode = None


class TelephonicAuthorisation(TimedMoneyCommand, frozen=True, kw_only=True):
    """06 21: an approval that was got by telephone."""

    CONTROL: ClassVar[int] = 0x0621
    approval_code: m.ApprovalCode = None


class Reservation(TimedMoneyCommand, frozen=True, kw_only=True):
    """06 22: pre-authorisation. There is no receipt when it is approved."""

    CONTROL: ClassVar[int] = 0x0622
    trace_no: m.TraceNo = None
    long_trace_no: m.LongTraceNo = None
    approval_code: m.ApprovalCode = None
    reservation_kind: m.ReservationKind = None


class ReservationCommand(Message, frozen=True, kw_only=True):
    """What refers to a reservation: by receipt number, or by trace number and approval code."""

    receipt_no: m.ReceiptNo = None
    amount: m.Amount = None
    currency: m.Currency = None
    payment_type: m.TypeByte = None
    additional_data: m.AdditionalData = None
    trace_no: m.TraceNo = None
    long_trace_no: m.LongTraceNo = None
    approval_code: m.ApprovalCode = None
    reservation_kind: m.ReservationKind = None
    sync_id: m.SyncId = None


class PartialReversal(ReservationCommand, frozen=True, kw_only=True):
    """06 23: books a reservation; `amount` is what was **not** used.

    `receipt_no="FFFF"` alone asks for open reservations; the terminal ends with 06 1E B8.
    """

    CONTROL: ClassVar[int] = 0x0623


class BookTotal(ReservationCommand, frozen=True, kw_only=True):
    """06 24: books a reservation; `amount` is what **was** used."""

    CONTROL: ClassVar[int] = 0x0624
    card_type: m.CardType = None
    card_type_id: m.CardTypeId = None


class ReservationReversal(ReservationCommand, frozen=True, kw_only=True):
    """06 25: gives a reservation back."""

    CONTROL: ClassVar[int] = 0x0625


class ReversalOfExternal(Message, frozen=True, kw_only=True):
    """06 26: reverses a reservation or booking that came from another terminal."""

    CONTROL: ClassVar[int] = 0x0626
    amount: m.Amount = None
    currency: m.Currency = None
    trace_no: m.TraceNo = None
    approval_code: m.ApprovalCode = None
    expiry: m.Expiry = None
    pan: m.Pan = None
    track2: m.Track2 = None
    reservation_kind: m.ReservationKind = None
    """2 or 3."""


class Reversal(MoneyCommand, frozen=True, kw_only=True):
    """06 30: undoes the payment with this receipt number; many terminals allow only the latest."""

    CONTROL: ClassVar[int] = 0x0630
    FIRST: ClassVar[tuple[str, ...]] = ("receipt_no",)
    """Its place in the standard's table; the order is free, and simple terminals rely on it."""
    password: m.Password = None
    receipt_no: m.ReceiptNo = None


class Refund(MoneyCommand, frozen=True, kw_only=True):
    """06 31."""

    CONTROL: ClassVar[int] = 0x0631
    password: m.Password = None
    approval_code: m.ApprovalCode = None


class CardPollAuthorisation(TimedMoneyCommand, frozen=True, kw_only=True):
    """06 E6: polls for a card and pays, or tells another card with 06 1E 7A."""

    CONTROL: ClassVar[int] = 0x06E6
    tip: m.Tip = None
    partial_approval: m.PartialApproval = None
    card_poll_mode: Annotated[int | None, tag("1F6D")] = None
