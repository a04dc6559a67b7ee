"""From a till's request to a money order with a key of the face's own.

The key holds the STAN, the number by which tills name a payment later; it is reserved in the
journal before it is used, so it never comes twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from listener.faces.nexo.originals import Originals, original_of, whole_of
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.results import MONEY_MOVED, Operation
from opi_pos.poi.opi.answers import PlainAnswer, Result
from opi_pos.poi.opi.requests import Family, Header, Kind, Pay, Reverse
from opi_pos.poi.opi.requests import Original as Named
from opi_pos.runtime.sale_system import SaleSystem

DIGITS: Final = 6
"""Of a STAN, at least."""
_BLOCK: Final = 20
"""Numbers reserved at a time; a restart leaves the rest out."""
_OPERATIONS: Final = {
    Kind.PAYMENT: Operation.PAYMENT,
    Kind.REFUND: Operation.REFUND,
    Kind.PRE_AUTHORISATION: Operation.RESERVATION,
    Kind.CAPTURE: Operation.COMPLETION,
}
_UNKNOWN: Final = PlainAnswer(result=Result.FAILURE, text="the original payment is not known")


class Orders:
    """Makes orders for one face."""

    def __init__(self, face: str, till: SaleSystem, poi: str) -> None:
        self._face = face
        self._till = till
        self._originals = Originals(till, poi)
        self._numbers: list[int] = []

    async def of(
        self, header: Header, request: Pay | Reverse, can: Capabilities | None, foreign: Any
    ) -> MoneyOrder | PlainAnswer:
        """The order, or why it cannot be carried out. `foreign`: what tells its doubles."""
        original = await self._find(header, request)
        if isinstance(request, Pay):
            found = self._payment(request, original, can)
        else:
            found = await self._reversal(request, original)
        if isinstance(found, PlainAnswer):
            return found
        operation, amount, named = found
        if can is not None and operation not in can.operations:
            return lacking(operation)
        stan = f"{await self._number():0{DIGITS}}"
        return MoneyOrder(
            operation=operation,
            reference=self._key(stan),
            sale_time=self._now(),
            amount=amount,
            original=named,
            foreign={**kept_of(self._face, header, stan), **foreign},
        )

    def _payment(
        self, request: Pay, row: Exchange | None, can: Capabilities | None
    ) -> tuple[Operation, Amount | None, Original | None] | PlainAnswer:
        operation = _OPERATIONS[request.kind]
        if operation is not Operation.COMPLETION:
            return operation, request.amount, None
        if row is None or row.order.operation is not Operation.RESERVATION:
            return _UNKNOWN
        return operation, request.amount, original_of(row)

    async def _reversal(
        self, request: Reverse, row: Exchange | None
    ) -> tuple[Operation, Amount | None, Original | None] | PlainAnswer:
        whole = whole_of(row) if row is not None else None
        left = await self._originals.left_of(row) if row is not None else None
        if row is None or whole is None or left is None:
            return _UNKNOWN
        if left != whole:
            return PlainAnswer(result=Result.FAILURE, text="it is undone already")
        if request.amount is not None and request.amount != whole:
            text = f"a reversal undoes the whole amount, {whole} {whole.currency}"
            return PlainAnswer(result=Result.VALIDATION_ERROR, text=text)
        reserved = row.order.operation is Operation.RESERVATION
        operation = Operation.RELEASE if reserved else Operation.REVERSAL
        return operation, None, original_of(row)

    async def _find(self, header: Header, request: Pay | Reverse) -> Exchange | None:
        """What OriginalTransaction names; a reversal without one means the till's last payment."""
        if request.original is not None:
            return await self._named(request.original)
        return await self._last_of(header.workstation_id) if isinstance(request, Reverse) else None

    async def _named(self, original: Named) -> Exchange | None:
        row = await self._originals.find(self._key(original.stan.rjust(DIGITS, "0")))
        return row if row is not None and _is_ours(row, self._face) else None

    async def _last_of(self, workstation: SaleID) -> Exchange | None:
        rows = await self._till.shop.journal.exchanges(limit=500)
        ours = (row for row in rows if _is_ours(row, self._face) and _moved(row))
        mine = (row for row in ours if row.order.foreign.get("sale_id") == workstation)
        return next((row for row in mine if row.order.operation is Operation.PAYMENT), None)

    def _key(self, stan: str) -> Reference:
        return Reference(f"{self._face}-{stan}")

    def _now(self) -> str:
        now = self._till.shop.clock.wall()
        return datetime.fromtimestamp(int(now), UTC).isoformat()

    async def _number(self) -> int:
        if not self._numbers:
            place = POIID(f"face.{self._face}")
            first = await self._till.shop.journal.reserve_service_ids(place, 1, _BLOCK)
            self._numbers = list(range(first, first + _BLOCK))[::-1]
        return self._numbers.pop()


def lacking(operation: Operation) -> PlainAnswer:
    """The terminal behind cannot do it."""
    text = f"the terminal cannot do that: {operation.value}"
    return PlainAnswer(result=Result.NOT_SUPPORTED, text=text)


def kept_of(face: str, header: Header, stan: str) -> dict[str, Any]:
    """What the journal keeps of a request, so that it can be answered after a restart. Names are
    those that the journal takes for ids, so that it masks none of them.
    """
    return {
        "face": face,
        "opi": header.request_type,
        "service_id": header.request_id,
        "sale_id": header.workstation_id,
        "popid": header.popid,
        "reference": header.reference,
        "transaction_id": stan,
    }


def header_of(order: MoneyOrder) -> Header:
    """The request that an order stands for."""
    kept = order.foreign
    return Header(
        family=Family.CARD,
        request_type=kept["opi"],
        workstation_id=SaleID(kept["sale_id"]),
        request_id=ServiceID(kept["service_id"]),
        popid=kept["popid"],
        reference=kept["reference"],
    )


def _is_ours(row: Exchange, face: str) -> bool:
    return row.order.foreign.get("face") == face


def _moved(row: Exchange) -> bool:
    return row.result is not None and row.result.outcome in MONEY_MOVED
