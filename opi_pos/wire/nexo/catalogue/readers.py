"""The card reader and the PIN pad as devices of the till."""

from __future__ import annotations

from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.catalogue.cards import TrackData
from opi_pos.wire.nexo.catalogue.header import Response
from opi_pos.wire.nexo.catalogue.output import DisplayOutput
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.enumerations import EntryMode, ForceEntryMode, PINFormat, PINRequestType
from opi_pos.wire.nexo.facets import BASE64, DIGITS, octets
from opi_pos.wire.nexo.schema import ATTR, LISTED, Element, occurs


class CardReaderInitRequest(Element, frozen=True, kw_only=True):
    """Wait for a card and wake it."""

    warm_reset_flag: Annotated[bool | None, ATTR] = None
    leave_card_flag: Annotated[bool | None, ATTR] = None  # absent: true
    max_waiting_time: Annotated[int | None, ATTR] = None
    force_entry_mode: Annotated[tuple[tuple[str, ...], ...], ForceEntryMode, LISTED] = ()
    display_output: DisplayOutput | None = None


class ICCResetData(Element, frozen=True, kw_only=True):
    """What the chip said on reset."""

    atr_value: Annotated[str | None, ATTR, octets(1, 100)] = None
    card_status_words: Annotated[str | None, ATTR, octets(2, 2)] = None


class CardReaderInitResponse(Element, frozen=True, kw_only=True):
    """The card in the reader."""

    entry_mode: Annotated[tuple[str, ...], ATTR, EntryMode, LISTED] = ()
    response: Response
    track_data: Annotated[tuple[TrackData, ...], occurs(0, 4)] = ()
    icc_reset_data: ICCResetData | None = None


class CardReaderAPDURequest(Element, frozen=True, kw_only=True):
    """One command for the chip; its data is a secret."""

    apdu_class: Annotated[str, ATTR, octets(1, 1)]
    apdu_instruction: Annotated[str, ATTR, octets(1, 1)]
    apdu_par1: Annotated[str, ATTR, octets(1, 1)]
    apdu_par2: Annotated[str, ATTR, octets(1, 1)]
    apdu_expected_length: Annotated[str | None, ATTR, octets(1, 1)] = None
    apdu_data: Annotated[Secret | None, BASE64] = None


class CardReaderAPDUResponse(Element, frozen=True, kw_only=True):
    """The chip's answer; its data is a secret."""

    card_status_words: Annotated[str, ATTR, octets(2, 2)]
    response: Response
    apdu_data: Annotated[Secret | None, BASE64] = None


class CardReaderPowerOffRequest(Element, frozen=True, kw_only=True):
    """Switch the chip off."""

    max_waiting_time: Annotated[int | None, ATTR] = None
    display_output: DisplayOutput | None = None


class CardReaderPowerOffResponse(Element, frozen=True, kw_only=True):
    """Whether the chip is off."""

    response: Response


class CardholderPIN(Element, frozen=True, kw_only=True):
    """An encrypted PIN block."""

    pin_format: Annotated[str, ATTR, PINFormat]
    additional_input: Annotated[str | None, ATTR] = None
    encr_pin_block: ContentInformation


class PINRequest(Element, frozen=True, kw_only=True):
    """Ask for a PIN or check one."""

    pin_request_type: Annotated[str, ATTR, PINRequestType]
    pin_verif_method: Annotated[str | None, ATTR] = None
    additional_input: Annotated[str | None, ATTR] = None
    pin_enc_algorithm: Annotated[str | None, ATTR, DIGITS] = None
    pin_format: Annotated[str | None, ATTR, PINFormat] = None
    key_reference: Annotated[str | None, ATTR] = None
    max_waiting_time: Annotated[int | None, ATTR] = None
    cardholder_pin: CardholderPIN | None = None


class PINResponse(Element, frozen=True, kw_only=True):
    """The PIN, encrypted, or whether it fits."""

    response: Response
    cardholder_pin: CardholderPIN | None = None
