"""Who hears what a terminal shows and asks: the foreign till whose order is at work, else the
cashier of this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from opi_pos.model.devices import Display, Event, PrintJob, Question
from opi_pos.model.orders import MoneyOrder
from opi_pos.ports import Cashier
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.runtime.station import Station
from opi_pos.session.states import ExchangeState

FACES_READY_S: Final = 30.0
"""How long a question that was open at the last end waits for the faces to be there."""


class Guest(Protocol):
    """A foreign till, as the terminal behind its face sees it."""

    def display(self, display: Display) -> None:
        """Show; never waits."""
        ...

    async def confirm(self, question: Question, *, completed: bool) -> bool | None:
        """Decide; `completed` when the payment is taken and waits for this signature."""
        ...

    async def ask(self, question: Question) -> str | None:
        """Answer; see `Cashier.ask`."""
        ...

    async def print(self, job: PrintJob) -> bool:
        """Print; see `Cashier.print`."""
        ...

    def event(self, event: Event) -> None:
        """Hear of something."""
        ...


class Guests(Protocol):
    """A face, as far as it knows whose order is whose."""

    def guest_of(self, order: MoneyOrder) -> Guest | None: ...


class Switchboard:
    """Implements `Cashier`. Displays and events are shown to the local cashier in any case."""

    def __init__(self, local: Cashier) -> None:
        self._local = local
        self._till: SaleSystem | None = None
        self._faces: dict[str, Guests] = {}
        self._served: dict[str, Guest] = {}
        self._ready = asyncio.Event()

    def bind(self, till: SaleSystem, faces: dict[str, Guests]) -> None:
        """The till is open and the faces know what the journal knows."""
        self._till, self._faces = till, faces
        self._ready.set()

    @contextmanager
    def serving(self, poi: str, guest: Guest) -> Iterator[None]:
        """While an order without money of this guest is at work on `poi` (its name)."""
        self._served[poi] = guest
        try:
            yield
        finally:
            if self._served.get(poi) is guest:
                del self._served[poi]

    # --- Cashier ------------------------------------------------------------------------------

    async def display(self, poi: str, display: Display) -> None:
        """Show lines."""
        guest = self._guest(poi)
        if guest is not None:
            guest.display(display)
        await self._local.display(poi, display)

    async def event(self, poi: str, event: Event) -> None:
        """Hear of something that happened."""
        guest = self._guest(poi)
        if guest is not None:
            guest.event(event)
        await self._local.event(poi, event)

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """Decide yes or no."""
        if not self._ready.is_set():
            async with asyncio.timeout(FACES_READY_S):
                await self._ready.wait()
        guest = self._guest(poi)
        if guest is None:
            return await self._local.confirm(poi, question)
        return await guest.confirm(question, completed=self._is_completed(poi))

    async def ask(self, poi: str, question: Question) -> str | None:
        """Answer with text, digits, or the number of an entry."""
        guest = self._guest(poi)
        if guest is None:
            return await self._local.ask(poi, question)
        return await guest.ask(question)

    async def print(self, poi: str, job: PrintJob) -> bool:
        """Print a receipt."""
        guest = self._guest(poi)
        if guest is None:
            return await self._local.print(poi, job)
        return await guest.print(job)

    # --- whose is it --------------------------------------------------------------------------

    def _guest(self, poi: str) -> Guest | None:
        station = self._station(poi)
        if station is None:
            return None
        order = order_at_work(station)
        if order is None:
            return self._served.get(station.settings.name)
        face = self._faces.get(str(order.foreign.get("face", "")))
        return face.guest_of(order) if face is not None else None

    def _is_completed(self, poi: str) -> bool:
        station = self._station(poi)
        running = station.poi.rules.running() if station is not None and station.poi else None
        return running is not None and running.state is ExchangeState.CONFIRMING

    def _station(self, poi: str) -> Station | None:
        """The desk names a terminal by its POIID, the rules by its name."""
        if self._till is None:
            return None
        for each in self._till.settings.pois:
            if poi in {each.name, each.poi_id}:
                return self._till.station(each.name)
        return None


def order_at_work(station: Station) -> MoneyOrder | None:
    """The money order that the terminal works on; of an automatic reversal, the payment's."""
    rules = station.poi.rules if station.poi is not None else None
    running = rules.running() if rules is not None else None
    if rules is None or running is None:
        return None
    parent = rules.exchanges.get(running.parent) if running.parent is not None else None
    return (parent or running).order
