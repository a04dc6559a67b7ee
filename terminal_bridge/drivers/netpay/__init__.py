"""NetPay's Smart terminals: the cloud pushes an order, and the terminal itself posts the result.

Reading order: `driver` (orders out, news in), `asking` (what became of a sale), `naming` and
`matching` (how a response finds its sale), `reading` (what a response means), `cloud` (token and
pushes), `connecting` (settings to driver).

That the cloud took an order means only that it was pushed. Nothing can be stopped. What became of a
sale is asked by its folio, and comes by callback too.
"""

from __future__ import annotations

from terminal_bridge.drivers.netpay.capabilities import declared
from terminal_bridge.drivers.netpay.connecting import connect

__all__ = ["connect", "declared"]
