"""Earlier transactions of the terminal behind, in the journal: found by what tills call them, and
what is left of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from opi_pos.model.facts import Exchange
from opi_pos.model.money import Amount
from opi_pos.model.orders import Original
from opi_pos.model.results import MONEY_MOVED, Operation, TransactionID
from opi_pos.poi.nexo import originals
from opi_pos.poi.nexo.requests import Reversal
from opi_pos.runtime.sale_system import SaleSystem

PAGE: Final = 500
LOOKED_AT_MOST: Final = 20_000
"""Exchanges after an original that are searched for what undid it. Beyond, the terminal knows."""
_GIVES_BACK: Final = frozenset({Operation.REVERSAL, Operation.RELEASE, Operation.REFUND})


class Originals:
    """Looks into the journal for one face."""

    def __init__(self, till: SaleSystem, poi: str) -> None:
        """`poi`: the terminal's name. Another terminal's numbers mean nothing to it."""
        self._till = till
        self._poi_id = till.station(poi).settings.poi_id

    async def find(self, transaction_id: str) -> Exchange | None:
        """The approved exchange that a POITransactionID of ours names."""
        rows = await self._till.shop.journal.find(self._till.settings.scope, transaction_id)
        return next((row for row in reversed(rows) if self._is_ours(row)), None)

    async def find_reversed(self, request: Reversal) -> Exchange | None:
        """What a reversal names: our POITransactionID, or the terminal's own as we told it."""
        if request.original is not None:
            row = await self.find(request.original.id)
            return row if row and originals.is_same(request.original, _named(row)) else None
        if request.acquirer is None:
            return None
        async for row in self._newest_first():
            own = row.result.terminal_transaction if row.result is not None else None
            if own is not None and self._is_ours(row) and originals.is_same(request.acquirer, own):
                return row
        return None

    async def left_of(self, row: Exchange) -> Amount | None:
        """What was neither undone nor paid back nor completed. None: the amount is not known."""
        whole = whole_of(row)
        if whole is None:
            return None
        left = whole.minor
        async for later in self._newest_first(since=row.begun_at):
            if self._is_ours(later) and _original_of(later) == row.exchange_id:
                left -= _taken_from(later, whole)
        return whole.with_minor(max(0, left))

    def _is_ours(self, row: Exchange) -> bool:
        moved = row.result is not None and row.result.outcome in MONEY_MOVED
        return moved and row.poi_id == self._poi_id

    async def _newest_first(self, since: float = 0.0) -> AsyncIterator[Exchange]:
        """The journal, back to a moment."""
        before: float | None = None
        for _ in range(LOOKED_AT_MOST // PAGE):
            rows = await self._till.shop.journal.exchanges(limit=PAGE, before=before)
            for row in rows:
                if row.begun_at < since:
                    return
                yield row
            if len(rows) < PAGE:
                return
            before = rows[-1].begun_at


def original_of(row: Exchange) -> Original:
    """An approved exchange as the original of another."""
    result = row.result
    assert result is not None, "it is approved"
    return Original(
        reference=result.reference,
        service_id=result.service_id,
        transaction=result.terminal_transaction,
        amount=result.authorized,
        approval_code=result.approval_code,
        poi_id=row.poi_id,
        exchange_id=row.exchange_id,
    )


def whole_of(row: Exchange) -> Amount | None:
    """What it moved; systems that tell no amount took what was asked."""
    told = row.result.authorized if row.result is not None else None
    return told or row.order.amount


def _named(row: Exchange) -> TransactionID:
    """Its POITransactionID, as we told it."""
    return TransactionID(id=row.order.reference, time=row.order.sale_time)


def _original_of(row: Exchange) -> str:
    return row.order.original.exchange_id if row.order.original is not None else ""


def _taken_from(later: Exchange, whole: Amount) -> int:
    """Minor units. A completion uses its reservation up, whatever it takes."""
    assert later.result is not None, "it is approved"
    if later.order.operation in _GIVES_BACK:
        amount = later.result.authorized or later.order.amount or whole
        return amount.minor
    return whole.minor if later.order.operation is Operation.COMPLETION else 0
