"""The driver: orders out as requests, answers in as news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Final

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import CapabilityError, LinkError, OpiPosError, ProtocolError, UsageError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import AbortLost, Answer, Ended, Evidence, News, NoAnswer, Verdict
from opi_pos.model.orders import AskStatus, Command, Converse, MoneyOrder, StopExchange
from opi_pos.ports import DeviceChannel, Wishes
from opi_pos.wire import opi
from terminal_bridge.drivers.opi import reading, recovery, reports
from terminal_bridge.drivers.opi.aborting import ANSWER_S, AbortGuard
from terminal_bridge.drivers.opi.capabilities import LONGEST_S
from terminal_bridge.drivers.opi.requests import Request, Writer
from terminal_bridge.links.conversation import Conversation
from terminal_bridge.links.link import Link, Reply

ASK_S: Final = 10.0
"""How long a question beside the payment may take."""
STILL_ASKS_S: Final = 10.0
"""How long after its answer a terminal may still ask: slips come before or after it."""
LOST_ASKS_S: Final = LONGEST_S
"""As long when the answer was lost: the terminal may be at it, and what it asks proves that."""

Response = opi.CardServiceResponse | opi.ServiceResponse


class OpiDriver:
    """Talks to one terminal. See `opi_pos.ports.Driver`."""

    def __init__(
        self,
        *,
        link: Link,
        writer: Writer,
        capabilities: Capabilities,
        channel: DeviceChannel | None = None,
    ) -> None:
        self._link = link
        self._writer = writer
        self._capabilities = capabilities
        self._channel = channel
        self._guard = AbortGuard()
        self._at_work: ServiceID | None = None
        self._asks_until = float("-inf")
        self._last: recovery.Header | None = None
        """What the terminal would repeat now; None when nobody knows."""

    @property
    def capabilities(self) -> Capabilities:
        """See `capabilities`."""
        return self._capabilities

    @property
    def device_channel(self) -> DeviceChannel | None:
        """Where its terminal asks, if that is a port of the till's."""
        return self._channel

    def asks_for(self) -> ServiceID | None:
        """The exchange for which the terminal may ask just now; None: it may not ask."""
        now = asyncio.get_running_loop().time()
        return self._at_work if now < self._asks_until else None

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`. Only one request at a time is open beside questions and aborts."""
        match command.order:
            case StopExchange(target=target):
                if problem := await self._abort(command, target, command.service_id):
                    yield AbortLost(problem=problem)
            case AskStatus() as asked:
                yield await self._ask(command, asked)
            case _:
                async with aclosing(self._request(command, wishes)) as happening:
                    async for news in happening:
                        yield news

    async def close(self) -> None:
        """See `Driver`."""
        await self._link.close()

    # --- one request --------------------------------------------------------------------------

    async def _request(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        try:
            requests = self._requests(command)
            encoded = [self._writer.encode(request) for request in requests]
        except OpiPosError as error:
            yield NoAnswer(written=False, problem=str(error))
            return
        if isinstance(command.order, MoneyOrder):
            if self._last is None:
                await self._learn(command)
            yield Evidence(data=recovery.evidence(self._last))
        self._begun(command.service_id)
        news: News | None = None
        try:
            for request, data in zip(requests, encoded, strict=True):
                async with aclosing(self._converse(request, data, command, wishes)) as said:
                    async for news in said:
                        if not self._goes_on(news, request, requests):
                            yield news
                if not self._goes_on(news, request, requests):
                    return
        finally:
            is_lost = isinstance(news, NoAnswer) and news.written
            self._ended(LOST_ASKS_S if is_lost else STILL_ASKS_S)

    def _goes_on(self, news: News | None, request: Request, requests: list[Request]) -> bool:
        """Whether the next kind of login is tried: this one is none that the terminal knows."""
        return (
            request is not requests[-1]
            and isinstance(news, Ended)
            and news.answer.verdict is Verdict.REFUSED
        )

    def _requests(self, command: Command) -> list[Request]:
        """The request of a command; of a login one for each kind, the preferred first."""
        if capability := self._capabilities.lacks(command.order):
            raise CapabilityError(capability, "this terminal cannot do that")
        if isinstance(command.order, Converse):
            return [_own_message(command.order)]
        return self._writer.requests(command)

    async def _converse(
        self, request: Request, data: bytes, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        conversation = Conversation(self._link)
        is_card = isinstance(request, opi.CardServiceRequest)
        if is_card:
            self._last = None
        try:
            conversation.begin(data)
            if is_card:
                conversation.heed(wishes, partial(self._abort, command, command.service_id))
            happening = await conversation.next()
            while not isinstance(happening, Reply | NoAnswer):
                yield happening
                happening = await conversation.next()
        finally:
            await conversation.aclose()
        yield await self._ending(happening, request, command)

    async def _ending(
        self, happening: Reply | NoAnswer, request: Request, command: Command
    ) -> News:
        if isinstance(happening, NoAnswer):
            return happening
        response = _response(happening)
        if isinstance(response, NoAnswer):
            return response
        self._learned(response)
        said = opi.meaning_of(response)
        if said is opi.Meaning.PRINT_FIRST:
            await self._reprint(command)
        if isinstance(request, opi.CardServiceRequest) and not said.not_begun:
            ours = response.request_id == request.request_id
            self._last = recovery.header_to(request) if ours else None
        return Ended(answer=self._answer(response, command, said))

    async def _reprint(self, command: Command) -> None:
        """The last slips once more. What is asked for them is no sign that the payment began."""
        request = self._writer.reprint(command)
        self._at_work = ServiceID(request.request_id)
        try:
            await self._beside(request)
        finally:
            self._at_work = command.service_id

    def _answer(self, response: Response, command: Command, said: opi.Meaning) -> Answer:
        order = command.order
        if isinstance(order, MoneyOrder) and isinstance(response, opi.CardServiceResponse):
            return reading.money(response, order, said, command.sale_id)
        if isinstance(order, Converse):
            return _conversed(response, command)
        if isinstance(response, opi.ServiceResponse):
            return reports.answer_of(response, order)
        return reading.plain(response, said)

    def _learned(self, response: Response) -> None:
        if response.terminal is not None and response.terminal.terminal_id:
            self._writer.terminal_id = response.terminal.terminal_id

    def _begun(self, service_id: ServiceID) -> None:
        self._at_work, self._asks_until = service_id, float("inf")

    def _ended(self, asks_s: float) -> None:
        self._asks_until = asyncio.get_running_loop().time() + asks_s

    # --- beside it ----------------------------------------------------------------------------

    async def _abort(self, command: Command, target: ServiceID, service_id: ServiceID) -> str:
        """`AbortRequest` on a connection of its own; its answer only says that it was taken."""
        if problem := await self._guard.admit(target):
            return problem
        request = self._writer.abort(command.sale_id, service_id, target)
        self._last = None
        answer = await self._beside(request)
        if isinstance(answer, NoAnswer):
            return answer.problem
        if opi.meaning_of(answer) is not opi.Meaning.DONE:
            return f"the terminal did not take the abort: {answer.overall_result}"
        return ""

    async def _ask(self, command: Command, asked: AskStatus) -> News:
        """RepeatLastMessage, which proves only what its OriginalHeader names."""
        sale_id = asked.sale_id or command.sale_id
        kind = opi.CardRequest.REPEAT_LAST_MESSAGE
        answer = await self._beside(self._writer.card(kind, sale_id, command.service_id))
        if isinstance(answer, NoAnswer):
            return answer
        if not isinstance(answer, opi.CardServiceResponse):
            return NoAnswer(written=True, problem="the answer is another message's")
        wanted: recovery.Header = {
            "type": self._writer.type_of(asked.order.operation).casefold(),
            "workstation": self._writer.workstation(sale_id),
            "request": asked.service_id,
        }
        news = recovery.concluded(answer, asked, wanted, sale_id)
        if isinstance(news, Ended):
            self._last = wanted
            if asked.service_id == self._at_work:
                self._ended(STILL_ASKS_S)
        return news

    async def _learn(self, command: Command) -> None:
        """What the terminal would repeat, so that what it repeats later can be told apart."""
        kind = opi.CardRequest.REPEAT_LAST_MESSAGE
        asked = self._writer.card(kind, command.sale_id, f"{command.service_id}-R")
        answer = await self._beside(asked)
        if isinstance(answer, opi.CardServiceResponse):
            self._last = recovery.header_of(answer) or {}

    async def _beside(self, request: Request) -> Response | NoAnswer:
        """A small request with a connection of its own, to its answer."""
        try:
            async with asyncio.timeout(max(ASK_S, ANSWER_S)):
                data = self._writer.encode(request)
                reply = await self._link.exchange(data, on_written=_unneeded)
        except LinkError as error:
            return NoAnswer(written=error.written, problem=str(error))
        except TimeoutError:
            return NoAnswer(written=True, problem=f"no answer within {ASK_S:g} s")
        response = _response(reply)
        if isinstance(response, NoAnswer) or response.request_id == request.request_id:
            return response
        return NoAnswer(written=True, problem="the answer is another request's")


def _response(reply: Reply) -> Response | NoAnswer:
    try:
        message = opi.decode(reply.body)
    except ProtocolError as error:
        return NoAnswer(written=True, problem=f"the answer cannot be read: {error}")
    if isinstance(message, opi.CardServiceResponse | opi.ServiceResponse):
        return message
    return NoAnswer(written=True, problem="the answer is no response")


def _own_message(order: Converse) -> Request:
    if isinstance(order.message, opi.CardServiceRequest | opi.ServiceRequest):
        return order.message
    raise UsageError("message: must be a CardServiceRequest or a ServiceRequest")


def _conversed(response: Response, command: Command) -> Answer:
    """The message itself, for those who need the whole language."""
    return Answer(
        verdict=Verdict.APPROVED,
        service_id=command.service_id,
        condition=response.overall_result,
        payload=response,
    )


def _unneeded() -> None:
    """Nobody asks whether a byte of a request beside left."""
