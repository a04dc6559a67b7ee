"""Our own till at our own face, whose bridge goes and comes back in mid-payment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from opi_pos import Outcome, Proof, SaleSystem
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.terminal import ToldTerminal


async def test_the_till_learns_what_became_of_its_payment(tmp_path: Path) -> None:
    """It is told that it is logged out, dares to log in, and asks again."""
    terminal = ToldTerminal()
    async with held(tmp_path, terminal) as (opened, _):
        till = SaleSystem.open(
            terminal=f"nexo+http://127.0.0.1:{opened.port}?profile=swedbank",
            currency="SEK",
            journal=tmp_path / "till.db",
            logout_on_close=False,
        )
        await till.__aenter__()
        paying = asyncio.gather(till.pay("38.00", reference="a"))
        first = await terminal.money.get()
    reborn = ToldTerminal()
    first.approve()
    reborn.status = [await first.next()]
    try:
        async with held(tmp_path, reborn, port=opened.port):
            (result,) = await paying
    finally:
        await till.close()
    assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
    assert not reborn.charges
