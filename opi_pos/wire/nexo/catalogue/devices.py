"""Display, input, print, sound and transmission."""

from __future__ import annotations

from typing import Annotated

from opi_pos.wire.nexo.catalogue.header import MessageReference, Response
from opi_pos.wire.nexo.catalogue.output import (
    DisplayOutput,
    MenuEntry,
    OutputContent,
    OutputResult,
    PrintOutput,
)
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.enumerations import (
    Device,
    DocumentQualifier,
    InfoQualify,
    InputCommand,
    ResponseMode,
    SoundAction,
    SoundFormat,
)
from opi_pos.wire.nexo.facets import BASE64, DIGITS, LANGUAGE, between
from opi_pos.wire.nexo.schema import AT_LEAST_ONE, ATTR, TEXT, Element


class DisplayRequest(Element, frozen=True, kw_only=True):
    """Show something."""

    display_output: Annotated[tuple[DisplayOutput, ...], AT_LEAST_ONE] = ()


class DisplayResponse(Element, frozen=True, kw_only=True):
    """Whether it was shown."""

    output_result: Annotated[tuple[OutputResult, ...], AT_LEAST_ONE] = ()


class InputData(Element, frozen=True, kw_only=True):
    """What to ask for, and how."""

    device: Annotated[str, ATTR, Device]
    info_qualify: Annotated[str, ATTR, InfoQualify]
    input_command: Annotated[str, ATTR, InputCommand]
    notify_card_input_flag: Annotated[bool | None, ATTR] = None  # absent: false
    max_input_time: Annotated[int | None, ATTR] = None
    immediate_response_flag: Annotated[bool | None, ATTR] = None  # absent: false
    min_length: Annotated[int | None, ATTR] = None
    max_length: Annotated[int | None, ATTR] = None
    max_decimal_length: Annotated[int | None, ATTR] = None
    wait_user_validation_flag: Annotated[bool | None, ATTR] = None  # absent: true
    from_right_to_left_flag: Annotated[bool | None, ATTR] = None  # absent: false
    mask_characters_flag: Annotated[bool | None, ATTR] = None  # absent: false
    beep_key_flag: Annotated[bool | None, ATTR] = None  # absent: false
    global_correction_flag: Annotated[bool | None, ATTR] = None  # absent: false
    disable_cancel_flag: Annotated[bool | None, ATTR] = None  # absent: false
    disable_correct_flag: Annotated[bool | None, ATTR] = None  # absent: false
    disable_valid_flag: Annotated[bool | None, ATTR] = None  # absent: false
    menu_back_flag: Annotated[bool | None, ATTR] = None  # absent: false
    default_input_string: str | None = None
    string_mask: str | None = None


class InputRequest(Element, frozen=True, kw_only=True):
    """Ask a person."""

    display_output: DisplayOutput | None = None
    input_data: InputData


class Input(Element, frozen=True, kw_only=True):
    """What the person entered; the member that fits InputCommand."""

    input_command: Annotated[str, ATTR, InputCommand]
    confirmed_flag: bool | None = None
    function_key: Annotated[str | None, DIGITS] = None
    text_input: str | None = None
    digit_input: Annotated[str | None, DIGITS] = None
    password: ContentInformation | None = None
    menu_entry_number: Annotated[int | None, between(1, None)] = None


class InputResult(Element, frozen=True, kw_only=True):
    """The person's answer."""

    device: Annotated[str, ATTR, Device]
    info_qualify: Annotated[str, ATTR, InfoQualify]
    response: Response
    input: Input | None = None


class InputResponse(Element, frozen=True, kw_only=True):
    """Whether the question was shown, and its answer."""

    output_result: OutputResult | None = None
    input_result: InputResult


class InputUpdate(Element, frozen=True, kw_only=True):
    """Change a question that is being asked. It has no response."""

    min_length: Annotated[int | None, ATTR] = None
    max_length: Annotated[int | None, ATTR] = None
    max_decimal_length: Annotated[int | None, ATTR] = None
    message_reference: MessageReference
    output_content: OutputContent
    menu_entry: tuple[MenuEntry, ...] = ()
    output_signature: Annotated[str | None, BASE64] = None


class PrintRequest(Element, frozen=True, kw_only=True):
    """Print a document."""

    print_output: PrintOutput


class PrintResponse(Element, frozen=True, kw_only=True):
    """Whether it was printed."""

    document_qualifier: Annotated[str, ATTR, DocumentQualifier]
    response: Response


class SoundContent(Element, frozen=True, kw_only=True):
    """A sound, by name or as text to speak."""

    sound_format: Annotated[str | None, ATTR, SoundFormat] = None
    language: Annotated[str | None, ATTR, LANGUAGE] = None
    reference_id: Annotated[str | None, ATTR] = None
    text: Annotated[str, TEXT]


class SoundRequest(Element, frozen=True, kw_only=True):
    """Play a sound."""

    response_mode: Annotated[str | None, ATTR, ResponseMode] = None  # absent: NotRequired
    sound_action: Annotated[str, ATTR, SoundAction]
    sound_volume: Annotated[int | None, ATTR] = None
    sound_content: SoundContent


class SoundResponse(Element, frozen=True, kw_only=True):
    """Whether it was played."""

    response: Response


class TransmitRequest(Element, frozen=True, kw_only=True):
    """Send bytes on to an address."""

    wait_response_flag: Annotated[bool | None, ATTR] = None  # absent: false
    maximum_transmit_time: Annotated[int, ATTR]
    destination_address: Annotated[str, ATTR]
    message: Annotated[str, BASE64]


class TransmitResponse(Element, frozen=True, kw_only=True):
    """What came back."""

    response: Response
    message: Annotated[str | None, BASE64] = None
