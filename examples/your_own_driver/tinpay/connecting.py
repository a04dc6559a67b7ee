"""From a URL to a driver. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

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
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.results import Operation
from opi_pos.ports import DeviceDoor, DriverSettings
from tinpay.driver import TinpayDriver
from tinpay.simulator import SimulatedTinpay

PORT: Final = 4000

TINPAY: Final = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(ResultDelivery.RESPONSE,),
    unconfirmed_policy=UnconfirmedPolicy.KEPT,
    dispatch_means=Dispatch.EXECUTED,
    operations=frozenset({Operation.PAYMENT}),
    services=frozenset({"ask_status", "stop_exchange"}),
    abort=True,
    reversal=ReversalScope.NONE,
    refund=RefundScope.NONE,
    status=StatusQuery.BY_ID,
    result_amount=True,
    receipts=ReceiptSource.TERMINAL_PRINTS,
    progress=ProgressReports.TEXT,
    needs_listener=ListenerNeed.NO,
    login=False,
)
"""What is promised here is tried by `test_contract.py`; what is not is refused unsent."""


def declared() -> Mapping[str, Capabilities]:
    """What Tinpay terminals can do; they know no profiles."""
    return {"": TINPAY}


def connect(settings: DriverSettings, door: DeviceDoor) -> TinpayDriver:
    """The driver of `tinpay://host:port` and of `sim://tinpay`.

    Raises `ConfigurationError` that names the key.
    """
    del door  # the terminal's texts come on the payment's own connection
    parts = urlsplit(settings.url)
    if parts.scheme == "sim":
        terminal = SimulatedTinpay()
        return TinpayDriver(terminal.address, TINPAY, switch_off=terminal.aclose)
    host = parts.hostname
    if not host or parts.path.strip("/") or parts.query:
        raise ConfigurationError("url", "must be tinpay://host:port")
    place = host, parts.port or PORT

    async def address() -> tuple[str, int]:
        return place

    return TinpayDriver(address, TINPAY)
