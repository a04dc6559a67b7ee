"""`simulate viva`: Viva's cloud and its terminals over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from opi_pos.cli.grammar import Option
from opi_pos.cli.options import Json
from opi_pos.cli.screen import Screen
from opi_pos.cli.simulate.serving import simulate
from opi_pos.model.errors import UsageError
from terminal_bridge.simulator.files import load_faults
from terminal_bridge.simulator.viva.cloud import CLIENT_ID, CLIENT_SECRET, TERMINAL_ID
from terminal_bridge.simulator.viva.server import (
    DEFAULT_PORT,
    DEMO_PACE_S,
    VivaServerConfig,
    serve_viva,
)


def viva(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Beyond loopback, name --peer.")] = "127.0.0.1",
    port: Annotated[int, Option(help="0 takes a free one.")] = DEFAULT_PORT,
    terminal: Annotated[
        list[str] | None, Option("--terminal", metavar="ID", help="A terminal; repeatable.")
    ] = None,
    webhook_url: Annotated[
        str | None, Option("--webhook-url", metavar="URL", help="The till's, see its docs.")
    ] = None,
    seed: Annotated[int, Option(min=0, help="For ids; the same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None, Option(metavar="FILE", help="TOML or JSON: what goes wrong, and when.")
    ] = None,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep the terminals' own books here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    peer: Annotated[
        list[str] | None, Option("--peer", help="An address or network to let in; repeatable.")
    ] = None,
    json: Json = False,
) -> int:
    """Viva's cloud with its terminals: one port plays all of its servers. Client id and secret are
    both `simulated`. The amount chooses what happens, as with nexo.
    """
    if host not in {"127.0.0.1", "::1", "localhost"} and not peer:
        raise UsageError(f"--host {host} is reached from other machines: name --peer as well")
    config = VivaServerConfig(
        host=host,
        port=port,
        terminals=tuple(terminal or (TERMINAL_ID,)),
        webhook_url=webhook_url or "",
        seed=seed,
        pace_s=pace,
        faults=load_faults(faults) if faults is not None else (),
        books=books,
        peers=tuple(peer or ()),
    )
    screen = Screen(json=json)
    screen.line(f"client id and secret: {CLIENT_ID}, {CLIENT_SECRET}", "dim")
    return asyncio.run(simulate(serve_viva(config), screen))
