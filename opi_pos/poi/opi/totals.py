"""The terminal's totals, added up from its books."""

from __future__ import annotations

from collections import defaultdict

from opi_pos.model.money import Amount
from opi_pos.poi.books import Books, Movement
from opi_pos.poi.opi.answers import TotalGroup

DEBIT, CREDIT = "Debit", "Credit"


def add_up(books: Books, period: int) -> tuple[TotalGroup, ...]:
    """What stands of a period, by card circuit, direction and currency. What was undone does not
    count, whenever it was undone.
    """
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for entry in books.entries:
        if entry.period != period:
            continue
        match entry.movement:
            case Movement.CHARGE | Movement.COMPLETION:
                direction = DEBIT
            case Movement.REFUND:
                direction = CREDIT
            case _:
                continue
        left = entry.amount.minor - books.undone(entry.transaction_id)
        if left > 0:
            found[entry.brand, direction, entry.amount.currency].append(left)
    return tuple(
        TotalGroup(
            brand=brand,
            payment_type=direction,
            count=len(amounts),
            amount=Amount(minor=sum(amounts), currency=currency),
        )
        for (brand, direction, currency), amounts in sorted(found.items())
    )
