"""The till's orders as requests. What NetPay has no word for is refused before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from opi_pos.model.errors import CapabilityError
from opi_pos.model.ids import ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.wire import netpay
from opi_pos.wire.netpay.push import Request
from terminal_bridge.drivers.netpay.asking import Terminal
from terminal_bridge.drivers.netpay.cutoff import require_in_time
from terminal_bridge.drivers.netpay.naming import folio_of, traceability
from terminal_bridge.drivers.netpay.options import Options
from terminal_bridge.drivers.netpay.reading import CURRENCY


class Orders:
    """Makes the requests for one terminal. `wall` gives Unix seconds."""

    def __init__(
        self, terminal: Terminal, keys: Options, zone: tzinfo, wall: Callable[[], float]
    ) -> None:
        self._terminal = terminal
        self._keys = keys
        self._zone = zone
        self._wall = wall

    def request(self, order: MoneyOrder, service_id: ServiceID) -> Request:
        """Raises `CapabilityError` for what this system cannot do."""
        wanted = {
            "tip": order.tip is not None,
            "cashback": order.cashback is not None,
            "partial_approval": order.allow_partial,
        }
        for name, is_wanted in wanted.items():
            if is_wanted:
                raise CapabilityError(name, "NetPay's API cannot do that")
        if order.operation is Operation.PAYMENT:
            return self._sale(order, service_id)
        if order.operation is Operation.REVERSAL:
            return self._cancel(order, service_id)
        raise CapabilityError(order.operation.value, "NetPay's API cannot do that")

    def _sale(self, order: MoneyOrder, service_id: ServiceID) -> netpay.SaleRequest:
        if order.amount is None or order.amount.currency != CURRENCY:
            raise CapabilityError("currency", "NetPay's terminals take Mexican pesos only: MXN")
        return netpay.SaleRequest(
            serial_number=self._terminal.serial,
            store_id=self._terminal.store,
            amount=order.amount.to_decimal(),
            folio_number=folio_of(order.reference, service_id),
            traceability=traceability(order.reference, service_id),
            months=self._keys.months,
            disable_print_animation=not self._keys.print_ticket,
            extra=self._keys.sale_members,
        )

    def _cancel(self, order: MoneyOrder, service_id: ServiceID) -> netpay.CancelRequest:
        original = order.original
        if original is None or original.transaction is None:
            raise CapabilityError("reversal", "NetPay's cancellation names the terminal's order id")
        if order.amount not in {None, original.amount}:
            raise CapabilityError("reversal", "NetPay cancels a sale as a whole")
        require_in_time(original.transaction, self._wall(), self._zone)
        return netpay.CancelRequest(
            serial_number=self._terminal.serial,
            store_id=self._terminal.store,
            order_id=original.transaction.id,
            traceability=traceability(order.reference, service_id),
        )
