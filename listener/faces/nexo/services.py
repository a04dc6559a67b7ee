"""Services, one at a time: who may begin, who carries out, and how each ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from listener.faces.nexo.answering import reply_in
from listener.faces.nexo.counter import Counter
from listener.faces.nexo.exchange import TillExchange
from listener.faces.nexo.results import out_of_order
from listener.faces.nexo.service import Service
from listener.faces.nexo.session import TillSession
from listener.faces.nexo.works import Work
from listener.nexo.incoming import HttpAnswer
from opi_pos.model.errors import OpiPosError
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import Answer, Condition, Kept, Repeatable, Response
from opi_pos.poi.nexo.effects import Effect, Reply

DISPLAYS_S: Final = 1.0
"""How long an answer waits for the displays before it."""


class Services:
    """Begins and ends services at one counter."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def refusal(self, x: TillExchange) -> Response | None:
        """Why a service may not begin: the rules' own reasons, and those that no single session
        can know.
        """
        counter = self._counter
        response = x.session.rules.refuse(x.header, now=counter.now())
        if response is not None:
            return response
        if counter.ongoing.is_repeated(x.header, x.request):
            return texts.repeated(x.header)
        active = counter.active()
        return texts.busy(active.header) if active is not None else None

    def begin(self, x: TillExchange) -> Service:
        """It runs within the till's session from now on."""
        x.session.rules.begin(x.header)
        service = x.session.service = Service(x.header)
        return service

    async def carry(self, x: TillExchange, work: Work) -> HttpAnswer:
        """A service that moves no money, from its beginning to its answer."""
        counter, service = self._counter, self.begin(x)
        guest = counter.guest(service)

        async def carry() -> None:
            answer: Answer | None
            try:
                with counter.switchboard.serving(counter.poi, guest):
                    answer = _stopped(service, await work())
            except OpiPosError as error:
                answer = counter.answers.refused(x, out_of_order(error))
            await self.end(x.session, service, answer)

        counter.tasks.spawn(carry(), name=f"{x.header.category} of a foreign till")
        return await self.held(service)

    async def end(self, session: TillSession, service: Service, answer: Answer | None) -> None:
        """Keep the answer, give it, and be idle."""
        counter = self._counter
        effects: Sequence[Effect] = [Reply(to=service.header, answer=answer)]
        if session.service is service:
            if session.outbox is not None:
                await session.outbox.drained(DISPLAYS_S)
            effects = session.end(answer)
        self.keep(service, answer)
        service.tell(counter.dialect.reply(reply_in(effects), session.encoding))
        service.ended.set()
        session.replied(effects)

    def keep(self, service: Service, answer: Answer | None) -> None:
        """It is decided: from now on a status repeats the answer."""
        if isinstance(answer, Repeatable):
            self._counter.memory.keep(Kept(header=service.header, answer=answer))
        if service.order is not None:
            self._counter.ongoing.end(service.order)

    async def held(self, service: Service) -> HttpAnswer:
        """The till's exchange stays open. When it must end, the till asks for the status."""
        try:
            async with asyncio.timeout(self._counter.settings.answer_within_s):
                return await asyncio.shield(service.told)
        except TimeoutError:
            return HttpAnswer(504)


def _stopped(service: Service, answer: Answer | None) -> Answer | None:
    """What ended because the till wished so was aborted, and not by the customer."""
    cancelled = answer is not None and answer.response.condition is Condition.CANCEL
    if not service.stopped or answer is None or not cancelled:
        return answer
    response = Response(condition=Condition.ABORTED, text=service.stopped)
    return msgspec.structs.replace(answer, response=response)
