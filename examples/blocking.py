"""A till without asyncio: plain calls, plain functions for the cashier.

Everything that `opi_pos.SaleSystem` has is here under the same name. `abort` may be called from
another thread while `pay` waits: that is how a stop button works.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from opi_pos.blocking import SaleSystem
from opi_pos.model.devices import Display, PrintJob, Question


class Cashier:
    """Any of these may be left out. Each call comes in a thread of its own."""

    def __init__(self) -> None:
        self.waits_for_card = threading.Event()

    def display(self, poi: str, display: Display) -> None:
        """What the terminal shows."""
        print(f"  {poi}: {' / '.join(display.lines)}")
        if display.progress == "wait_card":
            self.waits_for_card.set()

    def confirm(self, poi: str, question: Question) -> bool | None:
        """Whether the signature on the slip is right; a real till asks, and may take its time."""
        print(f"  {poi} asks about a signature")
        return True

    def print(self, poi: str, job: PrintJob) -> bool:
        """Print a receipt; False when nothing came out of the printer."""
        print(f"  {poi} prints: {job.receipt.lines[0]} …")
        return True


def main(journal: Path) -> None:
    """One payment that is stopped, one with a PIN, and one with a signature."""
    cashier = Cashier()
    with SaleSystem.open(
        terminal="sim://nexo",
        integration="full",
        currency="SEK",
        journal=journal,
        cashier=cashier,
    ) as till:
        button = threading.Thread(target=lambda: press_stop(till, cashier))
        button.start()
        print("order-1:", till.pay("64.03", reference="order-1").outcome)
        button.join()

        print("order-2:", till.pay("38.00", reference="order-2").outcome)
        print("order-3:", till.pay("99.07", reference="order-3").outcome)


def press_stop(till: SaleSystem, cashier: Cashier) -> None:
    """The button is pressed when the terminal waits for a card that nobody presents."""
    cashier.waits_for_card.wait()
    till.abort("order-1")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder) / "till.db")
