"""A till of another SaleID takes a terminal over and learns what the dead one's payment came to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from opi_pos import Proof, SaleSystem
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo


async def test_it_recovers_what_the_dead_one_had_begun(tmp_path: Path) -> None:
    async with serve_nexo(NexoServerConfig(port=0, pace_s=0.0)) as terminal:
        booked = asyncio.Event()
        terminal.terminal.books.heard = lambda _: booked.set()

        def till(sale_id: str) -> SaleSystem:
            return SaleSystem.open(
                terminal=terminal.url,
                currency="SEK",
                journal=tmp_path / "till.db",
                sale_id=sale_id,
            )

        async with till("till-3") as dead:
            paying = asyncio.gather(dead.pay("38.00", reference="a"), return_exceptions=True)
            await booked.wait()
            await dead.station().driven()._tasks.aclose()  # what it would hear is lost
        await paying
        async with till("till-4") as heir:
            # A login could stop a payment, so only a person's wish sends it this early.
            await heir.login(reset=True)
            result = await heir.status("a")
            assert result is not None
            assert result.approved
            assert result.proof is Proof.STATUS
            (row,) = await heir.exchanges()
            assert row.sale_id == "till-3"
        assert terminal.terminal.books.net() == {"SEK": 3800}
