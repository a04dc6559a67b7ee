"""The sample messages of the shared folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[4] / "shared" / "examples" / "zvt" / "vectors.json"


def vectors() -> list[dict[str, Any]]:
    """All of them; none where they are not beside this repository."""
    if not VECTORS.exists():
        return []
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))
    return found


def samples(direction: str, framing: str) -> list[bytes]:
    """Whole messages one way; skips where there are none."""
    if not VECTORS.exists():
        pytest.skip("the shared samples are not beside this repository")
    return [
        bytes.fromhex(vector["hex"])
        for vector in vectors()
        if (vector["direction"], vector["framing"]) == (direction, framing)
    ]
