"""A foreign till, our bridge and a ZVT terminal, each on a socket of its own, all watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from listener.faces.opening import Faces
from opi_pos.cli.demo.cashier import WITHIN_S
from opi_pos.cli.demo.drawing import Drawing
from opi_pos.cli.demo.relay import Relay
from opi_pos.cli.demo.stage import CURRENCY, PROFILE
from opi_pos.cli.demo.zvt_line import serve
from opi_pos.http.door import Door, DoorConfig
from opi_pos.ports import Cashier
from opi_pos.runtime.cashier import QuietCashier
from opi_pos.runtime.config import till_settings
from opi_pos.runtime.sale_system import SaleSystem
from terminal_bridge.simulator.zvt.profile import profile_of
from terminal_bridge.simulator.zvt.station import SimulatedZvt

SIDES: Final = ("Till", "Bridge", "ZVT terminal")
WIDTHS: Final = (42, 32)
TERMINAL: Final = msgspec.structs.replace(profile_of("newest"), currencies=("0752",))
"""It takes the currency of the day, so that the books can be added up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStage:
    """An open till, with a bridge to a terminal that it does not know."""

    till: SaleSystem
    terminal: SimulatedZvt
    relays: tuple[Relay, ...]
    completed: asyncio.Event
    """Set when the terminal has ended a command."""

    async def settled(self) -> None:
        """Wait until nothing is on its way to anybody."""
        async with asyncio.timeout(WITHIN_S):
            await self.completed.wait()
            for relay in self.relays:
                await relay.quiet.wait()


@asynccontextmanager
async def open_bridge(
    folder: Path, cashier: Cashier, drawing: Drawing, *, pace_s: float
) -> AsyncIterator[BridgeStage]:
    """`folder` has the till's journal, and gets the bridge's."""
    nexo_lane, zvt_lane = drawing.lay_out(SIDES, WIDTHS)
    to_bridge, to_till = Relay(nexo_lane, from_left=True), Relay(nexo_lane, from_left=False)
    completed = asyncio.Event()
    async with AsyncExitStack() as stack:
        terminal = await stack.enter_async_context(SimulatedZvt(TERMINAL, pace_s=pace_s))
        port = await stack.enter_async_context(serve(terminal, zvt_lane, completed))
        doors = []
        for relay in (to_bridge, to_till):
            stack.push_async_callback(relay.aclose)
            doors.append(await stack.enter_async_context(Door(relay, DoorConfig())))
        await _open_bridge(folder / "bridge.db", port, to_bridge, doors[1].url, stack)
        till = SaleSystem.open(
            terminal=f"nexo+{doors[0].url}?profile={PROFILE}",
            currency=CURRENCY,
            journal=folder / "till.db",
            listen="127.0.0.1:0",
            cashier=cashier,
        )
        await stack.enter_async_context(till)
        to_till.goal = till.listen_url or ""
        yield BridgeStage(
            till=till, terminal=terminal, relays=(to_bridge, to_till), completed=completed
        )


async def _open_bridge(
    journal: Path, port: int, to_bridge: Relay, till_url: str, stack: AsyncExitStack
) -> None:
    settings = till_settings(
        {
            "journal": str(journal),
            "poi": {
                "counter": {
                    "url": f"zvt+tcp://127.0.0.1:{port}",
                    "currency": CURRENCY,
                    "integration": "full",
                }
            },
            "face": {"nexo": {"port": 0, "profile": PROFILE, "till_url": till_url}},
        }
    )
    faces = Faces(settings, QuietCashier())
    bridge = SaleSystem.open(config=settings, cashier=faces.cashier)
    await stack.enter_async_context(bridge)
    urls = await stack.enter_async_context(faces.open(bridge))
    to_bridge.goal = "/".join(urls["nexo"].split("/")[:3])
