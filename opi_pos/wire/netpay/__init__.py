"""NetPay's Smart terminals: requests to the cloud, and the response that the terminal itself posts.

Spoken from both sides: the driver writes requests and reads responses, the simulator the other way
round. Reading takes what real terminals send beside the documented data model; writing follows it.
"""

from __future__ import annotations

from opi_pos.wire.netpay.codes import MEANINGS, Code, State, state_of
from opi_pos.wire.netpay.push import (
    CancelRequest,
    PushAnswer,
    ReprintRequest,
    SaleRequest,
    read_push_answer,
    read_request,
    write_push_answer,
    write_request,
)
from opi_pos.wire.netpay.response import (
    RECEIVED,
    Acknowledgement,
    Response,
    read_acknowledgement,
    read_response,
    write_acknowledgement,
    write_response,
)
from opi_pos.wire.netpay.token import (
    Grant,
    Token,
    TokenRefused,
    basic,
    read_grant,
    read_token_answer,
    write_grant,
    write_token,
)

__all__ = [
    "MEANINGS",
    "RECEIVED",
    "Acknowledgement",
    "CancelRequest",
    "Code",
    "Grant",
    "PushAnswer",
    "ReprintRequest",
    "Response",
    "SaleRequest",
    "State",
    "Token",
    "TokenRefused",
    "basic",
    "read_acknowledgement",
    "read_grant",
    "read_push_answer",
    "read_request",
    "read_response",
    "read_token_answer",
    "state_of",
    "write_acknowledgement",
    "write_grant",
    "write_push_answer",
    "write_request",
    "write_response",
    "write_token",
]
