"""States of a nexo terminal (`protocols/nexo.md` section 1.12)."""

from __future__ import annotations

import enum


class PoiState(enum.Enum):
    LOGGED_OUT = "logged_out"
    IDLE = "idle"
    ENABLED = "enabled"
    """EnableService: a card may be read ahead of the payment."""
    IN_SERVICE = "in_service"
    """A service runs and can still be stopped."""
    AUTHORISING = "authorising"
    """The host was asked: from here on the result wins over any abort."""
    WAITING_DEVICE = "waiting_device"
    """The till must answer a question before the service can end."""
    MAINTENANCE = "maintenance"
