"""What the terminal reports: 04 0F, 04 FF, 06 0F, 06 1E and 04 01."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from terminal_bridge.zvt.codings import Totals
from terminal_bridge.zvt.fields import bmp, tag, untagged
from terminal_bridge.zvt.lines import TextLine
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, Split, TextKind, TlvStruct
from terminal_bridge.zvt.messages.files import Files
from terminal_bridge.zvt.messages.split import container_at, currency_at
from terminal_bridge.zvt.tables.bmps import BMPS

# BMP 19 as payment type done.
DONE_OFFLINE: Final = 0x40
DONE_WITHOUT_AUTHORISATION: Final = 0x50
DONE_ONLINE: Final = 0x60
DONE_WITH_PIN: Final = 0x70

SIGNATURE_METHODS: Final = frozenset({0x01, 0x05, 0x06, 0x07})
"""Cardholder verification (1F10) that asks for a signature."""

# BMP 19 as the terminal's wishes in 06 0F after 06 00.
INITIALISATION_NEEDED: Final = 0x01
DIAGNOSIS_NEEDED: Final = 0x02
OPT_ACTION_NEEDED: Final = 0x04
FILLING_STATION: Final = 0x08
VENDING: Final = 0x10

TIPPABLE: Final = 0x01
"""Tag 1F3B: 06 0C is allowed for this payment."""

_STATUS_ENQUIRY: Final = 0x0501
_WRONG_CURRENCY: Final = 0x6F


class AmountInformation(TlvStruct, frozen=True, kw_only=True):
    """Tag 31, one amount of a currency conversion."""

    kind: Annotated[int | None, tag("1F1D")] = None
    """01 base, 02 rate, 03 foreign, 04 commission, 05 balance."""
    amount: Annotated[int | None, tag("1F20")] = None
    currency: Annotated[str | None, tag("1F21")] = None
    decimals: Annotated[int | None, tag("1F1E")] = None


Conversion = Annotated[tuple[AmountInformation, ...], tag("E2.31", coding="objects", many=True)]


class StatusInformation(Message, frozen=True, kw_only=True):
    """04 0F: the outcome of a payment, the totals of an end of day, or a card that was read.

    Result 00 alone does not make a sale final: the terminal stores it when this and every print
    command were acknowledged.
    """

    CONTROL: ClassVar[int] = 0x040F
    result_code: m.ResultCode = None
    amount: m.Amount = None
    trace_no: m.TraceNo = None
    original_trace_no: m.OriginalTraceNo = None
    """In a reversal: the trace number of what was reversed."""
    time: m.Time = None
    date: m.Date = None
    expiry: m.Expiry = None
    card_sequence_no: Annotated[str | None, bmp(0x17)] = None
    payment_type: m.TypeByte = None
    masked_pan: m.MaskedPan = None
    track1: m.Track1 = None
    track2: m.Track2 = None
    track3: m.Track3 = None
    terminal_id: m.TerminalId = None
    merchant_no: Annotated[str | None, bmp(0x2A)] = None
    approval_code: m.ApprovalCode = None
    currency: m.Currency = None
    blocked_goods: Annotated[tuple[str, ...] | None, bmp(0x4C)] = None
    totals: Annotated[Totals | None, bmp(0x60)] = None
    receipt_no: m.ReceiptNo = None
    turnover_no: m.TurnoverNo = None
    card_type: m.CardType = None
    card_type_network: Annotated[int | None, bmp(0x8C)] = None
    card_name: Annotated[str | None, bmp(0x8B)] = None
    additional_text: m.AdditionalText = None
    host_code: Annotated[int | None, bmp(0xA0)] = None
    aid_par: Annotated[bytes | None, bmp(0xBA)] = None

    cardholder_verification: Annotated[int | None, tag("2F.1F10", "1F10")] = None
    online: Annotated[int | None, tag("2F.1F11", "1F11")] = None
    card_technology: Annotated[int | None, tag("2F.1F12", "1F12")] = None
    """00 magnetic stripe, 01 chip, 02 contactless."""
    application_id: m.ApplicationId = None
    application_label: m.ApplicationLabel = None
    preferred_name: m.PreferredName = None
    product_name: m.ProductName = None
    card_type_id: m.CardTypeId = None
    long_trace_no: m.LongTraceNo = None
    tip: m.Tip = None
    cashback: m.Cashback = None
    sync_id: m.SyncId = None
    transaction_info: Annotated[int | None, tag("1F3B")] = None
    vendor_code: m.VendorCode = None
    vendor_text: m.VendorText = None
    texts: m.Texts = ()
    conversion: Conversion = ()
    receipt_parameter: Annotated[str | None, tag("45")] = None
    """First digit merchant, second customer: 0 no receipt, 1 when approved, 2 always."""
    receipt_info: m.ReceiptInfo = None
    customer_emv_data: Annotated[str | None, tag("66.46", "46")] = None
    merchant_emv_data: Annotated[str | None, tag("67.47", "47")] = None
    receipt_header: Annotated[tuple[TextLine, ...], tag("64", coding="lines")] = ()
    receipt_advertising: Annotated[tuple[TextLine, ...], tag("65", coding="lines")] = ()
    remaining_balance: Annotated[int | None, tag("1F3F")] = None
    files: Files = ()

    @property
    def card_id(self) -> int | None:
        """The ZVT card type: BMP 8A, or tag 41 where that says 255."""
        return self.card_type_id if self.card_type_id is not None else self.card_type

    @property
    def trace(self) -> str | None:
        """The trace number, the long one where there is one."""
        return self.long_trace_no or self.trace_no

    @property
    def wants_signature(self) -> bool:
        """Whether the cardholder has to sign (PA00P015 ch. 3, card complete's rule for BMP 19).

        By the cardholder verification; without it a payment done as 40 or 60 is signed.
        """
        if self.cardholder_verification is not None:
            return self.cardholder_verification in SIGNATURE_METHODS
        return self.payment_type in {DONE_OFFLINE, DONE_ONLINE}


class IntermediateStatus(Message, frozen=True, kw_only=True):
    """04 FF: what the terminal is doing. An unknown status is to be ignored."""

    CONTROL: ClassVar[int] = 0x04FF
    TEXTS: ClassVar[TextKind] = TextKind.STATUS
    status: Annotated[int | None, untagged(1, "byte", required=True)] = None
    timeout_min: Annotated[int | None, untagged(1, "amount")] = None
    """T4 from now on, in minutes."""
    texts: m.Texts = ()

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """A second byte 06 whose length fits the rest is the container, not six minutes."""
        del pending
        status = data[:1] or None
        if container_at(data, 1):
            return Split((status, None), 1)
        return Split((status, data[1:2] or None), min(2, len(data)))


class Completion(Message, frozen=True, kw_only=True):
    """06 0F: the command is done, the till has the rights again."""

    CONTROL: ClassVar[int] = 0x060F
    software_version: Annotated[str | None, untagged(0, "counted")] = None
    """After a status enquiry."""
    terminal_status: Annotated[int | None, untagged(1, "byte")] = None
    """After a status enquiry."""
    result_code: m.ResultCode = None
    time: m.Time = None
    date: m.FullDate = None
    status_byte: m.TypeByte = None
    """After a registration: what the terminal needs."""
    terminal_id: m.TerminalId = None
    currency: m.Currency = None
    merchant_display: Annotated[str | None, tag("10")] = None
    customer_display: Annotated[str | None, tag("11")] = None
    printer_width: Annotated[str | None, tag("12")] = None
    character_sets: Annotated[tuple[int, ...], tag("27.14", "14", many=True)] = ()
    max_apdu: Annotated[int | None, tag("1A")] = None
    supported_commands: Annotated[tuple[str, ...], tag("26.0A", many=True)] = ()
    languages: Annotated[tuple[str, ...], tag("28.15", many=True)] = ()
    evaluated_tags: Annotated[bytes | None, tag("1F71")] = None
    device_name: Annotated[str | None, tag("E4.1F40")] = None
    device_software: Annotated[str | None, tag("E4.1F41")] = None
    serial_no: Annotated[str | None, tag("E4.1F42")] = None
    device_state: Annotated[int | None, tag("E4.1F43")] = None
    long_terminal_id: Annotated[str | None, tag("1F44")] = None
    terminal_date: Annotated[str | None, tag("34.1F0E")] = None
    terminal_time: Annotated[str | None, tag("34.1F0F")] = None
    started_action: Annotated[int | None, tag("1F79")] = None
    requested_action: Annotated[int | None, tag("1F13")] = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """After 05 01 `[LLLVAR version] status` stand in front; the bytes often say so, too."""
        version, at = _version(data)
        if version is None and not _status_first(data, pending):
            return Split((None, None), 0)
        return Split((version, data[at : at + 1] or None), min(at + 1, len(data)))


def _version(data: bytes) -> tuple[bytes | None, int]:
    """A version of LLLVAR in front: three bytes F0 to F9, and as many after them."""
    if len(data) < 3 or any(not 0xF0 <= byte <= 0xF9 for byte in data[:3]):
        return None, 0
    end = 3 + int("".join(str(byte & 0x0F) for byte in data[:3]))
    return (data[3:end], end) if end <= len(data) else (None, 0)


def _status_first(data: bytes, pending: int | None) -> bool:
    if not data:
        return False
    if pending is not None:
        return pending == _STATUS_ENQUIRY
    return len(data) == 1 or data[0] not in BMPS


class AbortByTerminal(Message, frozen=True, kw_only=True):
    """06 1E: the command ended without success."""

    CONTROL: ClassVar[int] = 0x061E
    result_code: Annotated[int | None, untagged(1, "byte", required=True)] = None
    currency: Annotated[str | None, untagged(2, "currency")] = None
    """With result 6F: the terminal's own."""
    receipt_no: m.ReceiptNo = None
    amount: m.Amount = None
    open_reservations: Annotated[tuple[str, ...], tag("23.08", many=True)] = ()
    vendor_code: m.VendorCode = None
    vendor_text: m.VendorText = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """A currency follows only with 6F, and only if the till sent one."""
        del pending
        result = data[:1] or None
        currency = None
        if result == bytes((_WRONG_CURRENCY,)):
            currency = currency_at(data, 1, followed_by=tuple(BMPS))
        return Split((result, currency), min(3 if currency else 1, len(data)))


class SetTillClock(Message, frozen=True, kw_only=True):
    """04 01: date YYMMDD and time HHMMSS for the till."""

    CONTROL: ClassVar[int] = 0x0401
    date: m.FullDate = None
    time: m.Time = None
