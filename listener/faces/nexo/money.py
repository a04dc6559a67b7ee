"""Money orders of foreign tills, from the request until the outcome is known and told."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from listener.faces.carrying import NeverBegunError, carried, decided
from listener.faces.nexo import results
from listener.faces.nexo.counter import Counter
from listener.faces.nexo.exchange import TillExchange
from listener.faces.nexo.orders import Asked, Asking, extras_of, header_of
from listener.faces.nexo.service import Service
from listener.faces.nexo.services import Services
from listener.nexo.incoming import HttpAnswer
from opi_pos.model.errors import CapabilityError, OpiPosError
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Result
from opi_pos.poi.nexo import originals
from opi_pos.poi.nexo.answers import Answer, Condition, PaymentAnswer, Repeatable, Response
from opi_pos.poi.nexo.requests import Payment, Reversal


class Money:
    """Begins, carries and follows orders at one counter."""

    def __init__(self, counter: Counter, services: Services) -> None:
        self._counter = counter
        self._services = services
        self._asking = Asking(counter.name, counter.till, counter.poi)

    async def begin(self, x: TillExchange, request: Payment | Reversal) -> HttpAnswer:
        """A request that nothing forbids becomes an order with a key of our own."""
        counter = self._counter
        read = request.card_acquisition if isinstance(request, Payment) else ""
        if read and not counter.memory.was_read(read):
            return counter.answers.refuse(x, originals.CARD_NOT_READ)
        service = self._services.begin(x)
        asked = Asked(
            header=x.header,
            request=self._completed(x, request),
            extras=extras_of(x.body),
            key=x.session.key(x.header),
            begun=datetime.fromtimestamp(int(counter.now()), UTC).isoformat(),
        )
        try:
            order = await self._asking.order(asked, counter.capabilities())
        except OpiPosError as error:
            order = results.out_of_order(error)
        if service.stopped:  # while it was looked up: nothing was sent yet
            order = Response(condition=Condition.ABORTED, text=service.stopped)
        if isinstance(order, Response):
            x.session.detach()
            service.ended.set()
            return counter.answers.refuse(x, order)
        counter.ongoing.begin(order, counter.guest(_ordered(service, order)))
        counter.tasks.spawn(self._carry(x, service, order), name=f"order {order.reference}")
        return await self._services.held(service)

    def _completed(self, x: TillExchange, request: Payment | Reversal) -> Payment | Reversal:
        """A reversal that names nothing means the last transaction of its till."""
        if isinstance(request, Payment) or not request.names_last:
            return request
        last = self._counter.memory.last(x.header.session)
        answer = last.answer if last is not None else None
        if not isinstance(answer, PaymentAnswer):
            return request
        return msgspec.structs.replace(request, original=answer.transaction)

    async def _carry(self, x: TillExchange, service: Service, order: MoneyOrder) -> None:
        counter = self._counter

        def doubt() -> None:
            service.in_doubt = True
            if x.session.service is service:
                x.session.detach()

        answer: Answer | None
        try:
            result = await carried(counter.till, counter.poi, order, doubt)
            answer = _outcome(service, order, result)
        except (CapabilityError, NeverBegunError) as error:
            answer = counter.answers.refused(x, results.out_of_order(error), order)
        await self._services.end(x.session, service, answer)

    # --- what an earlier process began ----------------------------------------------------------

    def know_again(self, row: Exchange) -> None:
        """One of our orders in the journal: told when asked, or followed to its end."""
        counter, order = self._counter, row.order
        service = _ordered(Service(header_of(order)), order)
        counter.memory.repeated(service.header)
        if row.state not in OPEN_STATES and row.result is not None:
            counter.ongoing.remember(order)
            self._services.keep(service, results.answer_of(order, row.result))
            return
        service.in_doubt = True
        counter.ongoing.begin(order, counter.guest(service))
        counter.tasks.spawn(self._follow(service, order), name="what a restart left open")

    async def _follow(self, service: Service, order: MoneyOrder) -> None:
        """Recovered by the rules of the terminal behind."""
        result = await decided(self._counter.till, order.reference)
        self._services.keep(service, _outcome(service, order, result))
        service.ended.set()


def _ordered(service: Service, order: MoneyOrder) -> Service:
    service.order = order
    return service


def _outcome(service: Service, order: MoneyOrder, result: Result) -> Repeatable:
    return results.answer_of(
        order, result, stopped=service.stopped, left_to_till=service.left_to_till
    )
