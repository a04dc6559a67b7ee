"""The till's process dies in the middle of a payment. Afterwards: one charge, and the truth.

This program starts a simulated terminal and a till in a process of its own, which is killed while
the cardholder types the PIN. Then it does what every till does after a crash: it calls `pay` again
with the same reference.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from opi_pos import Result, SaleSystem
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo

AMOUNT, REFERENCE = "250.00", "order-4711"
PACE_S = 0.1
DIES_AFTER_S = 0.3


async def pay(terminal: str, journal: Path) -> Result:
    """The same lines before and after the crash: there is no second way for recovery."""
    async with SaleSystem.open(terminal=terminal, currency="SEK", journal=journal) as till:
        return await till.pay(AMOUNT, reference=REFERENCE)


async def pay_and_die(terminal: str, journal: Path) -> None:
    """As if the plug were pulled: no exception, no cleaning up."""
    asyncio.get_running_loop().call_later(DIES_AFTER_S, os._exit, 1)
    await pay(terminal, journal)


async def main(folder: Path) -> None:
    """Crash, start again, compare with the terminal's own books."""
    journal = folder / "till.db"
    async with serve_nexo(NexoServerConfig(port=0, pace_s=PACE_S)) as server:
        words = [sys.executable, __file__, server.url, str(journal)]
        first = await asyncio.create_subprocess_exec(*words)
        print("the till pays, and dies: exit code", await first.wait())

        # Meanwhile the terminal goes on by itself, and the machine starts again.
        await asyncio.sleep(20 * PACE_S)

        result = await pay(server.url, journal)
        print("the same call again:", result.outcome, "proved by", result.proof)
        charges = server.terminal.books.charges(REFERENCE)
        print("charges in the terminal's own books:", len(charges))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(pay_and_die(sys.argv[1], Path(sys.argv[2])))
    else:
        with tempfile.TemporaryDirectory() as made:
            asyncio.run(main(Path(made)))
