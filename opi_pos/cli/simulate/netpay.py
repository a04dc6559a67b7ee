"""`simulate netpay`: NetPay's cloud and a terminal over HTTP."""

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
from terminal_bridge.simulator.netpay.cloud import SERIAL
from terminal_bridge.simulator.netpay.server import (
    DEFAULT_PORT,
    DEMO_PACE_S,
    NetpayServerConfig,
    serve_netpay,
)


def netpay(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Beyond loopback, name --peer.")] = "127.0.0.1",
    port: Annotated[int, Option(help="0 takes a free one.")] = DEFAULT_PORT,
    receiver_url: Annotated[
        str | None,
        Option("--receiver-url", metavar="URL", help="Where it posts; `opi-pos callbacks` tells."),
    ] = None,
    serial: Annotated[
        str, Option("--serial", metavar="NUMBER", help="The terminal's serial number.")
    ] = SERIAL,
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
    push: Annotated[
        float, Option(min=0.0, max=60.0, metavar="S", help="Seconds that a push takes.")
    ] = 0.0,
    peer: Annotated[
        list[str] | None, Option("--peer", help="An address or network to let in; repeatable.")
    ] = None,
    json: Json = False,
) -> int:
    """NetPay's cloud and one terminal. Merchant and application, users and passwords, are all
    `simulated`. The amount chooses what happens, as with nexo.
    """
    if host not in {"127.0.0.1", "::1", "localhost"} and not peer:
        raise UsageError(f"--host {host} is reached from other machines: name --peer as well")
    config = NetpayServerConfig(
        host=host,
        port=port,
        receiver_url=receiver_url or "",
        serial=serial,
        push_s=push,
        seed=seed,
        pace_s=pace,
        faults=load_faults(faults) if faults is not None else (),
        books=books,
        peers=tuple(peer or ()),
    )
    screen = Screen(json=json)
    screen.line("users and passwords: simulated", "dim")
    if not receiver_url:
        screen.line("without --receiver-url the terminal can deliver nothing", "yellow")
    return asyncio.run(simulate(serve_netpay(config), screen))
