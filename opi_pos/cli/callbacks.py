"""`callbacks`: where terminals and notifying systems call this till back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from opi_pos.cli.opening import books_of, settings_of
from opi_pos.cli.options import Where, spread
from opi_pos.cli.screen import Screen
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.runtime.callback_paths import callback_paths
from opi_pos.runtime.config import ListenSettings, TillSettings, read_config


@spread
def callbacks(where: Where) -> int:
    """The paths to set on terminals and in portals, behind the address of this till's listener.
    Keep them as you keep a password: whoever knows one can send results to it.
    """
    return asyncio.run(_tell(where))


async def _tell(where: Where) -> int:
    settings = _all_of(where)
    listen = settings.listen or ListenSettings()
    journal = await SqliteJournal.open(Path(settings.journal))
    try:
        paths = await callback_paths(settings, journal)
    finally:
        await journal.close()
    screen = Screen(json=where.json)
    screen.object({"port": listen.port, "paths": paths})
    scheme = "https" if listen.tls else "http"
    for name, path in paths.items():
        screen.line(f"{name}: {scheme}://ADDRESS:{listen.port}{path}")
    if not paths:
        screen.line("no terminal and no system here calls back at a path of its own")
    return 0


def _all_of(where: Where) -> TillSettings:
    """Every terminal of a file, unless one is named."""
    if where.config is None or where.poi is not None:
        return settings_of(where)
    settings = read_config(where.config)
    return msgspec.structs.replace(settings, journal=str(books_of(where).path))
