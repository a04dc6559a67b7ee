"""`serve`: drive the terminals of a configuration until Ctrl-C, for this and other processes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from listener.faces.opening import Faces
from opi_pos.cli.cashier import cashier_for
from opi_pos.cli.failures import show_log
from opi_pos.cli.grammar import Option
from opi_pos.cli.interrupts import until_interrupted
from opi_pos.cli.options import Json, Signature
from opi_pos.cli.screen import Screen
from opi_pos.cli.supervisor import READY, STOPPING, tell_supervisor
from opi_pos.runtime.config import read_config
from opi_pos.runtime.sale_system import SaleSystem


def serve(
    config: Annotated[
        Path, Option("--config", metavar="FILE", help="A TOML file with [poi.NAME] tables.")
    ],
    signature: Annotated[
        Signature, Option("--signature", help="Ask on this tty, or decide beforehand.")
    ] = Signature.ASK,
    *,
    json: Json = False,
) -> int:
    """Own the terminals: listen for them, recover what is open, serve other processes' orders and
    the faces for foreign tills.
    """
    return asyncio.run(_serve(config, signature, Screen(json=json)))


async def _serve(config: Path, signature: Signature, screen: Screen) -> int:
    show_log()
    settings = read_config(config)
    faces = Faces(settings, cashier_for(signature, screen, live=True))
    till = SaleSystem.open(config=settings, cashier=faces.cashier)
    async with till, faces.open(till) as urls:
        terminals = {
            poi.name: {"poi_id": poi.poi_id, "driven_here": till.station(poi.name).poi is not None}
            for poi in till.settings.pois
        }
        ready = {"event": "ready", "url": till.listen_url, "terminals": terminals, "faces": urls}
        screen.object(ready)
        screen.line(f"ready; listening on {till.listen_url or 'nothing'}", "bold")
        for name, terminal in terminals.items():
            whose = "driven here" if terminal["driven_here"] else "driven by another process"
            screen.line(f"  {name} ({terminal['poi_id']}): {whose}")
        for name, url in urls.items():
            screen.line(f"  face {name}: {url}")
        tell_supervisor(READY)
        await until_interrupted()
        tell_supervisor(STOPPING)
        screen.line("closing")
    screen.object({"event": "closed"})
    return 0
