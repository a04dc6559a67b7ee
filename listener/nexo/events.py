"""A nexo EventNotification as what happened on the terminal."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from listener.nexo.displays import lines_of
from opi_pos.model.devices import Event, EventKind
from opi_pos.model.errors import ProtocolError
from opi_pos.model.ids import ServiceID
from opi_pos.wire import nexo

KINDS: Final = {
    "BeginMaintenance": EventKind.MAINTENANCE_BEGUN,
    "EndMaintenance": EventKind.MAINTENANCE_ENDED,
    "Shutdown": EventKind.SHUT_DOWN,
    "Initialised": EventKind.STARTED,
    "OutOfOrder": EventKind.OUT_OF_ORDER,
    "Completed": EventKind.COMPLETED,
    "CompletedMessage": EventKind.COMPLETED,  # DataMesh's word
    "Abort": EventKind.OTHER,
    "SaleWakeUp": EventKind.SALE_WAKE_UP,
    "SaleAdmin": EventKind.OTHER,  # unless it asks for maintenance
    "CustomerLanguage": EventKind.OTHER,
    "KeyPressed": EventKind.OTHER,
    "SecurityAlarm": EventKind.OTHER,
    "StopAssistance": EventKind.OTHER,
    "CardInserted": EventKind.CARD_INSERTED,
    "CardRemoved": EventKind.CARD_REMOVED,
    "Reject": EventKind.REJECTED,
}

MAX_DETAILS: Final = 500
"""Characters of an event's details; the rest is cut."""

_NAME: Final = re.compile(r"(?:[0-9A-Za-z]{1,20}:)?[A-Za-z]{1,40}")
"""Words of vendors are shown; what looks like anything else (a number, a text) is not."""

_ABOUT_ABORT: Final = re.compile(
    r"\babort|\b(?:message|request|service|transaction)\b.{0,40}\bnot found\b", re.IGNORECASE
)


def to_event(
    notification: nexo.EventNotification, service_id: ServiceID
) -> tuple[Event, ServiceID]:
    """The event, and the exchange it is about: that of its header, or, for a rejected abort, the
    one that the abort named.
    """
    name = notification.event_to_notify
    kind = KINDS.get(name, EventKind.OTHER)
    if not _NAME.fullmatch(name):
        name = ""
    if name == "SaleAdmin" and notification.maintenance_required_flag:
        kind = EventKind.MAINTENANCE_REQUIRED
    elif kind is EventKind.REJECTED:
        kind, service_id = _rejected(notification, service_id)
    return Event(kind=kind, name=name, details=_details(notification)), service_id


def _details(notification: nexo.EventNotification) -> str:
    details = notification.event_details or " ".join(lines_of(notification.display_output))
    return (details or notification.customer_language or "")[:MAX_DETAILS]


def _rejected(
    notification: nexo.EventNotification, service_id: ServiceID
) -> tuple[EventKind, ServiceID]:
    rejected = _message(notification.rejected_message)
    if rejected is None:
        about_abort = _ABOUT_ABORT.search(notification.event_details or "")
        return (EventKind.ABORT_UNKNOWN if about_abort else EventKind.REJECTED), service_id
    if isinstance(rejected.body, nexo.AbortRequest):
        named = rejected.body.message_reference.service_id
        return EventKind.ABORT_UNKNOWN, ServiceID(named) if named else service_id
    return EventKind.REJECTED, ServiceID(rejected.header.service_id or service_id)


def _message(encoded: str | None) -> nexo.Message | None:
    """The rejected message, when it is one; its bytes go no further than here."""
    if not encoded:
        return None
    try:
        return nexo.decode(base64.b64decode(encoded))
    except (binascii.Error, ValueError, ProtocolError):
        return None
