"""GetTotals and Reconciliation, added up from the terminal's own books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from opi_pos.model.ids import POIID, SaleID
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.nexo.answers import TotalGroup, TotalLine
from opi_pos.poi.nexo.requests import TotalFilter

_TYPES: Final = {
    Movement.CHARGE: "Debit",
    Movement.REFUND: "Credit",
    Movement.RESERVATION: "FirstReservation",
    Movement.COMPLETION: "CompletedReservation",
}

_Key = tuple[str, str, str, str, str, str, str]


def add_up(
    books: Books, *, period: int, details: frozenset[str] = frozenset(), only: TotalFilter
) -> tuple[TotalGroup, ...]:
    """The totals of one reconciliation period, by brand, currency and the wanted details."""
    groups: dict[_Key, list[Entry]] = defaultdict(list)
    for entry in books.entries:
        if entry.period == period and _counts(entry, only):
            groups[_key(entry, details)].append(entry)
    return tuple(_group(key, entries, books) for key, entries in sorted(groups.items()))


def _counts(entry: Entry, only: TotalFilter) -> bool:
    pairs = (
        (only.poi_id, entry.poi_id),
        (only.sale_id, entry.sale_id),
        (only.operator, entry.operator),
        (only.shift, entry.shift),
        (only.totals_group, entry.totals_group),
    )
    return all(not wanted or wanted == found for wanted, found in pairs)


def _key(entry: Entry, details: frozenset[str]) -> _Key:
    return (
        entry.brand,
        entry.amount.currency,
        entry.poi_id if "POIID" in details else "",
        entry.sale_id if "SaleID" in details else "",
        entry.operator if "OperatorID" in details else "",
        entry.shift if "ShiftNumber" in details else "",
        entry.totals_group if "TotalsGroupID" in details else "",
    )


def _group(key: _Key, entries: list[Entry], books: Books) -> TotalGroup:
    first = entries[0]
    return TotalGroup(
        brand=key[0],
        currency=key[1],
        lines=_lines(entries, books),
        poi_id=first.poi_id if key[2] else POIID(""),
        sale_id=first.sale_id if key[3] else SaleID(""),
        operator=key[4],
        shift=key[5],
        totals_group=key[6],
    )


def _lines(entries: Iterable[Entry], books: Books) -> tuple[TotalLine, ...]:
    sums: dict[str, tuple[int, Entry, int]] = {}
    for entry in entries:
        name = _transaction_type(entry, books)
        count, first, minor = sums.get(name, (0, entry, 0))
        sums[name] = (count + 1, first, minor + entry.amount.minor)
    return tuple(
        TotalLine(transaction_type=name, count=count, amount=first.amount.with_minor(minor))
        for name, (count, first, minor) in sorted(sums.items())
    )


def _transaction_type(entry: Entry, books: Books) -> str:
    if entry.movement is not Movement.REVERSAL:
        return _TYPES[entry.movement]
    original = books.find(entry.original)
    is_credit = original is not None and original.movement is Movement.REFUND
    return "ReverseCredit" if is_credit else "ReverseDebit"
