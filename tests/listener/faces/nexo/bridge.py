"""A bridge for tests: a nexo face on a real socket, a terminal behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from listener.faces.opening import Faces
from opi_pos import QuietCashier, SaleSystem
from opi_pos.ports import Cashier
from opi_pos.runtime.config import TillSettings, till_settings
from opi_pos.runtime.sale_system import Parts
from tests.listener.faces.terminal import ToldTerminal


@dataclass
class Bridge:
    """What is open."""

    till: SaleSystem
    url: str

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])


def settings_of(
    path: Path, *, terminal: str = "sim://nexo", currency: str = "SEK", **face: Any
) -> TillSettings:
    """`poi` has more keys of the terminal behind, the rest are the face's."""
    full = face.pop("integration", "full")
    behind = {"url": terminal, "currency": currency, "integration": full, **face.pop("poi", {})}
    return till_settings(
        {
            "journal": str(path),
            "poi": {"front": behind},
            "face": {"nexo": {"port": 0, **face}},
        }
    )


@asynccontextmanager
async def bridge(
    path: Path, *, words: dict[str, Any], cashier: Cashier | None = None, parts: Any = None
) -> AsyncIterator[Bridge]:
    settings = settings_of(path, **words)
    faces = Faces(settings, cashier or QuietCashier())
    till = SaleSystem.open(config=settings, cashier=faces.cashier, parts=parts)
    async with till, faces.open(till) as urls:
        yield Bridge(till, urls["nexo"])


@asynccontextmanager
async def held(
    path: Path, terminal: ToldTerminal | None = None, **words: Any
) -> AsyncIterator[tuple[Bridge, ToldTerminal]]:
    """A bridge with a terminal that says what the test says."""
    terminal = terminal or ToldTerminal()
    words["terminal"] = "test://"
    parts = Parts(connect=terminal.connect)
    async with bridge(path / "bridge.db", words=words, parts=parts) as opened:
        yield opened, terminal


@asynccontextmanager
async def two_bridges(path: Path, terminal: ToldTerminal) -> AsyncIterator[tuple[str, str]]:
    """Two terminals of one shop, each with a face of its own."""
    behind = {"url": "test://", "currency": "SEK", "integration": "full"}
    settings = till_settings(
        {
            "journal": str(path / "bridge.db"),
            "poi": {name: {**behind, "poi_id": name} for name in ("front", "back")},
            "face": {name: {"kind": "nexo", "poi": name, "port": 0} for name in ("front", "back")},
        }
    )
    faces = Faces(settings, QuietCashier())
    parts = Parts(connect=terminal.connect)
    till = SaleSystem.open(config=settings, cashier=faces.cashier, parts=parts)
    async with till, faces.open(till) as urls:
        yield urls["front"], urls["back"]
