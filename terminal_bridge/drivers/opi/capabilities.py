"""What O.P.I. terminals can do, honestly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from opi_pos.model.capabilities import (
    Capabilities,
    Correlation,
    Dispatch,
    ListenerNeed,
    ProgressReports,
    ReceiptSource,
    RefundScope,
    ResultDelivery,
    ReversalScope,
    StatusQuery,
    UnconfirmedPolicy,
)
from opi_pos.model.results import Operation
from opi_pos.wire import opi

DEFAULT_PROFILE: Final = "de"
SILENCE_S: Final = 90.0
"""Without a device request or an answer for so long the till begins to ask."""
LONGEST_S: Final = 300.0
"""The hard limit that tills in the field set for one request."""

OPI: Final = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(ResultDelivery.RESPONSE,),
    unconfirmed_policy=UnconfirmedPolicy.KEPT,
    dispatch_means=Dispatch.EXECUTED,
    operations=frozenset(Operation) - {Operation.TIP_ADJUSTMENT},
    services=frozenset(
        {
            "login",
            "logout",
            "ask_status",
            "stop_exchange",
            "diagnose",
            "totals",
            "close_day",
            "read_card",
            "converse",
        }
    ),
    abort=True,
    reversal=ReversalScope.BY_REFERENCE,
    refund=RefundScope.UNLINKED,
    status=StatusQuery.LAST_ONLY,
    result_amount=True,
    receipts=ReceiptSource.TEXT,
    progress=ProgressReports.TEXT,
    needs_listener=ListenerNeed.FOR_DEVICE_REQUESTS,
    silence_s=SILENCE_S,
    query_every_s=5.0,
    running_s=LONGEST_S,
)
"""Of any profile: they differ in words and printers, not in what can be done."""


def capabilities_of(*, listens: bool) -> Capabilities:
    """`listens`: the terminal's requests come to a port; else on the driver's own connection."""
    need = ListenerNeed.FOR_DEVICE_REQUESTS if listens else ListenerNeed.NO
    return msgspec.structs.replace(OPI, needs_listener=need)


def declared() -> Mapping[str, Capabilities]:
    """See `opi_pos.runtime.declared.Declare`."""
    others = (name for name in opi.profile_names() if name != DEFAULT_PROFILE)
    return dict.fromkeys((DEFAULT_PROFILE, *others), OPI)
