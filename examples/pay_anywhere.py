"""One till program for every terminal. What differs between shops stands in a configuration file.

    python examples/pay_anywhere.py               at the built-in terminal
    python examples/pay_anywhere.py till.toml     at yours

A `till.toml` needs two lines; `url` is all that changes with the terminal:

    [poi.front]
    url = "zvt+tcp://192.0.2.20:20007"
    currency = "EUR"
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from opi_pos import CapabilityError, Outcome, Result, SaleSystem

BUILT_IN = """
[poi.front]
url = "sim://nexo"
currency = "EUR"
"""


async def main(config: Path, journal: Path) -> None:
    """Three customers: one pays, one is declined, and the first brings the goods back."""
    async with SaleSystem.open(config=config, journal=journal) as till:
        paid = await till.pay("38.00", reference="order-1")
        print("order-1:", paid.outcome, paid.authorized or paid.message)

        # A till that is not sure whether it was paid pays again: there is never a second charge.
        again = await till.pay("38.00", reference="order-1")
        print("order-1 again:", again.outcome, "replayed" if again.replayed else "tried anew")

        declined = await till.pay("38.05", reference="order-2")
        print("order-2:", declined.outcome, "-", declined.message)

        if paid.approved:
            back = await bring_back(till)
            print("goods back:", back.outcome if back is not None else "not at this terminal")


async def bring_back(till: SaleSystem) -> Result | None:
    """Undo the payment where the terminal can, else pay the money back; None if it can neither.

    `CapabilityError` comes before anything is sent.
    """
    try:
        undone = await till.reverse("order-1")
        # Some terminals undo only what they did last. But what is in doubt may have been undone:
        # then nothing is paid back on top of it.
        if undone.outcome not in {Outcome.DECLINED, Outcome.NOT_STARTED}:
            return undone
    except CapabilityError as error:
        print(f"  this terminal has no {error.capability}")
    try:
        return await till.refund("38.00", reference="order-1/back", original="order-1")
    except CapabilityError as error:
        print(f"  this terminal has no {error.capability}")
        return None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "till.toml"
        if len(sys.argv) == 1:
            given.write_text(BUILT_IN, encoding="utf-8")
        asyncio.run(main(given, Path(folder) / "till.db"))
