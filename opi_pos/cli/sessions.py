"""Commands that move no money: the session, the terminal's state, its totals, an abort."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from opi_pos.cli.cashier import ScreenCashier
from opi_pos.cli.grammar import Argument, Option
from opi_pos.cli.interrupts import or_leave
from opi_pos.cli.opening import open_till, owner_of, settings_of
from opi_pos.cli.options import Style, Where, spread
from opi_pos.cli.reports import show_answer
from opi_pos.cli.screen import Screen
from opi_pos.model.facts import Exchange
from opi_pos.model.news import Answer
from opi_pos.runtime.sale_system import SaleSystem

Service = Callable[[SaleSystem], Awaitable[Answer]]


@spread
def login(
    where: Where,
    style: Style,
    *,
    reset: Annotated[
        bool, Option("--reset", help="Even if a payment runs; many terminals stop it then.")
    ] = False,
) -> int:
    """Log in and stay logged in. Payments log in by themselves."""
    return _serve(where, lambda till: till.login(reset=reset), style, stay=True)


@spread
def logout(
    where: Where,
    *,
    maintenance: Annotated[
        bool, Option("--maintenance", help="Let the terminal maintain itself now.")
    ] = False,
) -> int:
    """Log out."""
    return _serve(where, lambda till: till.logout(maintenance_allowed=maintenance))


@spread
def diagnose(
    where: Where,
    *,
    host: Annotated[bool, Option("--host", help="Let it try its hosts, too.")] = False,
) -> int:
    """How is the terminal?"""
    return _serve(where, lambda till: till.diagnose(host=host))


@spread
def totals(where: Where) -> int:
    """The terminal's totals since the last close of the day."""
    return _serve(where, lambda till: till.totals())


@spread
def close_day(where: Where) -> int:
    """Close the terminal's day."""
    return _serve(where, lambda till: till.close_day())


@spread
def abort(
    where: Where,
    *,
    reference: Annotated[
        str | None, Argument(metavar="[REF]", help="Which payment; by default whatever runs.")
    ] = None,
) -> int:
    """Wish that a payment stops, also one of another process. Its own result tells what came of
    it: it may still be approved.
    """
    return asyncio.run(_abort(where, reference))


def _serve(
    where: Where, service: Service, style: Style | None = None, *, stay: bool = False
) -> int:
    screen = Screen(json=where.json)
    till = open_till(where, ScreenCashier(screen), style, stay=stay)
    serving = _answer(till, service)
    work = or_leave(serving, remark="left before the answer", exit_code=1)
    return show_answer(screen, asyncio.run(work))


async def _answer(till: SaleSystem, service: Service) -> Answer:
    async with till:
        return await service(till)


async def _abort(where: Where, reference: str | None) -> int:
    screen = Screen(json=where.json)
    owner = owner_of(settings_of(where))
    async with open_till(where, ScreenCashier(screen)) as till:
        rows = await _open_rows(till, reference)
        if owner or rows:
            await till.abort(reference)
        if rows and not owner:
            # Nobody else is left to hear the terminal's answer to what another process began.
            await asyncio.gather(*(till.station().settle(row) for row in rows))
    wished = bool(rows) or (bool(owner) and reference is None)
    names = [str(row.order.reference) for row in rows]
    screen.object({"wished": wished, "references": names, "owner": owner or None})
    screen.line(_told(names, owner) if wished else "Nothing to stop.")
    return 0 if wished else 1


async def _open_rows(till: SaleSystem, reference: str | None) -> list[Exchange]:
    poi_id = till.station().settings.poi_id
    rows = await till.shop.journal.open_exchanges(poi_id)
    return [row for row in rows if reference in {None, row.order.reference}]


def _told(names: list[str], owner: str) -> str:
    whom = f"{owner}, which drives it" if owner else "the terminal"
    return f"Told {whom}: {', '.join(names) or 'whatever runs'}. The payment's result decides."
