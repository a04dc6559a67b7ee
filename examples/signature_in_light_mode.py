"""Confirm a signature with a terminal that asks nothing of the till (light integration).

The terminal approves and marks the receipt "signature required". The library then asks the
cashier, and reverses the payment when the signature is refused. In full integration the terminal
asks by itself while the payment runs; for the program below nothing changes.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from opi_pos import QuietCashier, SaleSystem
from opi_pos.model.devices import Question

PAID_BY_SIGNATURE = "99.07"
"""At the built-in terminal an amount that ends in .07 is paid by magstripe and signature."""


class Cashier(QuietCashier):
    """Compares the signature on the slip with the one on the card."""

    def __init__(self) -> None:
        self.looks_right = True

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """True, False, or None when nobody can decide: then the payment stands as it is."""
        print(f"  {poi} has printed a slip of {len(question.lines)} lines to sign")
        return self.looks_right


async def main(journal: Path) -> None:
    """One signature is accepted, one is refused."""
    cashier = Cashier()
    async with SaleSystem.open(
        terminal="sim://nexo", currency="SEK", journal=journal, cashier=cashier
    ) as till:
        accepted = await till.pay(PAID_BY_SIGNATURE, reference="order-1")
        print("accepted:", accepted.outcome)

        cashier.looks_right = False
        refused = await till.pay(PAID_BY_SIGNATURE, reference="order-2")
        print("refused:", refused.outcome, "- undone by", refused.reversal_reference)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder) / "till.db"))
