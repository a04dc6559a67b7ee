"""The commands that move money: pay, refund, reverse."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from opi_pos.cli.carrying import MoneyCommand, carry
from opi_pos.cli.grammar import Argument, Option
from opi_pos.cli.opening import made_up_reference
from opi_pos.cli.options import MadeUpReference, Style, Where, spread
from opi_pos.model.results import Operation, Result
from opi_pos.runtime.sale_system import SaleSystem

Amount = Annotated[str, Argument(metavar="AMOUNT", help="Plain digits with a dot, such as 38.00.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a payment may carry beside its amount."""

    reference: MadeUpReference = None
    tip: Annotated[str | None, Option(help="A tip that the till already knows.")] = None
    cashback: Annotated[str | None, Option(help="Cash that the customer gets.")] = None
    operator: Annotated[str, Option(help="Who is at the till.")] = ""
    language: Annotated[str, Option(help="Of the customer, such as sv.")] = ""
    allow_partial: Annotated[
        bool, Option("--allow-partial", help="Less than the amount may be taken (exit 4).")
    ] = False
    timeout_s: Annotated[
        float | None, Option("--timeout-s", metavar="N", help="Wish to stop after N seconds.")
    ] = None


@spread
def pay(amount: Amount, where: Where, style: Style, sale: Sale) -> int:
    """Take one payment. The exit code tells: 0 approved, 4 partially, 1 not, 3 in doubt."""
    reference = sale.reference or made_up_reference()

    async def order(till: SaleSystem) -> Result:
        return await till.pay(
            amount,
            reference=reference,
            tip=sale.tip,
            cashback=sale.cashback,
            operator=sale.operator,
            language=sale.language,
            allow_partial=sale.allow_partial,
            timeout_s=sale.timeout_s,
        )

    command = MoneyCommand(
        operation=Operation.PAYMENT,
        reference=reference,
        made_up=not sale.reference,
        amount=amount,
        where=where,
        style=style,
        order=order,
    )
    return asyncio.run(carry(command))


@spread
def refund(
    amount: Amount,
    where: Where,
    style: Style,
    *,
    reference: Annotated[str, Option("--reference", help="A new id, of the refund itself.")],
    original: Annotated[
        str | None, Option("--original", metavar="REF", help="The reference of the payment.")
    ] = None,
    operator: Annotated[str, Option(help="Who is at the till.")] = "",
) -> int:
    """Pay money back."""

    async def order(till: SaleSystem) -> Result:
        return await till.refund(amount, reference=reference, original=original, operator=operator)

    command = MoneyCommand(
        operation=Operation.REFUND,
        reference=reference,
        amount=amount,
        where=where,
        style=style,
        order=order,
    )
    return asyncio.run(carry(command))


@spread
def reverse(
    where: Where,
    style: Style,
    *,
    original: Annotated[
        str, Option("--original", metavar="REF", help="The reference of the payment.")
    ],
    amount: Annotated[
        str | None, Option("--amount", help="A part of it; by default the whole payment.")
    ] = None,
    reference: Annotated[
        str | None, Option("--reference", help="Of the reversal; by default ORIGINAL/reversal.")
    ] = None,
) -> int:
    """Undo a payment before the terminal settled it."""
    known = reference or f"{original}/reversal"

    async def order(till: SaleSystem) -> Result:
        return await till.reverse(original, reference=known, amount=amount)

    command = MoneyCommand(
        operation=Operation.REVERSAL,
        reference=known,
        amount=amount,
        where=where,
        style=style,
        order=order,
    )
    return asyncio.run(carry(command))
