"""nexo Retailer terminals, over HTTP, HTTPS, framed TCP, and simulated in process.

Reading order: `driver` (orders out, news in), `requests` and `answers` (what an order and a
response mean), `status`, `reading` (what is an answer at all), `conversation` (one message on its
way), `dialect` (one kind of terminal), `connecting` (settings to driver).
"""

from __future__ import annotations

from terminal_bridge.drivers.nexo.connecting import connect, over
from terminal_bridge.drivers.nexo.dialect import declared

__all__ = ["connect", "declared", "over"]
