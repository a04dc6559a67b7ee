"""What the terminal remembers of each sale: by folio and by its own order id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.scenario import CARDS, Scenario
from opi_pos.wire.netpay import Code, SaleRequest, State


@dataclass(slots=True, kw_only=True)
class Sale:
    """One sale, from its push on."""

    request: SaleRequest
    amount: Amount
    scenario: Scenario
    order_id: str
    begun_at: datetime
    code: str = ""
    """How it ended; empty while it runs."""
    state: State = State.DECLINED
    authorized: Amount | None = None
    tip: Amount | None = None
    approval_code: str = ""


class Ledger:
    """The sales of one terminal, and its books."""

    def __init__(self, books: Books, stamp: Callable[[], str], serial: str) -> None:
        self.sales: list[Sale] = []
        self._books = books
        self._stamp = stamp
        self._serial = serial

    def by_folio(self, folio: str) -> Sale | None:
        """The newest of that folio; case counts."""
        known = (sale for sale in reversed(self.sales) if sale.request.folio_number == folio)
        return next((sale for sale in known if sale.code), None)

    def by_order(self, order_id: str) -> Sale | None:
        """The approved sale with that id."""
        return next((sale for sale in self.sales if sale.order_id == order_id), None)

    def charge(self, sale: Sale, amount: Amount, tip: Amount | None) -> None:
        """The host approved."""
        sale.authorized, sale.tip = amount, tip
        sale.state = State.STANDING
        self._books.write(
            Entry(
                movement=Movement.CHARGE,
                amount=amount,
                transaction_id=sale.order_id,
                time=self._stamp(),
                service_id=ServiceID(str(sale.request.traceability.get("session", ""))),
                sale_id=SaleID(sale.request.store_id),
                poi_id=POIID(self._serial),
                reference=Reference(sale.request.folio_number),
                approval_code=sale.approval_code,
                tip=tip,
                brand=sale.scenario.card,
                masked_pan=CARDS[sale.scenario.card].masked_pan,
            )
        )

    def undo(self, sale: Sale, state: State) -> None:
        """The money goes back: a cancellation, or NetPay's own reversal."""
        sale.state = state
        if sale.authorized is None:
            return
        self._books.write(
            Entry(
                movement=Movement.REVERSAL,
                amount=sale.authorized,
                transaction_id=f"{sale.order_id}/{state.value}",
                time=self._stamp(),
                service_id=ServiceID(""),
                sale_id=SaleID(sale.request.store_id),
                poi_id=POIID(self._serial),
                original=sale.order_id,
                automatic=state is State.REVERSED,
            )
        )

    def reverse_pending(self) -> None:
        """With a good sale goes out what had to be reversed."""
        for sale in self.sales:
            if sale.state is State.REVERSAL_PENDING and sale.code == Code.CONNECTION:
                self.undo(sale, State.REVERSED)
