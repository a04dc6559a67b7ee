"""A bridge for tests: a Key & Card face on a real socket, a terminal behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from listener.faces.opening import Faces
from opi_pos import QuietCashier, SaleSystem
from opi_pos.runtime.config import till_settings
from opi_pos.runtime.sale_system import Parts
from tests.listener.faces.terminal import ToldTerminal


@dataclass
class Bridge:
    till: SaleSystem
    url: str


@asynccontextmanager
async def bridge(path: Path, terminal: ToldTerminal | str, **face: Any) -> AsyncIterator[Bridge]:
    told = isinstance(terminal, ToldTerminal)
    url = "test://" if told else terminal
    settings = till_settings(
        {
            "journal": str(path / "bridge.db"),
            "poi": {
                "front": {
                    "url": url,
                    "currency": "EUR",
                    **({"integration": "full"} if told else {}),
                }
            },
            "face": {"keycard": {"port": 0, **face}},
        }
    )
    parts = Parts(connect=terminal.connect) if isinstance(terminal, ToldTerminal) else None
    faces = Faces(settings, QuietCashier())
    till = SaleSystem.open(config=settings, cashier=faces.cashier, parts=parts)
    async with till, faces.open(till) as urls:
        yield Bridge(till, urls["keycard"])
