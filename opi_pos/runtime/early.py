"""Statements that came before the result of their payment, to be held against it when it comes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from opi_pos.model.callbacks import Statement
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ExchangeID
from opi_pos.model.results import Outcome, Result
from opi_pos.session.statements import Stand, contradiction, held_against

AT_MOST: Final = 1024


class EarlyStatements:
    """The newest of each payment that is open. `contradicted(row, text)` is told when the result
    says another thing.
    """

    def __init__(self, contradicted: Callable[[Exchange, str], None]) -> None:
        self._contradicted = contradicted
        self._known: OrderedDict[ExchangeID, tuple[Exchange, Statement]] = OrderedDict()

    def keep(self, row: Exchange, statement: Statement) -> None:
        """Until the payment ends."""
        self._known[row.exchange_id] = (row, statement)
        if len(self._known) > AT_MOST:
            self._known.popitem(last=False)

    def ended(self, exchange_id: ExchangeID, result: Result) -> None:
        """A payment has its result; a doubt is none."""
        if result.outcome is Outcome.IN_DOUBT or exchange_id not in self._known:
            return
        row, statement = self._known.pop(exchange_id)
        row = msgspec.structs.replace(row, state="ended", result=result)
        if held_against(statement, [row])[0] is Stand.CONTRADICTS:
            self._contradicted(row, contradiction(statement, row))
