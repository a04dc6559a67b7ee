"""What a command wants to be moved."""

from __future__ import annotations

from dataclasses import dataclass

from opi_pos.model.money import Amount
from opi_pos.poi.cardholder import Play
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.zvt.store import Kind, Transaction


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be moved, and the play of the card side."""

    kind: Kind
    amount: Amount
    scenario: Scenario
    play: Play
    original: Transaction | None = None
    tip: int = 0
    cashback: int = 0
    tippable: bool = False
    approval_code: str = ""
    """Given by telephone; empty: the host makes one."""
