"""What a ZVT terminal can do, by its profile (rule 13). Pure."""

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
from opi_pos.model.orders import Integration
from opi_pos.model.results import Operation
from terminal_bridge.drivers.zvt import options
from terminal_bridge.drivers.zvt import profile as profiles
from terminal_bridge.drivers.zvt.context import Terminal
from terminal_bridge.drivers.zvt.options import Printing
from terminal_bridge.drivers.zvt.profile import Reversal

_AFTER_T4_S: Final = 30.0
"""The line tells of its silence itself; the till begins to ask only when it did not."""
LINK_DELAY_S: Final = 5.0
"""A command that a terminal has not read yet may wait in its buffers while we connect anew."""

_COMMANDS: Final = {
    Operation.PAYMENT: 0x0601,
    Operation.REFUND: 0x0631,
    Operation.REVERSAL: 0x0630,
    Operation.RESERVATION: 0x0622,
    Operation.COMPLETION: 0x0624,
    Operation.RELEASE: 0x0625,
    Operation.TIP_ADJUSTMENT: 0x060C,
}
_SERVICES: Final = {
    "diagnose": 0x0501,
    "totals": 0x0610,
    "close_day": 0x0650,
    "read_card": 0x06C0,
    "show_customer": 0x06E0,
    "ask_customer": 0x06E1,
    "print_on_terminal": 0x06D1,
}
_ALWAYS: Final = frozenset({"login", "logout", "ask_status", "stop_exchange", "converse"})


def capabilities_of(terminal: Terminal) -> Capabilities:
    """No listener is needed: what the terminal asks comes on its own line."""
    profile = terminal.profile
    services = {name for name, control in _SERVICES.items() if profile.knows(control)}
    if not profile.terminal_prints:
        services.discard("print_on_terminal")
    return Capabilities(
        correlation=Correlation.DIALOGUE,
        result_delivery=(ResultDelivery.STREAM,),
        unconfirmed_policy=UnconfirmedPolicy.AUTO_VOID,
        dispatch_means=Dispatch.EXECUTED,
        operations=_operations(terminal),
        services=_ALWAYS | services,
        abort=profile.abort,
        reversal=(
            ReversalScope.LAST_ONLY
            if profile.reversal is Reversal.LAST_ONLY
            else ReversalScope.SAME_DAY_FULL
        ),
        refund=RefundScope.UNLINKED,
        status=StatusQuery.LAST_ONLY if terminal.recovery.repeats else StatusQuery.NONE,
        result_amount=True,
        receipts=_RECEIPTS[terminal.printing],
        progress=ProgressReports.CODED if terminal.full else ProgressReports.TEXT,
        needs_listener=ListenerNeed.NO,
        partial_approval=profile.partial_approval,
        tip=profile.tip,
        cashback=profile.cashback,
        login=True,
        silence_s=terminal.t4_s + _AFTER_T4_S,
        running_s=terminal.t4_s + _AFTER_T4_S,
        link_delay_s=LINK_DELAY_S,
    )


def declared() -> Mapping[str, Capabilities]:
    """See `opi_pos.runtime.declared.Declare`."""
    return {
        name: capabilities_of(
            Terminal(
                profile=profiles.profile_of(name),
                given=options.UNCHANGED,
                integration=Integration.FULL,
            )
        )
        for name in profiles.names()
    }


def _operations(terminal: Terminal) -> frozenset[Operation]:
    """A tip can be added only to payments that were marked for it."""
    known = {name for name, control in _COMMANDS.items() if terminal.profile.knows(control)}
    unmarked = set() if terminal.options.tippable else {Operation.TIP_ADJUSTMENT}
    return frozenset(known - unmarked)


_RECEIPTS: Final = {
    Printing.TILL: ReceiptSource.TEXT,
    Printing.FIELDS: ReceiptSource.FIELDS_ONLY,
    Printing.TERMINAL: ReceiptSource.TERMINAL_PRINTS,
}
