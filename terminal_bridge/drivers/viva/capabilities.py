"""What a terminal behind Viva's cloud can do, honestly."""

from __future__ import annotations

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

VIVA: Final = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(ResultDelivery.POLL,),
    unconfirmed_policy=UnconfirmedPolicy.KEPT,
    dispatch_means=Dispatch.HANDED_TO_PUSH,
    operations=frozenset(
        {Operation.PAYMENT, Operation.REFUND, Operation.RESERVATION, Operation.COMPLETION}
    ),
    services=frozenset({"ask_status", "stop_exchange", "diagnose"}),
    abort=True,
    reversal=ReversalScope.NONE,
    refund=RefundScope.LINKED,
    status=StatusQuery.BY_ID,
    result_amount=True,
    receipts=ReceiptSource.FIELDS_ONLY,
    progress=ProgressReports.NONE,
    needs_listener=ListenerNeed.NO,
    tip=True,
    login=False,
    # The driver asks by itself until its own deadline; the till begins only after that.
    silence_s=180.0,
    # A request that a gateway may still hold back [inferred].
    link_delay_s=60.0,
    running_s=180.0,
)


def declared() -> dict[str, Capabilities]:
    """See `opi_pos.runtime.declared`."""
    return {"": VIVA}
