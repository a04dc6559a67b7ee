"""Earlier transactions of the terminal behind a face, in the journal: found, and what is left of
them. The journal has what every till did there, so nothing is undone twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from opi_pos.model.facts import Exchange
from opi_pos.model.money import Amount
from opi_pos.model.orders import Original
from opi_pos.model.results import MONEY_MOVED, Operation
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

    async def find(self, key: str) -> Exchange | None:
        """The approved exchange that a face's own key names."""
        rows = await self._till.shop.journal.find(self._till.settings.scope, key)
        return next((row for row in reversed(rows) if self.is_ours(row)), None)

    async def left_of(self, row: Exchange) -> Amount | None:
        """What was neither undone nor paid back nor completed. None: the amount is not known."""
        whole = whole_of(row)
        if whole is None:
            return None
        left = whole.minor
        async for later in self.newest_first(since=row.begun_at):
            if self.is_ours(later) and _named_by(later) == row.exchange_id:
                left -= _taken_from(later, whole)
        return whole.with_minor(max(0, left))

    def is_ours(self, row: Exchange) -> bool:
        """Whether this terminal moved money there."""
        return has_moved(row) and row.poi_id == self._poi_id

    async def newest_first(self, since: float = 0.0) -> AsyncIterator[Exchange]:
        """The journal, back to a moment (Unix seconds)."""
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


def has_moved(row: Exchange) -> bool:
    """Whether it is decided, and money was moved."""
    return row.result is not None and row.result.outcome in MONEY_MOVED


def original_of(row: Exchange) -> Original:
    """What an order that builds on it names. It must have moved money."""
    result = row.result
    assert result is not None, "it moved money"
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


def _named_by(row: Exchange) -> str:
    return row.order.original.exchange_id if row.order.original is not None else ""


def _taken_from(later: Exchange, whole: Amount) -> int:
    """Minor units. A completion uses its reservation up, whatever it takes."""
    assert later.result is not None, "it moved money"
    if later.order.operation in _GIVES_BACK:
        amount = later.result.authorized or later.order.amount or whole
        return amount.minor
    return whole.minor if later.order.operation is Operation.COMPLETION else 0
