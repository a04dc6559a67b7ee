"""A money command from the open till to its exit code, with Ctrl-C as a wish (rule 7)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.cli.cashier import cashier_for
from opi_pos.cli.failures import complain, report
from opi_pos.cli.interrupts import Interrupts
from opi_pos.cli.opening import open_till
from opi_pos.cli.options import Style, Where
from opi_pos.cli.results import EXIT, show_result
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import OpiPosError, UsageError
from opi_pos.model.facts import OPEN_STATES
from opi_pos.model.ids import ExchangeID, Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import Operation, Outcome, Proof, Result
from opi_pos.runtime.sale_system import SaleSystem

WISH_AGAIN_S = 0.05
"""Between two looks for the exchange that a wish to stop is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyCommand:
    """One order of the command line."""

    operation: Operation
    reference: str
    amount: str | None
    """None for the whole amount of the original."""
    where: Where
    style: Style
    order: Callable[[SaleSystem], Awaitable[Result]]
    made_up: bool = False
    """The reference was not given."""


async def carry(command: MoneyCommand) -> int:
    """Open the till, carry the order to its result, print it."""
    screen = Screen(json=command.where.json)
    cashier = cashier_for(command.style.signature, screen)
    till = open_till(command.where, cashier, command.style)
    _check_amount(command, till.settings.pois[0].currency)
    tasks = Tasks()
    carrying = asyncio.current_task()

    def wish() -> None:
        complain("asking the terminal to stop; its answer decides (Ctrl-C again leaves it open)")
        tasks.spawn(wish_to_stop(till, command.reference), name="wish to stop")

    def leave() -> None:
        complain(f"leaving; what became of it: opi-pos status {command.reference}")
        if carrying is not None:
            carrying.cancel()

    doubt = EXIT[Outcome.IN_DOUBT]
    with Interrupts(wish=wish, leave=leave, exit_code=doubt) as interrupts:
        try:
            async with till:
                _tell_reference(screen, command)
                if till.station().poi is None:
                    screen.line(f"{till.owner()} drives this terminal; the order goes there", "dim")
                result = await _result(command, till)
                code = show_result(screen, _with_printed(result, cashier.printed))
                interrupts.settled(code)
                return code
        except asyncio.CancelledError:
            if not interrupts.left:
                raise
            show_result(screen, _left(command))
            return doubt
        finally:
            await tasks.aclose()


def _check_amount(command: MoneyCommand, currency: str) -> None:
    """Before anything is opened. A refund or reversal takes the currency of its original."""
    if command.amount is None or (not currency and command.operation is not Operation.PAYMENT):
        return
    if not currency:
        raise UsageError("currency: missing; give --currency, or `currency` in [poi.NAME]")
    Amount.parse(command.amount, currency)


async def _result(command: MoneyCommand, till: SaleSystem) -> Result:
    """The result; what goes wrong unforeseen leaves a doubt, for money may have moved."""
    try:
        return await command.order(till)
    except OpiPosError:
        raise
    except Exception as error:  # noqa: BLE001 - told in one line, and as what it means
        report(error)
        return _left(command)


def _tell_reference(screen: Screen, command: MoneyCommand) -> None:
    """A reference that was made up is told before money moves: whoever loses this process needs
    it to ask what became of the payment.
    """
    if command.made_up and screen.json:
        print(f"opi-pos: reference {command.reference}", file=sys.stderr, flush=True)  # noqa: T201
    else:
        screen.line(f"reference {command.reference}", "dim")


def _left(command: MoneyCommand) -> Result:
    """What is known of an exchange that was left open."""
    text = f"Left before the result was known. Ask with: opi-pos status {command.reference}"
    return Result(
        outcome=Outcome.IN_DOUBT,
        proof=Proof.NONE,
        operation=command.operation,
        reference=Reference(command.reference),
        service_id=ServiceID(""),
        message=text,
    )


def _with_printed(result: Result, printed: list[Receipt]) -> Result:
    """Programs get what the terminal had us print while the payment ran, too."""
    missing = tuple(receipt for receipt in printed if receipt not in result.receipts)
    return msgspec.structs.replace(result, receipts=(*missing, *result.receipts))


async def wish_to_stop(till: SaleSystem, reference: str) -> None:
    """Wish it until there is an exchange to stop: Ctrl-C may come before the order is queued."""
    while not await _stopped(till, reference):  # noqa: ASYNC110 - the journal has no event
        await asyncio.sleep(WISH_AGAIN_S)


async def _stopped(till: SaleSystem, reference: str) -> bool:
    try:
        station = till.station()
    except OpiPosError:  # it is still being opened
        return False
    found = [*_at_work(till, reference), *await _recorded(till, reference)]
    for exchange_id in found:
        await station.abort(exchange_id)
    return bool(found)


def _at_work(till: SaleSystem, reference: str) -> list[ExchangeID]:
    """In this process: queued orders are in no journal yet."""
    poi = till.station().poi
    if poi is None:
        return []
    return [
        ticket.exchange_id
        for ticket in poi.rules.queue
        if isinstance(ticket.order, MoneyOrder) and ticket.order.reference == reference
    ]


async def _recorded(till: SaleSystem, reference: str) -> list[ExchangeID]:
    rows = await till.shop.journal.find(till.settings.scope, reference)
    return [row.exchange_id for row in rows if row.state in OPEN_STATES]
