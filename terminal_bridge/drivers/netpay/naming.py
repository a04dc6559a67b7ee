"""How a sale is named on the wire, so that whatever comes back finds it, and it alone."""

from __future__ import annotations

import re
from typing import Any, Final

from opi_pos.model.facts import Exchange
from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.wire.netpay.push import FOLIO_AT_MOST

SESSION: Final = "session"
REFERENCE: Final = "reference"

_FOLIO: Final = re.compile(r"(.+)-([0-9A-Z]{7,10})", re.DOTALL | re.ASCII)
_ROOM: Final = FOLIO_AT_MOST - 11


def folio_of(reference: str, service_id: ServiceID) -> str:
    """The folio of a sale. The shop's reference alone would not do: what was declined may be tried
    again under it, and the terminal would be asked about two sales.
    """
    return f"{reference[:_ROOM]}-{service_id}"


def folio_asked(order: MoneyOrder, service_id: ServiceID) -> str:
    """The folio by which the terminal knows what an order is about: a reversal has none of its
    own.
    """
    if order.operation is Operation.REVERSAL and order.original is not None:
        return folio_of(order.original.reference, order.original.service_id)
    return folio_of(order.reference, service_id)


def folio_of_row(row: Exchange) -> str:
    """As `folio_asked`, of an exchange in the journal."""
    return folio_asked(row.order, row.service_id)


def reference_in(folio: str) -> Reference:
    """The shop's reference in a folio of ours; another's folio is its own reference."""
    found = _FOLIO.fullmatch(folio)
    return Reference(found[1] if found else folio)


def traceability(reference: str, service_id: ServiceID) -> dict[str, Any]:
    """What comes back with the response, where the terminal does not lose it. No secrets: it is
    shown and logged on the way.
    """
    return {SESSION: service_id, REFERENCE: reference}
