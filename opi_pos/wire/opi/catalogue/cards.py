"""Cards. Whatever can hold a full number, a track or a code is a `Secret`."""

from __future__ import annotations

from typing import Annotated

from opi_pos.model.secret import Secret
from opi_pos.wire.opi.catalogue.icc import ICC, SecureDataFlow
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.schema import ATTR, TEXT, Element, named


class CardTrack(Element, frozen=True, kw_only=True):
    """A track, as hexadecimal digits, as text, or bare."""

    byte: Secret | None = None
    ascii: Secret | None = None
    text: Annotated[Secret | None, TEXT] = None


class CardValue(Element, frozen=True, kw_only=True):
    """A card that the till names, or that the terminal read."""

    track_1: CardTrack | None = None
    track_2: CardTrack | None = None
    track_3: CardTrack | None = None
    barcode: Secret | None = None
    in_string: Secret | None = None
    card_pan: Secret | None = None
    start_date: str | None = None
    expiry_date: str | None = None
    """MMYY, MM/YY, M/Y and YYMM are all in use."""
    end_date: str | None = None
    card_circuit: str | None = None
    issue_number: str | None = None
    service_code: str | None = None
    token_salt: str | None = None
    token: str | None = None
    cv2: Secret | None = None
    post_code: str | None = None
    address: str | None = None
    extended_policy: Node | None = None
    mileage: str | None = None
    registration: str | None = None
    id_checked: bool | None = None
    supplementary: str | None = None
    icc: ICC | None = None


class EncryptedCardValue(Element, frozen=True, kw_only=True):
    """A card under a key of the sender's."""

    encryption_id: str | None = None
    encryption_key: Secret | None = None
    track_1: Secret | None = None
    track_2: Secret | None = None
    track_3: Secret | None = None
    barcode: Secret | None = None
    card_pan: Secret | None = None
    start_date: Secret | None = None
    expiry_date: Secret | None = None
    issue_number: Secret | None = None
    service_code: Secret | None = None
    token_salt: Secret | None = None
    cv2: Secret | None = None
    post_code: Secret | None = None
    address: Secret | None = None
    encryption_rsa: Secret | None = None


class CardDetails(Element, frozen=True, kw_only=True):
    """What SECpos terminals add beside CardValue."""

    expiry_date: str | None = None
    currency_code: str | None = None
    sequence_number: str | None = None


class CADLuhn(Element, frozen=True, kw_only=True):
    """Check digits that a reader found right."""

    mod_10: Annotated[bool | None, ATTR] = None
    mod_11: Annotated[bool | None, ATTR] = None
    mc: Annotated[bool | None, ATTR] = None
    bpa: Annotated[bool | None, ATTR] = None
    bpa_rearranged: Annotated[bool | None, ATTR] = None


class E2EEValues(Element, frozen=True, kw_only=True):
    """Card data encrypted from end to end."""

    encryption_iv_dt: Annotated[str | None, named("EncryptionIvDt")] = None
    encryption_key_data: Secret | None = None
    encrypted_track_2: Secret | None = None
    encrypted_card_pan: Secret | None = None


class P2PEValues(Element, frozen=True, kw_only=True):
    """Card data encrypted from point to point."""

    data_iv: str | None = None
    data_ksn: str | None = None
    encrypted_data: Secret | None = None
    pan_iv: str | None = None
    pan_ksn: str | None = None
    encrypted_pan: Secret | None = None


class Features(Element, frozen=True, kw_only=True):
    """What a card allows."""

    feature: tuple[str, ...] = ()


class CardIdent(Element, frozen=True, kw_only=True):
    """A card that was put in, in an event of the terminal's."""

    encryption_version: str | None = None
    terminal_attributes: str | None = None
    e2ee_enc_values: E2EEValues | None = None
    p2pe_enc_values: P2PEValues | None = None
    track_2: CardTrack | None = None
    card_pan: Secret | None = None
    cad_luhn: CADLuhn | None = None
    start_date: str | None = None
    expiry_date: str | None = None
    card_circuit: str | None = None
    issue_number: str | None = None
    service_code: str | None = None
    token: str | None = None
    contactless: bool | None = None
    card_type: str | None = None
    read_tlv: Secret | None = None
    features: Features | None = None
    terminal_id: str | None = None
    reader_serial_no: str | None = None
    icc: ICC | None = None


class InputValue(Element, frozen=True, kw_only=True):
    """What was entered: `in_boolean`, `in_number` or `in_string` by a cashier, a card by a reader.

    An entry may be anything, so a text that looks like a card number is masked in the `repr`.
    """

    track_1: CardTrack | None = None
    track_2: CardTrack | None = None
    track_3: CardTrack | None = None
    icc: SecureDataFlow | None = None
    barcode: Secret | None = None
    in_boolean: bool | None = None
    in_number: str | None = None
    in_string: str | None = None
    card_pan: Secret | None = None
    start_date: str | None = None
    expiry_date: str | None = None
