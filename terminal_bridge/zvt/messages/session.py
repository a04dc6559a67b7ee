"""Registration, log-off, and what keeps a terminal in order, till to terminal."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from terminal_bridge.zvt.fields import bmp, tag, untagged
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, Split
from terminal_bridge.zvt.messages.split import container_at, currency_at

# The config byte of 06 00.
ECR_PRINTS_PAYMENTS: Final = 0x02
ECR_PRINTS_ADMINISTRATION: Final = 0x04
SEND_INTERMEDIATE_STATUS: Final = 0x08
ECR_CONTROLS_PAYMENT: Final = 0x10
ECR_CONTROLS_ADMINISTRATION: Final = 0x20
PRINT_BY_COMMANDS: Final = 0x80
"""With one of the ECR_PRINTS bits: 06 D1 or 06 D3. Without: the till builds receipts from 04 0F."""
CONFIG_AFTER_LOG_OFF: Final = 0x86

# The service byte (BMP 03) of 06 00, 05 01 and 06 20.
NO_SERVICE_MENU: Final = 0x01
CAPITAL_LETTERS: Final = 0x02
NO_SOFTWARE_VERSION: Final = 0x02
DETAILS_IN_TLV: Final = 0x04
SEND_STATUS_INFORMATION: Final = 0x01
DO_NOT_PRINT: Final = 0x02

_PASSWORD: Final = 3


class Registration(Message, frozen=True, kw_only=True):
    """06 00. `tlv=()` sends an empty container, which alone switches TLV on."""

    CONTROL: ClassVar[int] = 0x0600
    password: m.Password = None
    config: Annotated[int | None, untagged(1, "byte", required=True)] = None
    currency: Annotated[str | None, untagged(2, "currency", leads=True)] = None
    service: m.ServiceByte = None
    merchant_display: Annotated[str | None, tag("10")] = None
    """Columns and lines, two digits each."""
    customer_display: Annotated[str | None, tag("11")] = None
    printer_width: Annotated[str | None, tag("12")] = None
    character_sets: Annotated[tuple[int, ...], tag("27.14", "14", many=True)] = ()
    languages: Annotated[tuple[str, ...], tag("28.15", many=True)] = ()
    max_apdu: Annotated[int | None, tag("1A")] = None
    supported_commands: Annotated[tuple[str, ...], tag("26.0A", many=True)] = ()
    """Commands of the terminal that the till answers, such as 06D3; without it 06 D1 is used."""
    emv_configuration: Annotated[bytes | None, tag("40")] = None
    receipt_wishes: m.ReceiptWishes = None
    transaction_parameter: m.TransactionParameter = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """The currency is optional, and tills send 03 and 06 without it."""
        del pending
        password = data[:_PASSWORD] if len(data) >= _PASSWORD else None
        config = data[3:4] or None
        currency = currency_at(data, 4, followed_by=(0x03, 0x06))
        end = 6 if currency is not None else 4
        return Split((password, config, currency), min(end, len(data)))


class LogOff(Message, frozen=True, kw_only=True):
    """06 02. The config byte is 86 again and TLV is off."""

    CONTROL: ClassVar[int] = 0x0602


class StatusEnquiry(Message, frozen=True, kw_only=True):
    """05 01. With a service byte or TLV the password must be there, to be told apart."""

    CONTROL: ClassVar[int] = 0x0501
    password: m.OptionalPassword = None
    service: m.ServiceByte = None
    report_contactless: Annotated[int | None, tag("1F72")] = None
    report_smid: Annotated[int | None, tag("1F76")] = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """Three bytes are a password, unless a container fills the message exactly."""
        del pending
        if len(data) < _PASSWORD or container_at(data, 0):
            return Split((None,), 0)
        return Split((data[:_PASSWORD],), _PASSWORD)


class RepeatReceipt(Message, frozen=True, kw_only=True):
    """06 20. Service byte 03 sends the last 04 0F again and prints nothing."""

    CONTROL: ClassVar[int] = 0x0620
    password: m.Password = None
    service: m.ServiceByte = None
    receipt_id: Annotated[int | None, tag("1F01")] = None
    from_transaction: Annotated[int | None, tag("1F02")] = None
    to_transaction: Annotated[int | None, tag("1F03")] = None


class Diagnosis(Message, frozen=True, kw_only=True):
    """06 70."""

    CONTROL: ClassVar[int] = 0x0670
    kind: Annotated[int | None, tag("1B")] = None
    """01 line, 02 extended, 03 configuration, 04 EMV configuration, 05 ep2 configuration."""


class SelfTest(Message, frozen=True, kw_only=True):
    """06 79."""

    CONTROL: ClassVar[int] = 0x0679


class Initialisation(Message, frozen=True, kw_only=True):
    """06 93."""

    CONTROL: ClassVar[int] = 0x0693
    password: m.Password = None


class ResetTerminal(Message, frozen=True, kw_only=True):
    """06 18."""

    CONTROL: ClassVar[int] = 0x0618


class SetTerminalId(Message, frozen=True, kw_only=True):
    """06 1B. Only with an empty turnover store."""

    CONTROL: ClassVar[int] = 0x061B
    password: m.Password = None
    terminal_id: m.TerminalId = None


class SetDateTime(Message, frozen=True, kw_only=True):
    """06 91: date YYMMDD and time HHMMSS."""

    CONTROL: ClassVar[int] = 0x0691
    password: m.Password = None
    date: m.FullDate = None
    time: m.Time = None


class ChangePassword(Message, frozen=True, kw_only=True):
    """06 95."""

    CONTROL: ClassVar[int] = 0x0695
    password: m.Password = None
    new_password: m.Password = None


class AbortByTill(Message, frozen=True, kw_only=True):
    """06 B0. Its acknowledgement is not the end of what runs."""

    CONTROL: ClassVar[int] = 0x06B0
    card_output_direction: Annotated[int | None, bmp(0xD2)] = None
    card_reader_activation: Annotated[int | None, bmp(0xFA)] = None


class ActivateServiceMode(Message, frozen=True, kw_only=True):
    """08 01."""

    CONTROL: ClassVar[int] = 0x0801
    password: m.OptionalPassword = None
    service: m.ServiceByte = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """Three bytes are a password."""
        del pending
        if len(data) < _PASSWORD:
            return Split((None,), 0)
        return Split((data[:_PASSWORD],), _PASSWORD)


class SwitchProtocol(Message, frozen=True, kw_only=True):
    """08 02."""

    CONTROL: ClassVar[int] = 0x0802
    protocol: Annotated[int | None, untagged(1, "byte", required=True)] = None


class SelectLanguage(Message, frozen=True, kw_only=True):
    """08 30: 00 de, 01 en, 02 fr, 03 it, …"""

    CONTROL: ClassVar[int] = 0x0830
    language: Annotated[int | None, untagged(1, "byte", required=True)] = None


class ChangeBaudRate(Message, frozen=True, kw_only=True):
    """08 40: 0 = 9600, 1 = 19200, 6 = 57600, 7 = 115200. Valid two seconds after the answer."""

    CONTROL: ClassVar[int] = 0x0840
    rate: Annotated[int | None, untagged(1, "byte", required=True)] = None


class ActivateCardReader(Message, frozen=True, kw_only=True):
    """08 50."""

    CONTROL: ClassVar[int] = 0x0850
    card_reader_activation: Annotated[int | None, bmp(0xFA)] = None
