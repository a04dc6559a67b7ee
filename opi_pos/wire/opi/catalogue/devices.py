"""The terminal uses the till's devices: what it shows, prints and asks, and what it is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.opi.catalogue.amounts import SaleItem, TotalAmount
from opi_pos.wire.opi.catalogue.cards import CardIdent, InputValue
from opi_pos.wire.opi.catalogue.icc import ICC, SecureDataFlow
from opi_pos.wire.opi.catalogue.parties import Acquirer
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.schema import ATTR, NEEDED, TEXT, Element, named


class TextLine(Element, frozen=True, kw_only=True):
    """One line; without a text it is an empty line."""

    row: Annotated[int | None, ATTR] = None
    column: Annotated[int | None, ATTR] = None
    char_set: Annotated[str | None, ATTR] = None
    erase: Annotated[bool | None, ATTR] = None
    echo: Annotated[bool | None, ATTR] = None
    cursor: Annotated[bool | None, ATTR] = None
    time_out: Annotated[int | None, ATTR] = None
    color: Annotated[str | None, ATTR] = None
    alignment: Annotated[str | None, ATTR] = None
    height: Annotated[str | None, ATTR] = None
    width: Annotated[str | None, ATTR] = None
    char_style_1: Annotated[str | None, ATTR] = None
    char_style_2: Annotated[str | None, ATTR] = None
    char_style_3: Annotated[str | None, ATTR] = None
    paper_cut: Annotated[bool | None, ATTR] = None
    menu_item: Annotated[int | None, ATTR] = None
    hidden: Annotated[bool | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class Buzzer(Element, frozen=True, kw_only=True):
    """A sound; times are in milliseconds [inferred]."""

    duration_beep: Annotated[int | None, ATTR] = None
    counter_beep: Annotated[int | None, ATTR] = None
    duration_pause: Annotated[int | None, ATTR] = None
    text: Annotated[bool | None, TEXT] = None


class Output(Element, frozen=True, kw_only=True):
    """What one device shall show or print. Which printer means which slip: see the profile."""

    input_synchronize: Annotated[bool | None, ATTR] = None
    complete: Annotated[bool | None, ATTR] = None
    immediate: Annotated[bool | None, ATTR] = None
    category: Annotated[str | None, ATTR] = None
    code: Annotated[str | None, ATTR] = None
    time_out: Annotated[int | None, ATTR] = None
    ticket_type: Annotated[str | None, ATTR] = None
    out_device_target: Annotated[str | None, ATTR, NEEDED] = None
    text_line: tuple[TextLine, ...] = ()
    buzzer: Buzzer | None = None
    out_secure_data: tuple[SecureDataFlow, ...] = ()
    mac: SecureDataFlow | None = None
    image_file: str | None = None
    e_journal: Annotated[Node | None, named("E-Journal")] = None
    """A structured record: ShopInfo, TransactionInfo, CardInfo, DCCInfo."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The texts of all lines."""
        return tuple(line.text or "" for line in self.text_line)


class Command(Element, frozen=True, kw_only=True):
    """What is asked. `text` names it, times are in seconds."""

    length: Annotated[int | None, ATTR] = None
    min_length: Annotated[int | None, ATTR] = None
    max_length: Annotated[int | None, ATTR] = None
    decimals: Annotated[int | None, ATTR] = None
    separator: Annotated[str | None, ATTR] = None
    card_read_element: Annotated[str | None, ATTR] = None
    time_out: Annotated[int | None, ATTR] = None
    data_required: Annotated[str | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class Input(Element, frozen=True, kw_only=True):
    """A question, or a wish for a card, to one device."""

    in_device_target: Annotated[str | None, ATTR, NEEDED] = None
    command: Command | None = None
    in_secure_data: tuple[SecureDataFlow, ...] = ()


class OutputResult(Element, frozen=True, kw_only=True):
    """Output of a DeviceResponse: what became of one output."""

    out_device_target: Annotated[str | None, ATTR, NEEDED] = None
    out_result: Annotated[str | None, ATTR, NEEDED] = None


class InputResult(Element, frozen=True, kw_only=True):
    """Input of a DeviceResponse: what was entered, or why nothing was."""

    in_device_target: Annotated[str | None, ATTR, NEEDED] = None
    in_result: Annotated[str | None, ATTR, NEEDED] = None
    secure_data: tuple[SecureDataFlow, ...] = ()
    input_value: InputValue | None = None


class ProductCode(Element, frozen=True, kw_only=True):
    """A product that may be bought."""

    name: Annotated[str | None, ATTR] = None
    unit_measure: Annotated[str | None, ATTR] = None
    quantity: Annotated[Decimal | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class ProductsAllowed(Element, frozen=True, kw_only=True):
    """What a fleet card may buy."""

    product_code: tuple[ProductCode, ...] = ()


class EventData(Element, frozen=True, kw_only=True):
    """What happened, in detail."""

    dispenser: str | None = None
    total_amount: TotalAmount | None = None
    card_ident: CardIdent | None = None
    data_required: tuple[str, ...] = ()
    products_allowed: ProductsAllowed | None = None


class Event(Element, frozen=True, kw_only=True):
    """Something happened at the terminal: CardInserted, DispenserSelected, ObtainAuth."""

    event_type: Annotated[str | None, ATTR, NEEDED] = None
    event_data: Annotated[EventData | None, NEEDED] = None


class AuthResponse(Element, frozen=True, kw_only=True):
    """An authorisation that the till obtained."""

    auth_arc: str | None = None
    auth_code: str | None = None
    auth_result: str | None = None
    icc: ICC | None = None


class TransactionLimits(Element, frozen=True, kw_only=True):
    """Limits for this payment."""

    auth_flags: str | None = None
    limit_floor: Decimal | None = None
    limit_post_comms: Decimal | None = None
    ceiling: Decimal | None = None
    ceiling_cdcvm: Decimal | None = None
    ceiling_cash: Decimal | None = None
    ceiling_fpa: Decimal | None = None
    read_tlv: str | None = None


class OACentreDetails(Element, frozen=True, kw_only=True):
    """What the till's authorisation centre can do."""

    oa_centre_name: str | None = None
    refund_online: str | None = None
    refund_online_ctls: str | None = None
    reversal_mode: str | None = None
    reverse_online: str | None = None
    icc_no_track_2: str | None = None


class EventResult(Element, frozen=True, kw_only=True):
    """What the till makes of an event."""

    dispenser: tuple[str, ...] = ()
    product_code: tuple[str, ...] = ()
    modified_request: str | None = None
    total_amount: TotalAmount | None = None
    sale_item: tuple[SaleItem, ...] = ()
    acquirer: Acquirer | None = None
    auth_response: AuthResponse | None = None
    transaction_limits: TransactionLimits | None = None
    oa_centre_details: OACentreDetails | None = None
