"""Stop a payment. An abort is a wish: the payment's own result tells what came of it.

Try it with `python examples/abort.py`; at the built-in terminal nobody presents a card for an
amount that ends in .03.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from opi_pos import QuietCashier, SaleSystem
from opi_pos.model.devices import Display, Progress


class Cashier(QuietCashier):
    """Shows what the terminal shows, and presses the stop key when it waits for a card."""

    def __init__(self) -> None:
        self.waits_for_card = asyncio.Event()

    async def display(self, poi: str, display: Display) -> None:
        """Called for every display, in order. Progress is the same word for every terminal."""
        print(f"  {poi}: {' / '.join(display.lines)}")
        if display.progress is Progress.WAIT_CARD:
            self.waits_for_card.set()


async def main(journal: Path) -> None:
    """Pay and abort at the same time."""
    cashier = Cashier()
    async with SaleSystem.open(
        terminal="sim://nexo",
        integration="full",
        currency="SEK",
        journal=journal,
        cashier=cashier,
    ) as till:
        async with asyncio.TaskGroup() as group:
            paying = group.create_task(till.pay("64.03", reference="order-1"))
            await cashier.waits_for_card.wait()
            print("the cashier wishes to stop")
            await till.abort("order-1")

        # It may have come too late: then the result is approved, and the cashier is told so.
        result = paying.result()
        print(result.outcome, "proved by", result.proof)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder) / "till.db"))
