"""`simulate zvt`: a ZVT terminal over TCP or on a pty."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from opi_pos.cli.grammar import Option
from opi_pos.cli.options import Json
from opi_pos.cli.screen import Screen
from opi_pos.cli.simulate.serving import simulate
from terminal_bridge.simulator.files import load_faults
from terminal_bridge.simulator.server import DEMO_PACE_S
from terminal_bridge.simulator.zvt.server import ZvtServerConfig, serve_zvt


def zvt(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, Option(help="0 takes a free one.")] = 20007,
    serial: Annotated[bool, Option("--serial", help="On a pty instead of a port.")] = False,
    profile: Annotated[str, Option(help="strict, ingenico, card-complete, …")] = "strict",
    seed: Annotated[int, Option(min=0, help="The same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None, Option(metavar="FILE", help="TOML or JSON: what goes wrong, and when.")
    ] = None,
    noise: Annotated[
        float, Option(min=0.0, max=1.0, help="Chance that a byte is lost, doubled or flipped.")
    ] = 0.0,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep books, turnover and numbers here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    json: Json = False,
) -> int:
    """A ZVT terminal over TCP or a serial line. The amount chooses what happens, as with nexo."""
    config = ZvtServerConfig(
        host=host,
        port=port,
        serial=serial,
        profile=profile,
        seed=seed,
        faults=load_faults(faults) if faults is not None else (),
        noise=noise,
        books=books,
        pace_s=pace,
    )
    return asyncio.run(simulate(serve_zvt(config), Screen(json=json)))
