"""The turnover since the last end of day, added up by card brand (BMP 60)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from opi_pos.model.money import Amount
from terminal_bridge.simulator.zvt.fields import bmp, pack
from terminal_bridge.simulator.zvt.store import Kind, Store

GROUPS: Final = ("girocard", "JCB", "Mastercard", "Amex", "Visa", "Diners", "others")
_MAX_COUNT: Final = 0xFF
_SIGNS: Final = {
    Kind.PAYMENT: 1,
    Kind.TIP: 1,
    Kind.BOOKING: 1,
    Kind.REFUND: -1,
}


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts and minor units by group, in the order of `GROUPS`."""

    first: int
    last: int
    counts: tuple[int, ...]
    sums: tuple[int, ...]

    @property
    def total(self) -> int:
        """Minor units taken, less what was paid back."""
        return sum(self.sums)


def add_up(store: Store) -> Totals:
    """What stands of the turnover: reversed transactions and their reversals do not count."""
    standing = [t for t in store.turnover if t.kind in _SIGNS and not store.reversed(t)]
    counts, sums = [0] * len(GROUPS), [0] * len(GROUPS)
    for t in standing:
        group = GROUPS.index(t.card) if t.card in GROUPS else len(GROUPS) - 1
        counts[group] += 1
        sums[group] += _SIGNS[t.kind] * t.amount.minor
    receipts = [t.receipt for t in store.turnover]
    return Totals(
        receipts[0] if receipts else 0,
        receipts[-1] if receipts else 0,
        tuple(counts),
        tuple(sums),
    )


def totals_field(totals: Totals) -> bytes:
    """BMP 60. It knows no sign: a group that paid back more than it took has its bare sum, and a
    count above 255 stays there [inferred].
    """
    parts = [pack(totals.first, 2), pack(totals.last, 2)]
    for count, minor in zip(totals.counts, totals.sums, strict=True):
        parts += [bytes((min(count, _MAX_COUNT),)), pack(abs(minor), 6)]
    return bmp(0x60, b"".join(parts))


def lines_of(totals: Totals, currency: str, stamp: str, terminal_id: str) -> tuple[str, ...]:
    """The receipt of an end of day."""
    lines = ["Kassenabschluss", f"Terminal-ID: {terminal_id}", f"{stamp[:8]} {stamp[8:12]}"]
    lines.append(f"Belege {totals.first:04d}-{totals.last:04d}")
    lines.append("Umsätze")
    lines += [_line(*row, currency) for row in _rows(totals)]
    amount = Amount(minor=abs(totals.total), currency=currency)
    return (*lines, f"Gesamt {'-' if totals.total < 0 else ''}{amount} {currency}")


def _rows(totals: Totals) -> Iterable[tuple[str, int, int]]:
    rows = zip(GROUPS, totals.counts, totals.sums, strict=True)
    return ((group, count, minor) for group, count, minor in rows if count)


def _line(group: str, count: int, minor: int, currency: str) -> str:
    amount = Amount(minor=abs(minor), currency=currency)
    return f"{group} {count} {'-' if minor < 0 else ''}{amount}"
