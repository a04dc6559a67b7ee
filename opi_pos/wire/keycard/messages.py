"""The three messages of the API, in its own words."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from opi_pos.wire.keycard.text import decoded

NO_RECEIPT: Final = -1
"""ReceiptNumber when there is none."""


class Command(enum.StrEnum):
    """Case-sensitive, in exactly this spelling."""

    IS_IDLE = "IsIdle"
    DIAGNOSIS_SIMPLE = "DiagnosisSimple"
    AUTHORISATION = "Authorisation"
    REVERSAL = "Reversal"
    END_OF_DAY = "EndOfDay"
    CANCEL_TRANSACTION = "CancelTransaction"
    GET_ABORTED_SESSIONS = "GetAbortedSessions"
    REMOVE_ABORTED_SESSION = "RemoveAbortedSession"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends. `command` is as it came: an unknown one is the server's to refuse."""

    command: str
    callback_url: str
    parameter: str = ""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The immediate answer: accepted or refused, never a result."""

    proceed: bool
    http_status: int = 200
    message: str = ""
    session_id: str = ""
    """Older servers have none."""


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """What the server posts to the CallbackUrl; it names no session. `value` and `receipt` are the
    bytes that stood in base64, in a character set that nobody states.
    """

    command: str
    success: bool
    intermediate: bool
    value: bytes = b""
    receipt_number: int = NO_RECEIPT
    receipt: tuple[bytes, ...] = ()

    @property
    def text(self) -> str:
        """`value` as text."""
        return decoded(self.value)

    @property
    def receipt_lines(self) -> tuple[str, ...]:
        """`receipt` as text."""
        return tuple(decoded(line) for line in self.receipt)
