"""What is shown or printed: texts, menus, barcodes, receipts."""

from __future__ import annotations

from typing import Annotated

from opi_pos.wire.nexo.catalogue.header import Response
from opi_pos.wire.nexo.enumerations import (
    Alignment,
    BarcodeType,
    CharacterHeight,
    CharacterStyle,
    CharacterWidth,
    Color,
    Device,
    DocumentQualifier,
    InfoQualify,
    MenuEntryTag,
    OutputFormat,
    QRCodeEncodingMode,
    QRCodeErrorCorrection,
    ResponseMode,
)
from opi_pos.wire.nexo.facets import BASE64, LANGUAGE, between, digits
from opi_pos.wire.nexo.schema import ATTR, SINCE_3_1, TEXT, TEXT_IN_3_0, Element


class PredefinedContent(Element, frozen=True, kw_only=True):
    """A text or screen that the other side already holds."""

    reference_id: Annotated[str, ATTR]
    language: Annotated[str | None, ATTR, LANGUAGE] = None


class OutputText(Element, frozen=True, kw_only=True):
    """A piece of text and how it looks."""

    character_set: Annotated[int | None, ATTR, between(3, 2000)] = None
    font: Annotated[str | None, ATTR] = None
    start_row: Annotated[int | None, ATTR, between(1, 500)] = None
    start_column: Annotated[int | None, ATTR, between(1, 100)] = None
    color: Annotated[str | None, ATTR, Color] = None
    character_width: Annotated[str | None, ATTR, CharacterWidth] = None
    character_height: Annotated[str | None, ATTR, CharacterHeight] = None
    character_style: Annotated[str | None, ATTR, CharacterStyle] = None
    alignment: Annotated[str | None, ATTR, Alignment] = None
    end_of_line_flag: Annotated[bool | None, ATTR] = None  # absent: true
    text: Annotated[str, TEXT]


class OutputBarcode(Element, frozen=True, kw_only=True):
    """A barcode. In 3.0 its value is the text of the element."""

    barcode_type: Annotated[str | None, ATTR, BarcodeType] = None  # absent: EAN13
    qr_code_version: Annotated[str | None, ATTR, digits(1, 40), SINCE_3_1] = None
    qr_code_encoding_mode: Annotated[str | None, ATTR, QRCodeEncodingMode, SINCE_3_1] = None
    qr_code_error_correction: Annotated[str | None, ATTR, QRCodeErrorCorrection, SINCE_3_1] = None
    barcode_value: Annotated[str | None, TEXT_IN_3_0] = None
    qr_code_binary_value: Annotated[str | None, BASE64, SINCE_3_1] = None


class OutputContent(Element, frozen=True, kw_only=True):
    """What to show or print; the member that fits OutputFormat."""

    output_format: Annotated[str, ATTR, OutputFormat]
    predefined_content: PredefinedContent | None = None
    output_text: tuple[OutputText, ...] = ()
    output_xhtml: Annotated[str | None, BASE64] = None
    output_barcode: OutputBarcode | None = None


class MenuEntry(Element, frozen=True, kw_only=True):
    """One line of a menu."""

    menu_entry_tag: Annotated[str | None, ATTR, MenuEntryTag] = None  # absent: Selectable
    output_format: Annotated[str, ATTR, OutputFormat]
    default_selected_flag: Annotated[bool | None, ATTR] = None  # absent: false
    predefined_content: PredefinedContent | None = None
    output_text: tuple[OutputText, ...] = ()
    output_xhtml: Annotated[str | None, BASE64] = None


class DisplayOutput(Element, frozen=True, kw_only=True):
    """What to show on one device."""

    response_required_flag: Annotated[bool | None, ATTR] = None  # absent: true
    minimum_display_time: Annotated[int | None, ATTR, between(0, 999)] = None  # absent: 0
    device: Annotated[str, ATTR, Device]
    info_qualify: Annotated[str, ATTR, InfoQualify]
    output_content: OutputContent
    menu_entry: tuple[MenuEntry, ...] = ()
    output_signature: Annotated[str | None, BASE64] = None


class OutputResult(Element, frozen=True, kw_only=True):
    """Whether one output was shown."""

    device: Annotated[str, ATTR, Device]
    info_qualify: Annotated[str, ATTR, InfoQualify]
    response: Response


class PaymentReceipt(Element, frozen=True, kw_only=True):
    """A receipt that comes with a response."""

    document_qualifier: Annotated[str, ATTR, DocumentQualifier]
    integrated_print_flag: Annotated[bool | None, ATTR] = None  # absent: false
    required_signature_flag: Annotated[bool | None, ATTR] = None  # absent: false
    output_content: OutputContent


class PrintOutput(Element, frozen=True, kw_only=True):
    """A document to print."""

    document_qualifier: Annotated[str, ATTR, DocumentQualifier]
    response_mode: Annotated[str, ATTR, ResponseMode]
    integrated_print_flag: Annotated[bool | None, ATTR] = None  # absent: false
    required_signature_flag: Annotated[bool | None, ATTR] = None  # absent: false
    output_content: OutputContent
    output_signature: Annotated[str | None, BASE64] = None
