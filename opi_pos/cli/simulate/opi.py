"""`simulate opi`: an O.P.I. terminal over TCP, on both channels."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from opi_pos.cli.grammar import Option
from opi_pos.cli.options import Json
from opi_pos.cli.screen import Screen
from opi_pos.cli.simulate.serving import simulate
from terminal_bridge.simulator.files import load_faults
from terminal_bridge.simulator.opi.server import DEMO_PACE_S, OpiServerConfig, serve_opi


def opi(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int | None, Option(help="Channel 0; 0 takes a free one, by default the profile's own.")
    ] = None,
    pos_host: Annotated[
        str | None,
        Option("--pos-host", metavar="HOST", help="The till; by default where it spoke from."),
    ] = None,
    pos_port: Annotated[
        int | None,
        Option("--pos-port", metavar="PORT", help="Channel 1 at the till; 0 asks it nothing."),
    ] = None,
    kept: Annotated[
        bool, Option("--kept", help="One connection for channel 1, not one a request.")
    ] = False,
    one_socket: Annotated[
        bool, Option("--one-socket", help="Ask on the till's own connection; no channel 1.")
    ] = False,
    profile: Annotated[str, Option(help="de, nl or ch.")] = "de",
    seed: Annotated[int, Option(min=0, help="The same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None, Option(metavar="FILE", help="TOML or JSON: what goes wrong, and when.")
    ] = None,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep the terminal's own books here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    json: Json = False,
) -> int:
    """An O.P.I. terminal over TCP. The amount chooses what happens, as with nexo."""
    config = OpiServerConfig(
        host=host,
        port=port,
        pos_host=pos_host,
        pos_port=pos_port,
        kept=kept,
        one_socket=one_socket,
        profile=profile,
        seed=seed,
        faults=load_faults(faults) if faults is not None else (),
        books=books,
        pace_s=pace,
    )
    return asyncio.run(simulate(serve_opi(config), Screen(json=json)))
