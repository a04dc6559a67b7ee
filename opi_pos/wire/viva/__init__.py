"""Viva's Cloud Terminal API: OAuth 2, orders pushed to a terminal, sessions to be asked for, and
webhooks.

Spoken from both sides: the driver writes orders and reads sessions, the simulated cloud the other
way round. Reading forgives; what is sent follows the documentation.
"""

from __future__ import annotations

from opi_pos.wire.viva.calls import (
    Call,
    Role,
    abort_call,
    devices_call,
    order_call,
    session_call,
    sessions_call,
    token_call,
    webhook_key_call,
)
from opi_pos.wire.viva.codec import (
    MAX_LIST_BYTES,
    read_device_search,
    read_devices,
    read_order,
    read_problem,
    read_session,
    read_sessions,
    read_token,
    read_webhook,
    read_webhook_key,
    write_device_search,
    write_devices,
    write_invalid,
    write_order,
    write_problem,
    write_session,
    write_sessions,
    write_token,
    write_webhook,
    write_webhook_key,
)
from opi_pos.wire.viva.events import EVENTS, EventId, Meaning, event_of
from opi_pos.wire.viva.messages import (
    LIVE,
    Device,
    DeviceSearch,
    Order,
    OrderKind,
    Session,
    Token,
    Webhook,
    WebhookKind,
)

__all__ = [
    "EVENTS",
    "LIVE",
    "MAX_LIST_BYTES",
    "Call",
    "Device",
    "DeviceSearch",
    "EventId",
    "Meaning",
    "Order",
    "OrderKind",
    "Role",
    "Session",
    "Token",
    "Webhook",
    "WebhookKind",
    "abort_call",
    "devices_call",
    "event_of",
    "order_call",
    "read_device_search",
    "read_devices",
    "read_order",
    "read_problem",
    "read_session",
    "read_sessions",
    "read_token",
    "read_webhook",
    "read_webhook_key",
    "session_call",
    "sessions_call",
    "token_call",
    "webhook_key_call",
    "write_device_search",
    "write_devices",
    "write_invalid",
    "write_order",
    "write_problem",
    "write_session",
    "write_sessions",
    "write_token",
    "write_webhook",
    "write_webhook_key",
]
