"""What a till does in the driver contract: paying, stopping, and one order of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing

import msgspec

from opi_pos.model.capabilities import RefundScope
from opi_pos.model.ids import ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import AbortLost, News, Written
from opi_pos.model.orders import (
    AskCustomer,
    AskStatus,
    CloseDay,
    Command,
    Diagnose,
    Integration,
    Login,
    Logout,
    MoneyOrder,
    Order,
    PrintOnTerminal,
    ReadCard,
    ShowCustomer,
    StopExchange,
    Totals,
)
from opi_pos.model.results import Operation
from opi_pos.testing.stand import SALE_TIME, Play, Wishing, reply_to
from opi_pos.testing.stories import ASKED_AT_MOST, Look, Till, told


async def until_written(till: Till, order: Order) -> tuple[Command, list[News]]:
    """Begin a command, and close its generator as soon as something was written. The command, and
    what was told until then.
    """
    sent, news = till.command(order), list[News]()
    await till.stand.intend(sent)
    async with aclosing(till.stand.driver.carry_out(sent, Wishing())) as talk:
        reply = None
        while not news or not isinstance(news[-1], Written):
            news.append(await talk.asend(reply))
            reply = reply_to(news[-1])
    return sent, news


def can_end(till: Till) -> bool:
    """Whether a payment for which nobody presents a card comes to an end."""
    return till.stand.driver.capabilities.abort or till.stand.ends_by_itself


async def aborted(till: Till, sent: Command, look: Look | None = None) -> list[News]:
    """Pay, and wish to stop once it was written; a wish that got lost is repeated, bounded. `look`
    sees the payment when it was written and before the first wish. A terminal that cannot be
    stopped ends it by itself.
    """
    can_abort = till.stand.driver.capabilities.abort
    wishes = Wishing()
    wished = 0

    async def seen(one: News) -> None:
        nonlocal wished
        if isinstance(one, Written) and look is not None:
            await look(one)
        if can_abort and isinstance(one, Written | AbortLost):
            await till.stand.breathe()
            wished += 1
            assert wished <= ASKED_AT_MOST, "the terminal takes no abort"
            wishes.wish(str(9000 + wished))

    return await told(till.stand, sent, wishes, seen)


async def stop(till: Till, sent: Command) -> None:
    """Wish that a payment stops whose command is carried out no more, until the wish is taken or
    there is nothing to stop.
    """
    assert isinstance(sent.order, MoneyOrder)
    order = StopExchange(target=sent.service_id, sale_id=sent.sale_id, order=sent.order)
    for _ in range(ASKED_AT_MOST):
        await till.stand.breathe()
        if not await till.told(order):
            break


async def carry_out(till: Till, operation: Operation) -> int:
    """One approved operation, after the one that it is about; the minor units that the terminal's
    books must show for both.
    """
    amount = till.stand.amount(Play.APPROVE)
    part = Amount(minor=amount.minor // 4, currency=amount.currency)
    match operation:
        case Operation.PAYMENT | Operation.RESERVATION:
            await till.approved(till.sale(amount, operation))
            return amount.minor if operation is Operation.PAYMENT else 0
        case Operation.COMPLETION:
            await _later(till, Operation.RESERVATION, operation, amount)
            return amount.minor
        case Operation.RELEASE:
            await _later(till, Operation.RESERVATION, operation, None)
            return 0
        case Operation.REVERSAL:
            await _later(till, Operation.PAYMENT, operation, None)
            return 0
        case Operation.TIP_ADJUSTMENT:
            await _later(till, Operation.PAYMENT, operation, part)
            return amount.minor + part.minor
        case Operation.REFUND:
            await _later(till, Operation.PAYMENT, operation, part)
            return amount.minor - part.minor


async def _later(till: Till, first: Operation, then: Operation, amount: Amount | None) -> None:
    """Carry out `first`, and `then` on it."""
    original = await till.approved(till.sale(till.stand.amount(Play.APPROVE), first))
    if till.stand.driver.capabilities.refund is RefundScope.UNLINKED and then is Operation.REFUND:
        await till.approved(till.sale(amount, then))
    else:
        await till.approved(msgspec.structs.replace(till.sale(amount, then), original=original))


def lacking(till: Till) -> Iterator[tuple[str, Order]]:
    """An order for everything that the driver does not declare, with the capability's name."""
    can = till.stand.driver.capabilities
    amount = till.stand.amount(Play.APPROVE)
    for operation in Operation:
        if operation not in can.operations:
            yield operation.value, till.sale(amount, operation)
    for name, wanted in {
        "tip": amount.with_minor(100),
        "cashback": amount.with_minor(100),
    }.items():
        if not getattr(can, name):
            yield name, msgspec.structs.replace(till.sale(amount), **{name: wanted})
    if not can.partial_approval:
        yield "partial_approval", msgspec.structs.replace(till.sale(amount), allow_partial=True)
    for tag, order in {**services(till), **others(till.sale(amount))}.items():
        if tag not in can.services:
            yield tag, order


def others(sale: MoneyOrder) -> dict[str, Order]:
    """One order of every service that is about a session or another command."""
    target = ServiceID("17")
    return {
        "login": Login(integration=Integration.LIGHT),
        "logout": Logout(),
        "ask_status": AskStatus(service_id=target, order=sale),
        "stop_exchange": StopExchange(target=target),
    }


def services(till: Till) -> dict[str, Order]:
    """One order of every service that has an answer of its own."""
    sale = till.sale(till.stand.amount(Play.APPROVE))
    return {
        "diagnose": Diagnose(),
        "totals": Totals(),
        "read_card": ReadCard(reference=sale.reference, sale_time=SALE_TIME, amount=sale.amount),
        "show_customer": ShowCustomer(lines=("Thank you",)),
        "ask_customer": AskCustomer(kind="confirm", lines=("Receipt?",)),
        "print_on_terminal": PrintOnTerminal(lines=("Thank you",)),
        "close_day": CloseDay(),
    }
