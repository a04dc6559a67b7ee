"""The command `demo`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from opi_pos.cli.demo.books import compare, show_books, taken, taken_behind
from opi_pos.cli.demo.bridge import open_bridge
from opi_pos.cli.demo.cashier import StoryCashier
from opi_pos.cli.demo.day import FAULTS, Day
from opi_pos.cli.demo.drawing import Drawing
from opi_pos.cli.demo.evening import Evening
from opi_pos.cli.demo.stage import CURRENCY, Props, open_stage
from opi_pos.cli.grammar import Option
from opi_pos.cli.screen import Screen
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.facts import Exchange

PACE_S = 0.35
MAINTENANCE_S = 2.0
QUICK_MAINTENANCE_S = 0.05


def demo(
    *,
    fast: Annotated[bool, Option("--fast", help="Without pauses for the eye.")] = False,
) -> int:
    """A whole day on simulated terminals, drawn live; then the books are compared."""
    return asyncio.run(_demo(slow=not fast and sys.stdout.isatty()))


async def _demo(*, slow: bool) -> int:
    screen = Screen()
    drawing = Drawing(screen)
    cashier = StoryCashier(drawing)
    pace_s = PACE_S if slow else 0.0
    with tempfile.TemporaryDirectory(prefix="opi-pos-demo-") as name:
        folder = Path(name)
        props = Props(
            journal=folder / "till.db",
            cashier=cashier,
            drawing=drawing,
            faults=FAULTS,
            pace_s=pace_s,
            maintenance_s=MAINTENANCE_S if slow else QUICK_MAINTENANCE_S,
        )
        async with open_stage(props) as stage:
            day = Day(stage, cashier, drawing)
            await day.play()
            nexo_books = stage.terminal.books
        async with open_bridge(folder, cashier, drawing, pace_s=pace_s / 2) as bridge:
            evening = Evening(bridge, cashier, drawing)
            await evening.play()
            zvt_books = bridge.terminal.books
        # The journals are read again from their files: what is there is what would survive.
        rows = await _rows(folder / "till.db")
        terminals = taken(nexo_books) | taken_behind(zvt_books, await _rows(folder / "bridge.db"))
        lines = compare(day.results | evening.results, rows, terminals)
    return 0 if show_books(screen, lines, CURRENCY) else 1


async def _rows(path: Path) -> Sequence[Exchange]:
    journal = await SqliteJournal.open(path)
    try:
        return await journal.exchanges(limit=1000)
    finally:
        await journal.close()
