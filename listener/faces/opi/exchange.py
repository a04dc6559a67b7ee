"""One request of a foreign till on its way to an answer."""

from __future__ import annotations

from dataclasses import dataclass

from listener.faces.opi.asking import TillDoor
from opi_pos.poi.opi.requests import Header
from opi_pos.terminals.opi import reading
from opi_pos.wire import opi

Asked = opi.CardServiceRequest | opi.ServiceRequest


@dataclass(frozen=True, slots=True)
class TillExchange:
    """What came, and how its till can be asked."""

    header: Header
    form: opi.Form
    door: TillDoor | None
    identity: str
    """The same in a doubled request, and only there; empty where nothing tells doubles."""


def exchange_of(message: Asked, form: opi.Form, door: TillDoor | None) -> TillExchange:
    """Tills begin their RequestIDs anew after a restart, so the time is part of the identity."""
    return TillExchange(reading.header_of(message), form, door, _identity(message))


def _identity(message: Asked) -> str:
    time = message.pos_data.pos_time_stamp if message.pos_data is not None else None
    if not time or not isinstance(message, opi.CardServiceRequest):
        return ""
    total, original = message.total_amount, message.original_transaction
    return "|".join(
        (
            message.workstation_id,
            message.request_id,
            message.request_type.casefold(),
            time,
            str(total.text) if total is not None else "",
            (original.stan or "") if original is not None else "",
        )
    )
