"""Take card payments from a point of sale, on any terminal, and never lose or double one.

Read in this order:

1. `opi_pos.model`    what a card payment is (values)
2. `opi_pos.session`  the till's rules: two tables, events in, effects out
3. `opi_pos.poi`      the terminal's rules, for simulators and faces
4. `opi_pos.wire`     bytes to messages and back; `opi_pos.terminals` joins the two
5. `opi_pos.ports`    what the rules need from outside
6. `opi_pos.journal`  the durable record; `opi_pos.bus`, `opi_pos.http` beside it
7. `opi_pos.runtime`  the asyncio shell: `SaleSystem`
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opi_pos.model.errors import (
        CapabilityError,
        ConfigurationError,
        JournalError,
        OpiPosError,
        ProtocolError,
        ReferenceUsedError,
        UsageError,
    )
    from opi_pos.model.money import Amount
    from opi_pos.model.orders import SaleItem
    from opi_pos.model.receipts import Receipt, render
    from opi_pos.model.results import Confidence, Outcome, Proof, Result
    from opi_pos.runtime.cashier import QuietCashier
    from opi_pos.runtime.sale_system import SaleSystem

__all__ = [
    "Amount",
    "CapabilityError",
    "Confidence",
    "ConfigurationError",
    "JournalError",
    "OpiPosError",
    "Outcome",
    "Proof",
    "ProtocolError",
    "QuietCashier",
    "Receipt",
    "ReferenceUsedError",
    "Result",
    "SaleItem",
    "SaleSystem",
    "UsageError",
    "render",
]

_PLACES = {
    "Amount": "model.money",
    "Confidence": "model.results",
    "Outcome": "model.results",
    "Proof": "model.results",
    "QuietCashier": "runtime.cashier",
    "Receipt": "model.receipts",
    "Result": "model.results",
    "SaleItem": "model.orders",
    "SaleSystem": "runtime.sale_system",
    "render": "model.receipts",
}


def __getattr__(name: str) -> Any:
    """Load on first use, so that `import opi_pos.model` does not load a server."""
    if name not in __all__:
        raise AttributeError(f"module 'opi_pos' has no attribute {name!r}")
    return getattr(import_module(f"opi_pos.{_PLACES.get(name, 'model.errors')}"), name)
