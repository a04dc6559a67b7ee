"""Whose response it is: by the session in traceability, by folio, by order id, or, when it names
nothing at all, that of the only open order of this terminal. Never guessed between two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ServiceID
from opi_pos.wire.netpay import Response
from terminal_bridge.drivers.netpay.naming import SESSION, folio_of_row


@dataclass(frozen=True, slots=True)
class Match:
    """The service id of the exchange, or None; `anonymous` when nothing named it."""

    service_id: ServiceID | None = None
    anonymous: bool = False


NOBODY = Match()


def match(
    response: Response, rows: Sequence[Exchange], asked: Mapping[str, ServiceID], serial: str
) -> Match:
    """`rows`: what is open at this terminal. `asked`: what is being asked about, by folio, open or
    not. Two names that speak of two orders speak of none.
    """
    if response.terminal_id and response.terminal_id.casefold() != serial.casefold():
        return NOBODY
    session = str(response.traceability.get(SESSION, ""))
    named = {name for name in (session, response.folio_number, response.order_id) if name}
    if not named:
        only = rows[0].service_id if len(rows) == 1 else None
        return Match(only, anonymous=True)
    found = {row.service_id for row in rows if _names(response, session, row)}
    if not found and response.is_reprint and response.folio_number in asked:
        return Match(asked[response.folio_number])
    return Match(found.pop()) if len(found) == 1 else NOBODY


def _names(response: Response, session: str, row: Exchange) -> bool:
    """Whether a response speaks of this exchange: every name that it gives is the exchange's, as
    far as the exchange has one. A question about a reversal is one about its sale's folio.
    """
    folio, original = folio_of_row(row), row.order.original
    orders = {original.transaction.id} if original and original.transaction else set()
    by_session = session == row.service_id
    # A session that comes back as it was outweighs a folio that somebody cut off or capitalised.
    alike = by_session and folio.casefold().startswith(response.folio_number.casefold())
    by_folio = response.folio_number == folio or alike
    by_order = response.order_id in orders
    contradicted = (
        (session and not by_session and not _is_sale_of(session, row))
        or (response.folio_number and not by_folio)
        or (response.order_id and orders and not by_order)
    )
    return bool(by_session or by_folio or by_order) and not contradicted


def _is_sale_of(session: str, row: Exchange) -> bool:
    """A reprint may bring back what the sale had given, when its reversal is asked about."""
    return row.order.original is not None and row.order.original.service_id == session
