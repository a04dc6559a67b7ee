"""What a NetPay terminal can do, honestly."""

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

NETPAY: Final = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(ResultDelivery.CALLBACK,),
    unconfirmed_policy=UnconfirmedPolicy.KEPT,
    dispatch_means=Dispatch.HANDED_TO_PUSH,
    operations=frozenset({Operation.PAYMENT, Operation.REVERSAL}),
    services=frozenset({"ask_status", "diagnose"}),
    # The vendor's "cancel" undoes an approved sale; nothing stops one in flight.
    abort=False,
    reversal=ReversalScope.SAME_DAY_FULL,
    refund=RefundScope.BACK_OFFICE,
    status=StatusQuery.NEEDS_TERMINAL,
    result_amount=True,
    receipts=ReceiptSource.TERMINAL_PRINTS,
    progress=ProgressReports.NONE,
    needs_listener=ListenerNeed.FOR_CALLBACKS,
    login=False,
    # The terminal waits about a minute for a card, then for PIN and host [inferred].
    silence_s=120.0,
    # Each question is pushed to the terminal, which shows it.
    query_every_s=20.0,
    # A push to a terminal that sleeps is delivered when it wakes [inferred].
    link_delay_s=60.0,
    running_s=180.0,
)


def declared() -> dict[str, Capabilities]:
    """See `opi_pos.runtime.declared`."""
    return {"": NETPAY}
