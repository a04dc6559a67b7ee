"""`simulate nexo`: a nexo terminal over HTTP or framed TCP."""

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
from terminal_bridge.simulator.server import DEMO_PACE_S, NexoServerConfig, serve_nexo


def nexo(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Beyond loopback, name --peer.")] = "127.0.0.1",
    port: Annotated[
        int | None, Option(help="0 takes a free one; by default the profile's own.")
    ] = None,
    pos_url: Annotated[
        str | None, Option("--pos-url", metavar="URL", help="The till's listener (full).")
    ] = None,
    profile: Annotated[str, Option(help="swedbank, westpay, adyen-local, …")] = "swedbank",
    seed: Annotated[int, Option(min=0, help="For ids; the same seed gives the same run.")] = 0,
    faults: Annotated[
        Path | None, Option(metavar="FILE", help="TOML or JSON: what goes wrong, and when.")
    ] = None,
    books: Annotated[
        Path | None, Option(metavar="FILE", help="Keep the terminal's own books here.")
    ] = None,
    pace: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds between steps.")
    ] = DEMO_PACE_S,
    peer: Annotated[
        list[str] | None, Option("--peer", help="An address or network to let in; repeatable.")
    ] = None,
    json: Json = False,
) -> int:
    """A nexo terminal over HTTP or TCP. The amount's last two digits choose what happens:
    `x.05` is declined, `x.07` wants a signature; the ready text lists them all.
    """
    if host not in {"127.0.0.1", "::1", "localhost"} and not peer:
        raise UsageError(f"--host {host} is reached from other machines: name --peer as well")
    config = NexoServerConfig(
        host=host,
        port=port,
        profile=profile,
        pos_url=pos_url,
        seed=seed,
        pace_s=pace,
        faults=load_faults(faults) if faults is not None else (),
        books=books,
        peers=tuple(peer or ()),
    )
    return asyncio.run(simulate(serve_nexo(config), Screen(json=json)))
