"""Take one payment, and print what came of it.

At the built-in terminal: `python examples/pay_once.py`. At yours:
`python examples/pay_once.py nexo+http://192.0.2.15:11000`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from opi_pos import SaleSystem, render


async def main(terminal: str, journal: Path) -> None:
    """Open the till, pay, close it. Closing logs out."""
    async with SaleSystem.open(terminal=terminal, currency="SEK", journal=journal) as till:
        # The reference is your own order id. Whatever happens, call `pay` with it again: there is
        # never a second charge.
        result = await till.pay("38.00", reference="order-4711")

        # Outcomes are results, never exceptions. `approved` is true only for the whole amount.
        print(result.outcome, result.authorized, "proved by", result.proof)
        if result.card is not None:
            print(result.card.brand, result.card.masked_pan)

        again = await till.pay("38.00", reference="order-4711")
        print("again:", again.outcome, "replayed" if again.replayed else "tried anew")

        for receipt in result.receipts:
            print(f"\n--- {receipt.copy} ---\n{render(receipt, width=32)}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else "sim://nexo"
        asyncio.run(main(url, Path(folder) / "till.db"))
