"""Earlier transactions by what nexo tills call them."""

from __future__ import annotations

from listener.faces import originals as journalled
from listener.faces.originals import original_of, whole_of
from opi_pos.model.facts import Exchange
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import originals
from opi_pos.poi.nexo.requests import Reversal

__all__ = ["Originals", "original_of", "whole_of"]


class Originals(journalled.Originals):
    """Looks into the journal for one nexo face."""

    async def find_reversed(self, request: Reversal) -> Exchange | None:
        """What a reversal names: our POITransactionID, or the terminal's own as we told it."""
        if request.original is not None:
            row = await self.find(request.original.id)
            return row if row and originals.is_same(request.original, _named(row)) else None
        if request.acquirer is None:
            return None
        async for row in self.newest_first():
            own = row.result.terminal_transaction if row.result is not None else None
            if own is not None and self.is_ours(row) and originals.is_same(request.acquirer, own):
                return row
        return None


def _named(row: Exchange) -> TransactionID:
    """Its POITransactionID, as we told it."""
    return TransactionID(id=row.order.reference, time=row.order.sale_time)
