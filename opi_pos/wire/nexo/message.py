"""A whole message: header, one body, an optional trailer; and which bodies there are."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.wire.nexo.catalogue import (
    acquisition,
    balance,
    control,
    devices,
    loyalty,
    payment,
    readers,
    session,
    stored_value,
    totals,
)
from opi_pos.wire.nexo.catalogue.header import MessageHeader
from opi_pos.wire.nexo.catalogue.security import ContentInformation
from opi_pos.wire.nexo.enumerations import MessageCategory, MessageClass, MessageType
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.received import Received
from opi_pos.wire.nexo.schema import Element

REQUEST_ROOT: Final = "SaleToPOIRequest"
RESPONSE_ROOT: Final = "SaleToPOIResponse"
HEADER: Final = "MessageHeader"
TRAILER: Final = "SecurityTrailer"

REQUESTS: Final[dict[str, type[Element]]] = {
    kind.__name__: kind
    for kind in (
        control.AbortRequest,
        balance.BalanceInquiryRequest,
        control.BatchRequest,
        acquisition.CardAcquisitionRequest,
        control.AdminRequest,
        session.DiagnosisRequest,
        devices.DisplayRequest,
        acquisition.EnableServiceRequest,
        control.EventNotification,
        totals.GetTotalsRequest,
        devices.InputRequest,
        devices.InputUpdate,
        session.LoginRequest,
        session.LogoutRequest,
        loyalty.LoyaltyRequest,
        payment.PaymentRequest,
        readers.PINRequest,
        devices.PrintRequest,
        readers.CardReaderInitRequest,
        readers.CardReaderAPDURequest,
        readers.CardReaderPowerOffRequest,
        totals.ReconciliationRequest,
        payment.ReversalRequest,
        devices.SoundRequest,
        stored_value.StoredValueRequest,
        totals.TransactionReportRequest,
        control.TransactionStatusRequest,
        devices.TransmitRequest,
    )
}
"""The bodies of a SaleToPOIRequest, by name; either side may send one."""

RESPONSES: Final[dict[str, type[Element]]] = {
    kind.__name__: kind
    for kind in (
        balance.BalanceInquiryResponse,
        control.BatchResponse,
        acquisition.CardAcquisitionResponse,
        control.AdminResponse,
        session.DiagnosisResponse,
        devices.DisplayResponse,
        acquisition.EnableServiceResponse,
        totals.GetTotalsResponse,
        devices.InputResponse,
        session.LoginResponse,
        session.LogoutResponse,
        loyalty.LoyaltyResponse,
        payment.PaymentResponse,
        readers.PINResponse,
        devices.PrintResponse,
        readers.CardReaderInitResponse,
        readers.CardReaderAPDUResponse,
        readers.CardReaderPowerOffResponse,
        totals.ReconciliationResponse,
        payment.ReversalResponse,
        devices.SoundResponse,
        stored_value.StoredValueResponse,
        totals.TransactionReportResponse,
        control.TransactionStatusResponse,
        devices.TransmitResponse,
    )
}
"""The bodies of a SaleToPOIResponse, by name."""

BODIES: Final = REQUESTS | RESPONSES
NOT_IN_3_0: Final = frozenset(("TransactionReportRequest", "TransactionReportResponse"))

_VERSIONED: Final = (MessageCategory.LOGIN, MessageCategory.DIAGNOSIS)
_DEVICE_CLASS: Final = frozenset(
    {
        MessageCategory.CARD_READER_APDU,
        MessageCategory.CARD_READER_INIT,
        MessageCategory.CARD_READER_POWER_OFF,
        MessageCategory.DISPLAY,
        MessageCategory.INPUT,
        MessageCategory.INPUT_UPDATE,
        MessageCategory.PIN,
        MessageCategory.PRINT,
        MessageCategory.SOUND,
        MessageCategory.TRANSMIT,
    }
)


class Message(msgspec.Struct, frozen=True, kw_only=True, eq=False, repr_omit_defaults=True):
    """One nexo message.

    `received` is there on decoded messages: the bytes they came from. Two messages are equal when
    their contents are, wherever they came from.
    """

    header: MessageHeader
    body: Element
    security_trailer: ContentInformation | None = None
    foreign: Foreign | None = None
    received: Received | None = None

    @property
    def body_name(self) -> str:
        """The body's name on the wire: `PaymentRequest`."""
        return type(self.body).__name__

    @property
    def root(self) -> str:
        """The name of the outermost element."""
        return RESPONSE_ROOT if self.body_name in RESPONSES else REQUEST_ROOT

    def parts(self) -> tuple[object, ...]:
        """All content, in wire order."""
        return (self.header, self.body, self.security_trailer, self.foreign)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.parts() == other.parts()

    def __hash__(self) -> int:
        return hash(self.parts())


def category_of(body: str) -> tuple[str, str]:
    """MessageCategory and MessageType that belong to a body's name."""
    if body == "EventNotification":
        return MessageCategory.EVENT, MessageType.NOTIFICATION
    for suffix in (MessageType.REQUEST, MessageType.RESPONSE):
        if body.endswith(suffix):
            return body.removesuffix(suffix), suffix
    return body, MessageType.REQUEST


def class_of(category: str) -> MessageClass:
    """The MessageClass of a category."""
    if category == MessageCategory.EVENT:
        return MessageClass.EVENT
    return MessageClass.DEVICE if category in _DEVICE_CLASS else MessageClass.SERVICE


def header_for(
    body: type[Element] | Element,
    *,
    sale_id: str,
    poi_id: str,
    service_id: str | None = None,
    device_id: str | None = None,
    protocol_version: str | None = None,
) -> MessageHeader:
    """The header of a message with this body: class, category and type follow from the body."""
    kind = body if isinstance(body, type) else type(body)
    category, message_type = category_of(kind.__name__)
    return MessageHeader(
        protocol_version=protocol_version,
        message_class=class_of(category),
        message_category=category,
        message_type=message_type,
        service_id=service_id,
        device_id=device_id,
        sale_id=sale_id,
        poi_id=poi_id,
    )


def reply_header(request: MessageHeader) -> MessageHeader:
    """The header of the response: the request's ids, and its version where a session needs it."""
    needs_version = request.message_category in _VERSIONED
    return msgspec.structs.replace(
        request,
        message_type=MessageType.RESPONSE,
        protocol_version=request.protocol_version if needs_version else None,
        foreign=None,
    )
