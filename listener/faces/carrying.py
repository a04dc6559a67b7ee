"""An order of a foreign till, from the queue until its outcome is known. A doubt is not an outcome:
who asks in the meantime is told that it runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from opi_pos.model.errors import CapabilityError, JournalError, OpiPosError
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Outcome, Result
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.runtime.station import Station

LOOK_AGAIN_S: Final = 0.5
"""How often the journal is looked at for the end of a doubt: a person may decide it elsewhere."""
STOP_AGAIN_S: Final = 0.1
STOP_WITHIN_S: Final = 10.0
"""How long a wish to stop looks for its order, which may be on its way into the queue."""

_log = logging.getLogger("listener.faces")


class NeverBegunError(OpiPosError):
    """The order failed before anything was recorded or sent; the text says why."""


async def carried(
    till: SaleSystem, poi: str, order: MoneyOrder, doubt: Callable[[], None]
) -> Result:
    """Carry an order to an outcome that is not `in_doubt`, however long that takes.

    `doubt` is called when the outcome is not known yet. Raises `CapabilityError`, and
    `NeverBegunError` when it is certain that nothing was sent.
    """
    try:
        result = await till.station(poi).carry(order)
    except CapabilityError:
        raise
    except OpiPosError as error:
        doubt()
        if await _readable(till, order.reference) is None:
            raise NeverBegunError(str(error)) from error
    else:
        if result.outcome is not Outcome.IN_DOUBT:
            return result
        doubt()
    return await decided(till, order.reference)


async def decided(till: SaleSystem, reference: str) -> Result:
    """The outcome of an order that is open or in doubt in the journal."""
    while True:
        row = await _readable(till, reference)
        if row is not None and row.result is not None and row.state not in OPEN_STATES:
            return row.result
        await asyncio.sleep(LOOK_AGAIN_S)


async def newest(till: SaleSystem, reference: str) -> Exchange | None:
    """The row of an order; each face mints its keys, so there is one at most."""
    rows = await till.shop.journal.find(till.settings.scope, reference)
    return rows[-1] if rows else None


async def _readable(till: SaleSystem, reference: str) -> Exchange | None:
    """As `newest`; a journal that cannot be read now is waited for: it alone knows."""
    while True:
        try:
            return await newest(till, reference)
        except JournalError as error:
            _log.warning("the journal cannot be read, looking again: %s", error)
            await asyncio.sleep(LOOK_AGAIN_S)


async def stop(till: SaleSystem, poi: str, order: MoneyOrder) -> bool:
    """Wish that an order stops, wherever it is. False when it is nowhere to be found."""
    station = till.station(poi)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + STOP_WITHIN_S
    while loop.time() < deadline:
        row = await _readable(till, order.reference)
        if row is not None:
            if row.state in OPEN_STATES:
                await station.abort(row.exchange_id)
            return row.state in OPEN_STATES
        if _stop_queued(station, order):
            return True
        await asyncio.sleep(STOP_AGAIN_S)
    return False


def _stop_queued(station: Station, order: MoneyOrder) -> bool:
    poi = station.poi
    if poi is None:
        return False
    for ticket in poi.rules.queue:
        if isinstance(ticket.order, MoneyOrder) and ticket.order.reference == order.reference:
            poi.abort(ticket.exchange_id)
            return True
    return False
