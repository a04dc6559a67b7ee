"""From a till program's words to an order: amounts, references, originals."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from opi_pos.model.errors import UsageError
from opi_pos.model.ids import Reference
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.results import MONEY_MOVED, Operation
from opi_pos.ports import Clock, Journal
from opi_pos.runtime.config import PoiSettings


@dataclass(frozen=True, slots=True)
class Orders:
    """Makes the orders of one till."""

    scope: str
    clock: Clock
    journal: Journal

    def order(self, operation: Operation, reference: str | None, **words: Any) -> MoneyOrder:
        """A money order; a reference is made up when there is none."""
        if reference is not None and not reference.strip():
            raise UsageError("reference: must not be empty")
        return MoneyOrder(
            operation=operation,
            reference=Reference(reference or self.made_up()),
            sale_time=self.sale_time(),
            **words,
        )

    def made_up(self) -> str:
        """A reference that nobody else makes up."""
        now = datetime.fromtimestamp(self.clock.wall(), UTC)
        return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"

    def sale_time(self) -> str:
        """Now, for the SaleTransactionID. Whole seconds: some terminals cut the rest off, and it
        must come back the same.
        """
        return datetime.fromtimestamp(int(self.clock.wall()), UTC).isoformat()

    async def original(self, reference: str, operation: Operation = Operation.PAYMENT) -> Original:
        """The transaction that a later order is about, from the journal."""
        for row in reversed(await self.journal.find(self.scope, reference)):
            result = row.result
            done = result is not None and result.outcome in MONEY_MOVED
            if result is not None and done and row.order.operation is operation:
                return Original(
                    reference=result.reference,
                    service_id=result.service_id,
                    transaction=result.terminal_transaction,
                    amount=result.authorized,
                    approval_code=result.approval_code,
                    poi_id=row.poi_id,
                    exchange_id=row.exchange_id,
                )
        raise UsageError(
            f"original {reference!r}: the journal has no approved {operation.value} of that name"
        )


def amount_of(
    amount: str | Decimal | Amount,
    currency: str | None,
    settings: PoiSettings,
    source: Original | None = None,
) -> Amount:
    """The amount in its own currency, else that of the original or of the terminal."""
    if isinstance(amount, Amount):
        if amount.minor == 0:
            raise UsageError("amount: must be greater than zero")
        return amount
    if not isinstance(amount, (str, Decimal)):
        raise UsageError('amount: must be text such as "38.00", never a float')
    inherited = source.amount.currency if source is not None and source.amount else ""
    known = currency or inherited or settings.currency
    if not known:
        raise UsageError("currency: missing; give it with the amount or in [poi.NAME]")
    return Amount.parse(str(amount), known)


def extra(text: str | None, base: Amount, name: str) -> Amount | None:
    """A tip or cash back in the currency of the sale; the error names which."""
    if text is None:
        return None
    try:
        return Amount.parse(text, base.currency)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
