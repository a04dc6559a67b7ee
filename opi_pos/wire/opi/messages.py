"""The six messages. Ids are text and keep their form; results and types are as they came.

Channel 0, the till asks: CardServiceRequest, ServiceRequest and their responses. Channel 1, the
terminal asks: DeviceRequest and DeviceResponse.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from opi_pos.wire.opi.catalogue.amounts import SaleItem, TotalAmount
from opi_pos.wire.opi.catalogue.cards import CardDetails, CardValue, EncryptedCardValue
from opi_pos.wire.opi.catalogue.devices import (
    Event,
    EventResult,
    Input,
    InputResult,
    Output,
    OutputResult,
)
from opi_pos.wire.opi.catalogue.outcome import (
    Authorisation,
    PINPadProgramLoad,
    PrivateData,
    Reconciliation,
    Submission,
    Tender,
    Versions,
)
from opi_pos.wire.opi.catalogue.parties import (
    Acquirer,
    CardCircuitCollection,
    ErrorDetail,
    Loyalty,
    OriginalHeader,
    OriginalTransaction,
    POSdata,
    Terminal,
)
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.schema import ATTR, NEEDED, Element, named


class Head(Element, frozen=True, kw_only=True):
    """What every message but the last one begins with."""

    request_type: Annotated[str, ATTR]
    application_sender: Annotated[str | None, ATTR] = None
    workstation_id: Annotated[str, ATTR]
    popid: Annotated[str | None, ATTR] = None
    request_id: Annotated[str, ATTR]


class Asked(Head, frozen=True, kw_only=True):
    """A request of the till, on channel 0."""

    reference_number: Annotated[str | None, ATTR] = None
    pos_data: Annotated[POSdata | None, named("POSdata"), NEEDED] = None


class Told(Head, frozen=True, kw_only=True):
    """The terminal's answer, on channel 0: `overall_result` decides, see `opi.meaning_of`.

    `elme_…` come from Swiss terminals.
    """

    overall_result: Annotated[str, ATTR]
    elme_error_code: Annotated[str | None, ATTR] = None
    elme_error_text: Annotated[str | None, ATTR] = None
    terminal: Terminal | None = None
    error_detail: ErrorDetail | None = None


class CardServiceRequest(Asked, frozen=True, kw_only=True):
    """The till wants something done with a card, or stopped, or told again."""

    loyalty: Loyalty | None = None
    card_circuit_collection: CardCircuitCollection | None = None
    original_transaction: OriginalTransaction | None = None
    total_amount: TotalAmount | None = None
    sale_item: tuple[SaleItem, ...] = ()
    card_value: CardValue | None = None
    encrypted_card_value: EncryptedCardValue | None = None
    acquirer: Acquirer | None = None
    private_data: tuple[PrivateData, ...] = ()
    encryption: Node | None = None
    validation: Node | None = None


class CardServiceResponse(Told, frozen=True, kw_only=True):
    """How a CardServiceRequest ended. The reasons come from Swiss terminals; where they stand is
    [inferred], `opi.reasons` looks in all likely places.
    """

    system_status: Annotated[str | None, ATTR] = None
    terminal_decline_reason: Annotated[str | None, ATTR] = None
    host_decline_reason: Annotated[str | None, ATTR] = None
    tender: Tender | None = None
    loyalty: Loyalty | None = None
    sale_item: tuple[SaleItem, ...] = ()
    original_header: OriginalHeader | None = None
    card_details: CardDetails | None = None
    card_value: CardValue | None = None
    private_data: tuple[PrivateData, ...] = ()


class ServiceRequest(Asked, frozen=True, kw_only=True):
    """The till wants a service of the terminal: Login, Reconciliation, Diagnosis and so on."""

    total_amount: TotalAmount | None = None
    agent: str | None = None
    pin_pad_program_load: PINPadProgramLoad | None = None
    private_data: tuple[PrivateData, ...] = ()
    encryption_rsa: str | None = None


class ServiceResponse(Told, frozen=True, kw_only=True):
    """How a ServiceRequest ended."""

    authorisation: Authorisation | None = None
    reconciliation: Reconciliation | None = None
    submission: Submission | None = None
    diagnosis_result: str | None = None
    original_header: OriginalHeader | None = None
    private_data: tuple[PrivateData, ...] = ()
    encryption_modulus: str | None = None
    encryption_exponent: str | None = None
    reference: str | None = None
    versions: tuple[Versions, ...] = ()


class DeviceRequest(Head, frozen=True, kw_only=True):
    """The terminal wants something shown, printed or entered; `request_id` is its own."""

    terminal_id: Annotated[str | None, ATTR] = None
    sequence_id: Annotated[str | None, ATTR] = None
    output: tuple[Output, ...] = ()
    input: Input | None = None
    event: Event | None = None


class DeviceResponse(Element, frozen=True, kw_only=True):
    """What became of a DeviceRequest; the ids are echoed as they came."""

    request_type: Annotated[str, ATTR]
    application_sender: Annotated[str | None, ATTR] = None
    workstation_id: Annotated[str | None, ATTR] = None
    terminal_id: Annotated[str | None, ATTR] = None
    popid: Annotated[str | None, ATTR] = None
    request_id: Annotated[str, ATTR]
    sequence_id: Annotated[str | None, ATTR] = None
    reference_request_id: Annotated[str | None, ATTR] = None
    overall_result: Annotated[str, ATTR]
    output: tuple[OutputResult, ...] = ()
    input: InputResult | None = None
    event_result: EventResult | None = None
    error_detail: ErrorDetail | None = None


Request: TypeAlias = CardServiceRequest | ServiceRequest | DeviceRequest
Response: TypeAlias = CardServiceResponse | ServiceResponse | DeviceResponse
Message: TypeAlias = Request | Response

MESSAGES: Final[dict[str, type[Message]]] = {
    kind.__name__: kind
    for kind in (
        CardServiceRequest,
        CardServiceResponse,
        ServiceRequest,
        ServiceResponse,
        DeviceRequest,
        DeviceResponse,
    )
}
"""The six, by the name of their root element."""
