"""Messages of the server as its habits want them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from opi_pos.wire import keycard
from opi_pos.wire.keycard.text import to_base64
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.keycard.habits import Habits

JSON: Final = "application/json; charset=utf-8"


def callback(told: keycard.Callback, habits: Habits) -> bytes:
    """A callback's body."""
    flag = "IntermediateState" if habits.prose_flag else "IsIntermediateState"
    members: dict[str, Any] = {
        "Command": told.command,
        "Success": told.success,
        "Value": to_base64(told.value),
        flag: told.intermediate,
        "ReceiptNumber": told.receipt_number,
        "ReceiptText": [to_base64(line) for line in told.receipt],
    }
    return _written(members, habits)


def answer(reply: keycard.Reply, habits: Habits) -> Reply:
    """The immediate answer."""
    members: dict[str, Any] = {
        "HttpStatus": str(reply.http_status),
        "Message": reply.message,
        "Proceed": reply.proceed,
    }
    if habits.session_ids:
        members["SessionId"] = reply.session_id
    return Reply(status=reply.http_status, content_type=JSON, body=_written(members, habits))


def _written(members: dict[str, Any], habits: Habits) -> bytes:
    if habits.string_values:
        kept = {name: value for name, value in members.items() if isinstance(value, list)}
        members = {name: str(value) for name, value in members.items()} | kept
    return msgspec.json.encode(members)
