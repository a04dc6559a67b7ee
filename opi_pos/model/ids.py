"""Identifiers, named as in the nexo Retailer protocol."""

from __future__ import annotations

from typing import NewType

SaleID = NewType("SaleID", str)
"""The till."""

POIID = NewType("POIID", str)
"""The terminal."""

ServiceID = NewType("ServiceID", str)
"""One exchange on the wire: 1 to 10 digits, never used twice for one terminal."""

DeviceID = NewType("DeviceID", str)
"""One device request of a terminal."""

ExchangeID = NewType("ExchangeID", str)
"""One exchange in the journal, over all its attempts."""

Reference = NewType("Reference", str)
"""The shop's own order id."""
