"""What the till program was told, in one line."""

from __future__ import annotations

from typing import Final

from opi_pos.cli.demo.drawing import Drawing
from opi_pos.model.results import Outcome, Result

_STYLES: Final = {Outcome.APPROVED: "bold green", Outcome.IN_DOUBT: "bold red"}
_PROOFS: Final = {"status": "the terminal, asked", "response": "the terminal's answer"}


def tell(drawing: Drawing, result: Result) -> None:
    """The end of a chapter."""
    money = f" {result.authorized} {result.authorized.currency}" if result.authorized else ""
    told = f"{result.outcome.value}{money}; proof: {_PROOFS.get(result.proof, result.proof)}"
    drawing.result(told, _STYLES.get(result.outcome, "bold yellow"))
