"""Commands that look up a payment: status and reprint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from opi_pos.cli.grammar import Argument
from opi_pos.cli.interrupts import or_leave
from opi_pos.cli.opening import books_of, is_given, open_books, open_till
from opi_pos.cli.options import Where, spread
from opi_pos.cli.results import EXIT, receipt_object, show_receipt, show_result
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import UsageError
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import Outcome
from opi_pos.runtime.sale_system import SaleSystem

Known = Annotated[str, Argument(metavar="REF", help="The shop's reference.")]
T = TypeVar("T")


@spread
def status(reference: Known, where: Where) -> int:
    """What became of a payment. One that is open or in doubt is asked about at its terminal."""
    return asyncio.run(_status(reference, where))


@spread
def reprint(reference: Known, where: Where) -> int:
    """The receipts of a payment: from the journal, else from the terminal."""
    return asyncio.run(_reprint(reference, where))


async def _status(reference: str, where: Where) -> int:
    newest = (await _rows(reference, where))[-1]
    result = newest.result
    if newest.state in OPEN_STATES or result is None:
        result = await _ask(reference, where, lambda till: till.status(reference))
    if result is None:
        raise _unknown(reference)
    return show_result(Screen(json=where.json), result)


async def _reprint(reference: str, where: Where) -> int:
    rows = await _rows(reference, where)
    receipts = next((found for row in reversed(rows) if (found := _receipts(row))), ())
    if not receipts:
        receipts = await _ask(reference, where, lambda till: till.reprint(reference))
    screen = Screen(json=where.json)
    copies = [receipt_object(receipt) for receipt in receipts]
    screen.object({"reference": reference, "receipts": copies})
    for receipt in receipts:
        show_receipt(screen, receipt)
    if not receipts:
        screen.line("There is no receipt.")
    return 0 if receipts else 1


async def _rows(reference: str, where: Where) -> list[Exchange]:
    books = books_of(where)
    journal = await open_books(books)
    try:
        rows = list(await journal.find(books.scope, reference))
    finally:
        await journal.close()
    if not rows:
        raise _unknown(reference)
    return rows


async def _ask(reference: str, where: Where, order: Callable[[SaleSystem], Awaitable[T]]) -> T:
    if not is_given(where):
        raise UsageError(
            f"reference {reference!r}: its terminal must be asked; name it with --terminal URL,"
            " or --config FILE --poi NAME"
        )
    remark = f"left before the answer; ask again with: opi-pos status {reference}"
    asking = _asked(open_till(where), order)
    return await or_leave(asking, remark=remark, exit_code=EXIT[Outcome.IN_DOUBT])


async def _asked(till: SaleSystem, order: Callable[[SaleSystem], Awaitable[T]]) -> T:
    async with till:
        return await order(till)


def _receipts(row: Exchange) -> tuple[Receipt, ...]:
    return row.result.receipts if row.result is not None else ()


def _unknown(reference: str) -> UsageError:
    return UsageError(f"reference {reference!r}: the journal does not know it")
