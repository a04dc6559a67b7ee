"""`simulate keycard`: a Key & Card server with its terminal."""

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
from terminal_bridge.simulator.keycard.habits import Habits
from terminal_bridge.simulator.keycard.server import (
    DEFAULT_PORT,
    DEMO_PACE_S,
    KeycardServerConfig,
    serve_keycard,
)


def keycard(  # noqa: PLR0913 - options of a command line
    *,
    host: Annotated[str, Option(help="Beyond loopback, name --peer.")] = "127.0.0.1",
    port: Annotated[int, Option(help="0 takes a free one.")] = DEFAULT_PORT,
    old: Annotated[
        bool, Option("--old", help="No SessionId, every value a string, IntermediateState, CP437.")
    ] = False,
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
    peer: Annotated[
        list[str] | None, Option("--peer", help="An address or network to let in; repeatable.")
    ] = None,
    json: Json = False,
) -> int:
    """A Key & Card ZVT REST server with its terminal. It calls back wherever a command says; the
    amount chooses what happens, as with nexo.
    """
    if host not in {"127.0.0.1", "::1", "localhost"} and not peer:
        raise UsageError(f"--host {host} is reached from other machines: name --peer as well")
    config = KeycardServerConfig(
        host=host,
        port=port,
        habits=OLD if old else Habits(),
        seed=seed,
        pace_s=pace,
        faults=load_faults(faults) if faults is not None else (),
        books=books,
        peers=tuple(peer or ()),
    )
    return asyncio.run(simulate(serve_keycard(config), Screen(json=json)))


OLD = Habits(session_ids=False, string_values=True, prose_flag=True, charset="cp437")
