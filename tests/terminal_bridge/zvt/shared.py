"""Where the facts and samples lie that are read by reference; without them the tests skip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[4] / "shared"
TABLES = FOLDER / "protocols" / "zvt" / "tables.json"
FLOWS = FOLDER / "protocols" / "zvt" / "flows.json"
VECTORS = FOLDER / "examples" / "zvt" / "vectors.json"
REASON = "the shared folder with the facts is not here"


def load(path: Path) -> Any:
    """What a file holds; nothing where it is absent, so that collecting does not fail."""
    return json.loads(path.read_text("utf-8")) if path.exists() else []
