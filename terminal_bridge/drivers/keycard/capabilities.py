"""What a Key & Card server can do, honestly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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

SILENCE_S: Final = 150.0
"""Without a callback for so long the till begins to ask [inferred]."""

KEYCARD: Final = Capabilities(
    correlation=Correlation.CALLBACK_URL,
    result_delivery=(ResultDelivery.CALLBACK,),
    unconfirmed_policy=UnconfirmedPolicy.ABORTS_ON_CALLBACK_FAILURE,
    dispatch_means=Dispatch.WRITTEN_TO_TERMINAL,
    operations=frozenset({Operation.PAYMENT, Operation.REVERSAL}),
    services=frozenset({"ask_status", "stop_exchange", "diagnose", "close_day"}),
    abort=True,
    reversal=ReversalScope.LAST_ONLY,
    refund=RefundScope.NONE,
    # Whether the server is busy, and which end message came meanwhile; it knows no transactions.
    status=StatusQuery.LAST_ONLY,
    result_amount=False,
    receipts=ReceiptSource.TEXT,
    progress=ProgressReports.TEXT,
    needs_listener=ListenerNeed.FOR_CALLBACKS,
    names_original=False,
    login=False,
    silence_s=SILENCE_S,
    query_every_s=5.0,
    running_s=SILENCE_S + 30.0,
)


def declared() -> Mapping[str, Capabilities]:
    """See `opi_pos.runtime.declared.Declare`."""
    return {"": KEYCARD}
