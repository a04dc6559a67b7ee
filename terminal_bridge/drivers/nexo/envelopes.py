"""How nexo messages find their requests on a connection that carries many (nexo.md, 1.8)."""

from __future__ import annotations

from opi_pos.wire import nexo
from terminal_bridge.links.link import Envelope, Kind

_NOTICES = (nexo.AbortRequest, nexo.EventNotification, nexo.InputUpdate)
"""What has no response."""


def sort(data: bytes) -> Envelope:
    """The envelope of a message; raises `ProtocolError` if it is none."""
    message = nexo.decode(data)
    if message.body_name in nexo.RESPONSES:
        return Envelope(kind=Kind.RESPONSE, key=_key(message.header))
    if isinstance(message.body, _NOTICES):
        return Envelope(kind=Kind.NOTICE)
    return Envelope(kind=Kind.REQUEST, key=_key(message.header))


def _key(header: nexo.MessageHeader) -> tuple[str, str | None]:
    """Category and id: of class Device its DeviceID, since the specification leaves the ServiceID
    off what a till asks a device.
    """
    device = header.message_class == nexo.MessageClass.DEVICE
    return header.message_category, header.device_id if device else header.service_id
