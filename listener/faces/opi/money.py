"""Money orders of foreign tills, from the request until the outcome is known and told."""

from __future__ import annotations

import asyncio
from typing import Final

from listener.faces.carrying import NeverBegunError, carried, decided, stop
from listener.faces.opi import results
from listener.faces.opi.exchange import TillExchange
from listener.faces.opi.guest import TillGuest
from listener.faces.opi.orders import Orders, header_of
from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.errors import CapabilityError, OpiPosError
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.ids import Reference, SaleID
from opi_pos.model.orders import MoneyOrder
from opi_pos.poi.opi.answers import PlainAnswer, Repeatable, Result
from opi_pos.poi.opi.effects import Answer, Keep
from opi_pos.poi.opi.kept import Kept
from opi_pos.poi.opi.requests import Header, Pay, Reverse
from opi_pos.poi.opi.terminal import Terminal
from opi_pos.runtime.sale_system import SaleSystem

_SEEN_AT_MOST: Final = 5000
"""Requests of which a double is known."""
_BUSY: Final = PlainAnswer(result=Result.BUSY, text="the request is still carried out")


class Money:
    """Begins, carries and follows orders of one face."""

    def __init__(self, face: str, till: SaleSystem, poi: str, rules: Terminal) -> None:
        self.guests: dict[Reference, TillGuest] = {}
        self._till = till
        self._poi = poi
        self._rules = rules
        self._orders = Orders(face, till, poi)
        self._undecided: dict[Reference, tuple[Header, MoneyOrder]] = {}
        self._seen: dict[str, Header] = {}
        self._tasks = Tasks()

    async def begin(
        self, x: TillExchange, request: Pay | Reverse, guest: TillGuest
    ) -> Answer | asyncio.Task[Answer]:
        """A request that nothing forbids becomes an order with a key of our own; or why not."""
        self._rules.begin(x.header)
        try:
            foreign = {"doubles": x.identity}
            order = await self._orders.of(x.header, request, self._capabilities(), foreign)
        except OpiPosError as error:
            order = PlainAnswer(result=Result.DEVICE_UNAVAILABLE, text=str(error))
        if isinstance(order, PlainAnswer):
            return self.ended(x.header, order)
        self.guests[order.reference] = guest
        self._undecided[order.reference] = (x.header, order)
        self._remember(x.identity, x.header)
        carrying = self._carry(x.header, order, guest)
        return self._tasks.spawn(carrying, name=f"order {order.reference}")

    async def _carry(self, header: Header, order: MoneyOrder, guest: TillGuest) -> Answer:
        answer: Answer
        try:
            result = await carried(self._till, self._poi, order, _doubted)
            answer = results.money_answer(order, result)
            await guest.print_all(result.receipts)
        except (CapabilityError, NeverBegunError) as error:
            answer = PlainAnswer(result=Result.DEVICE_UNAVAILABLE, text=str(error))
        await guest.aclose()
        return self._decided(header, order, answer)

    def _decided(self, header: Header, order: MoneyOrder, answer: Answer) -> Answer:
        self.guests.pop(order.reference, None)
        self._undecided.pop(order.reference, None)
        return self.ended(header, answer)

    def ended(self, header: Header, answer: Answer) -> Answer:
        """Keep the answer if it is one to repeat, and be free again."""
        running = self._rules.running
        if running is not None and header.names(running):
            for effect in self._rules.end(answer):
                if isinstance(effect, Keep):
                    self._rules.memory.keep(effect.kept)
        elif isinstance(answer, Repeatable):
            self._rules.memory.keep(Kept(header=header, answer=answer))
        return answer

    # --- what is asked beside it ----------------------------------------------------------------

    def undecided_of(self, workstation: SaleID) -> Answer | None:
        """Busy while nobody knows what became of a till's money."""
        known = any(header.workstation_id == workstation for header, _ in self._undecided.values())
        return _BUSY if known else None

    def doubled(self, x: TillExchange) -> Answer | None:
        """The very same request again: never a second charge."""
        header = self._seen.get(x.identity) if x.identity else None
        if header is None:
            return None
        if any(header.names(other) for other, _ in self._undecided.values()):
            return _BUSY
        kept = self._rules.memory.last(header.workstation_id, header.family)
        if kept is not None and kept.header.names(header):
            return kept.answer
        text = "this request was answered before; ask for a repetition"
        return PlainAnswer(result=Result.VALIDATION_ERROR, text=text)

    def stop(self, running: Header) -> None:
        """The till wishes that its request stops."""
        for header, order in self._undecided.values():
            if header.names(running):
                stopping = stop(self._till, self._poi, order)
                self._tasks.spawn(stopping, name="abort of a till")

    # --- what an earlier process began ----------------------------------------------------------

    def know_again(self, row: Exchange) -> None:
        """One of our orders in the journal: told when asked, or followed to its end."""
        order, header = row.order, header_of(row.order)
        self._remember(str(order.foreign.get("doubles", "")), header)
        if row.state not in OPEN_STATES and row.result is not None:
            self.ended(header, results.money_answer(order, row.result))
            return
        if self._rules.running is None:
            self._rules.begin(header)
        self._undecided[order.reference] = (header, order)
        self._tasks.spawn(self._follow(header, order), name="what a restart left open")

    async def _follow(self, header: Header, order: MoneyOrder) -> None:
        result = await decided(self._till, order.reference)
        self._decided(header, order, results.money_answer(order, result))

    async def aclose(self) -> None:
        """Wait for nothing more; what runs is in the journal."""
        for guest in list(self.guests.values()):
            await guest.aclose()
        await self._tasks.aclose()

    def _remember(self, identity: str, header: Header) -> None:
        self._seen[identity] = header
        while len(self._seen) > _SEEN_AT_MOST:
            del self._seen[next(iter(self._seen))]

    def _capabilities(self) -> Capabilities | None:
        """None: another process drives the terminal, and knows."""
        try:
            return self._till.capabilities(self._poi)
        except OpiPosError:
            return None


def _doubted() -> None:
    """Until it is decided the till is told that it runs."""
