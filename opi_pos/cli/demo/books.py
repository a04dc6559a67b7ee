"""The books of till, journal and terminals side by side: they must agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from listener.faces.nexo.orders import sale_of
from opi_pos.cli.screen import Screen
from opi_pos.model.facts import Exchange
from opi_pos.model.money import Amount
from opi_pos.model.results import MONEY_MOVED, Operation, Result
from opi_pos.poi.books import Books, Movement
from terminal_bridge.drivers.zvt.numbers import from_transaction

TRACE_DIGITS: Final = 6


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What each of the three says of one reference; money in minor units."""

    reference: str
    till: str
    till_minor: int
    journal: str
    journal_minor: int
    terminal_minor: int

    @property
    def agrees(self) -> bool:
        """Whether outcome and money are the same everywhere."""
        money = {self.till_minor, self.journal_minor, self.terminal_minor}
        return len(money) == 1 and self.till == self.journal


def compare(
    told: Mapping[str, Result], rows: Iterable[Exchange], terminal: Mapping[str, int]
) -> list[Line]:
    """One line for each reference that any of the three knows. `terminal`: what it took of each,
    in minor units.
    """
    payments = {
        str(row.order.reference): row for row in rows if row.order.operation is Operation.PAYMENT
    }
    references = dict.fromkeys([*told, *payments, *terminal])
    return [
        Line(
            reference=reference,
            till=_outcome(told.get(reference)),
            till_minor=_minor(told.get(reference)),
            journal=_outcome(payments[reference].result if reference in payments else None),
            journal_minor=_minor(payments[reference].result if reference in payments else None),
            terminal_minor=terminal.get(reference, 0),
        )
        for reference in references
    ]


def taken(books: Books) -> dict[str, int]:
    """What a nexo terminal took of each reference, after what was undone."""
    minor: dict[str, int] = {}
    for entry in books.entries:
        if entry.movement is Movement.CHARGE:
            left = entry.amount.minor - books.undone(entry.transaction_id)
            minor[entry.reference] = minor.get(entry.reference, 0) + left
    return minor


def taken_behind(books: Books, bridge: Iterable[Exchange]) -> dict[str, int]:
    """What a ZVT terminal took. It knows no references; the bridge's journal knows which of its
    numbers stands for what.
    """
    references = {
        from_transaction(row.result.terminal_transaction).trace.zfill(TRACE_DIGITS): sale_of(
            row.order
        ).transaction.id
        for row in bridge
        if row.result is not None and row.order.operation is Operation.PAYMENT
    }
    minor: dict[str, int] = {}
    for entry in books.entries:
        if entry.movement is Movement.CHARGE:
            reference = references.get(entry.transaction_id, f"trace {entry.transaction_id}")
            left = entry.amount.minor - books.undone(entry.transaction_id)
            minor[reference] = minor.get(reference, 0) + left
    return minor


def _outcome(result: Result | None) -> str:
    return "nothing" if result is None else result.outcome.value


def _minor(result: Result | None) -> int:
    if result is None or result.outcome not in MONEY_MOVED or result.authorized is None:
        return 0
    return result.authorized.minor


def show_books(screen: Screen, lines: Sequence[Line], currency: str) -> bool:
    """Print them; whether they agree."""
    screen.line()
    screen.line("The books, side by side", "bold")
    screen.line(f"  {'reference':<22} {'till':>21} {'journal':>21} {'terminal':>10}", "dim")
    for line in lines:
        till = f"{line.till} {_text(line.till_minor, currency)}"
        journal = f"{line.journal} {_text(line.journal_minor, currency)}"
        terminal = _text(line.terminal_minor, currency)
        mark, style = ("", "green") if line.agrees else ("  DISAGREE", "bold red")
        screen.line(f"  {line.reference:<22} {till:>21} {journal:>21} {terminal:>10}{mark}", style)
    sums = (
        sum(line.till_minor for line in lines),
        sum(line.journal_minor for line in lines),
        sum(line.terminal_minor for line in lines),
    )
    till, journal, terminal = (_text(each, currency) for each in sums)
    screen.line(f"  {'all':<22} {till:>21} {journal:>21} {terminal:>10}", "bold")
    agree = all(line.agrees for line in lines)
    verdict = "The three books agree." if agree else "The books do not agree."
    screen.line()
    screen.line(verdict, "bold green" if agree else "bold red")
    return agree


def _text(minor: int, currency: str) -> str:
    return str(Amount(minor=minor, currency=currency))
