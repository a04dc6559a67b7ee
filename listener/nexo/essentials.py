"""What a request must have, whatever its dialect: without it no answer would be right.

The codec reads tolerantly, so that a result is never lost to a dialect, and leaves blank what is
missing. A request of a terminal has no result to lose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo

_ESSENTIAL: Final[dict[type, tuple[str, Callable[[Any], object]]]] = {
    nexo.DisplayRequest: ("DisplayOutput", lambda body: body.display_output),
    nexo.InputRequest: ("InputData.InputCommand", lambda body: body.input_data.input_command),
    nexo.PrintRequest: ("PrintOutput.ResponseMode", lambda body: body.print_output.response_mode),
    nexo.EventNotification: ("EventToNotify", lambda body: body.event_to_notify),
    nexo.TransmitRequest: ("Message", lambda body: body.message),
}


def require_essentials(message: nexo.Message) -> None:
    """`ProtocolError` with the path of what is missing."""
    if not message.header.poi_id:
        raise ProtocolError("MessageHeader.POIID", "missing")
    essential = _ESSENTIAL.get(type(message.body))
    if essential is not None and not essential[1](message.body):
        raise ProtocolError(f"{message.body_name}.{essential[0]}", "missing")
