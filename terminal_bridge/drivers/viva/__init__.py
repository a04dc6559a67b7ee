"""Terminals behind Viva's cloud: an order is pushed to the terminal, and its session is asked for.

Reading order: `driver` (orders out, news in), `paying` (one order to its end), `asking` (what
became of one), `orders` and `reading` (words of the till to words of the API and back), `cloud`
(token and calls), `connecting` (settings to driver).

That the cloud took an order means only that it handed it on. What counts is the session, which is
named by the till, can be asked for at any time, and is not always right at first.
"""

from __future__ import annotations

from terminal_bridge.drivers.viva.capabilities import declared
from terminal_bridge.drivers.viva.connecting import connect

__all__ = ["connect", "declared"]
