"""The command `demo`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

from opi_pos.cli.demo.books import compare, show_books
from opi_pos.cli.demo.cashier import StoryCashier
from opi_pos.cli.demo.day import FAULTS, Day
from opi_pos.cli.demo.drawing import Drawing
from opi_pos.cli.demo.stage import CURRENCY, Props, open_stage
from opi_pos.cli.grammar import Option
from opi_pos.cli.screen import Screen
from opi_pos.journal.sqlite import SqliteJournal

PACE_S = 0.35
MAINTENANCE_S = 2.0
QUICK_MAINTENANCE_S = 0.05


def demo(
    *,
    fast: Annotated[bool, Option("--fast", help="Without pauses for the eye.")] = False,
) -> int:
    """A whole day on a simulated terminal, drawn live; then the books are compared."""
    return asyncio.run(_demo(slow=not fast and sys.stdout.isatty()))


async def _demo(*, slow: bool) -> int:
    screen = Screen()
    drawing = Drawing(screen)
    cashier = StoryCashier(drawing)
    with tempfile.TemporaryDirectory(prefix="opi-pos-demo-") as folder:
        journal_path = Path(folder) / "till.db"
        props = Props(
            journal=journal_path,
            cashier=cashier,
            drawing=drawing,
            faults=FAULTS,
            pace_s=PACE_S if slow else 0.0,
            maintenance_s=MAINTENANCE_S if slow else QUICK_MAINTENANCE_S,
        )
        async with open_stage(props) as stage:
            day = Day(stage, cashier, drawing)
            await day.play()
            books = stage.terminal.books
        # The journal is read again from its file: what is there is what would survive.
        journal = await SqliteJournal.open(journal_path)
        try:
            lines = compare(day.results, await journal.exchanges(limit=1000), books)
        finally:
            await journal.close()
    return 0 if show_books(screen, lines, CURRENCY) else 1
