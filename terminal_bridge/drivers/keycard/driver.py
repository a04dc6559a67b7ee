"""The driver: orders out as commands, news in by callback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Final

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Event, EventKind
from opi_pos.model.errors import CapabilityError, OpiPosError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import (
    AbortLost,
    Answer,
    DeviceAsked,
    Ended,
    News,
    NoAnswer,
    Refusal,
    Running,
    Verdict,
)
from opi_pos.model.orders import AskStatus, CloseDay, Command, Diagnose, MoneyOrder, StopExchange
from opi_pos.model.results import Operation
from opi_pos.ports import Inbox, Letterbox, Wishes
from opi_pos.wire import keycard
from terminal_bridge.drivers.keycard.calling import (
    Accepted,
    CalledBack,
    Calling,
    Happening,
    Refused,
    Server,
    Unanswered,
)
from terminal_bridge.drivers.keycard.reading import (
    Told,
    answer_of,
    display_of,
    read,
    service_answer,
)

LATE_S: Final = 3.0
"""How long a question waits for an end message that is on its way."""
SIDE_S: Final = 5.0
"""How long a small command beside (`IsIdle`, the list) may take in all."""
LONGEST_S: Final = 900.0
"""After that without a callback nobody waits any more for what might still come."""

_BUSY: Final = re.compile(r"\b(busy|pending|besetzt|beschäftigt|belegt)\b", re.IGNORECASE)
"""Of a refusal that may be tried again; it proves no more than any other refusal."""
_SERVICES: Final = {
    Diagnose: keycard.Command.DIAGNOSIS_SIMPLE,
    CloseDay: keycard.Command.END_OF_DAY,
}


class KeycardDriver:
    """Talks to one server. See `opi_pos.ports.Driver`."""

    def __init__(
        self,
        *,
        server: Server,
        inbox: Inbox,
        base_url: Callable[[], str],
        capabilities: Capabilities,
    ) -> None:
        """`base_url` gives where the server reaches our listener, when it is listening."""
        self._server = server
        self._inbox = inbox
        self._base_url = base_url
        self._capabilities = capabilities
        self._at_work: set[ServiceID] = set()
        self._cancelled: set[ServiceID] = set()

    @property
    def capabilities(self) -> Capabilities:
        """See `capabilities`."""
        return self._capabilities

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`. The address of the callbacks is the exchange's own, so nothing that comes
        there can be somebody else's.
        """
        order = command.order
        if isinstance(order, StopExchange):
            if problem := await self._cancel(order.target, command.service_id):
                yield AbortLost(problem=problem)
            return
        if isinstance(order, AskStatus):
            async with aclosing(self._ask(order, command)) as asked:
                async for news in asked:
                    yield news
            return
        try:
            box = await self._inbox.open(command.service_id, read)
            request = self._addressed(self._request(command), box)
        except OpiPosError as error:
            yield NoAnswer(written=False, problem=str(error))
            return
        calling = Calling(self._server, box)
        self._at_work.add(command.service_id)
        try:
            calling.begin(request)
            calling.heed(wishes, partial(self._cancel, command.service_id))
            async with aclosing(self._conversation(calling, command)) as said:
                async for news in said:
                    yield news
        finally:
            self._at_work.discard(command.service_id)
            await calling.aclose()

    async def close(self) -> None:
        """See `Driver`."""
        await self._server.close()

    # --- a command ----------------------------------------------------------------------------

    def _request(self, command: Command) -> keycard.Request:
        order = command.order
        if isinstance(order, MoneyOrder):
            return _money_request(order)
        name = _SERVICES.get(type(order))
        if name is None:
            tag = str(type(order).__struct_config__.tag)
            raise CapabilityError(tag, "Key & Card's API has no such command")
        return keycard.Request(command=name, callback_url="")

    def _addressed(self, request: keycard.Request, box: Letterbox) -> keycard.Request:
        return keycard.Request(
            command=request.command,
            callback_url=self._base_url() + box.path,
            parameter=request.parameter,
        )

    async def _conversation(
        self, calling: Calling, command: Command
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        news: News | None = None
        while not isinstance(news, (Ended, NoAnswer)):
            try:
                async with asyncio.timeout(LONGEST_S):
                    news = self._news(await calling.next(), command)
            except TimeoutError:
                news = NoAnswer(written=True, problem=f"no callback within {LONGEST_S:g} s")
            if news is not None:
                yield news

    def _news(self, happening: Happening, command: Command) -> News | None:
        match happening:
            case Refused(message=message):
                return Ended(answer=_refusal(message))
            case Accepted():
                return Running()
            case Unanswered(written=False, problem=problem):
                return NoAnswer(written=False, problem=problem)
            case Unanswered():
                return None  # it may have begun: a callback tells, or the silence
            case CalledBack(told=told):
                return self._told(told, command)
            case _:
                return happening

    def _told(self, told: Told, command: Command) -> News | None:
        order = command.order
        if not told["final"]:
            return display_of(told, command.poi_id, command.service_id)
        if not isinstance(order, MoneyOrder):
            return Ended(answer=service_answer(told))
        if told["command"] not in {"", _command_of(order)}:
            return None  # the end of a cancel, posted to the wrong address
        cancelled = command.service_id in self._cancelled
        return Ended(answer=answer_of(told, order, command.service_id, cancelled=cancelled))

    # --- beside it ----------------------------------------------------------------------------

    async def _cancel(self, target: ServiceID, service_id: ServiceID) -> str:
        """`CancelTransaction`, at an address of its own: its end must not be taken for the
        payment's. Gives the problem, or nothing when it was taken.
        """
        box = await self._inbox.open(target, read, topic=f"cancel/{service_id}")
        request = keycard.Request(command=keycard.Command.CANCEL_TRANSACTION, callback_url="")
        try:
            answer = await self._server.send(self._addressed(request, box), _unneeded)
        finally:
            box.close()
        match answer:
            case Accepted():
                self._cancelled.add(target)
                return ""
            case Refused(message=message):
                return f"the server refused to cancel: {message}"
            case Unanswered(problem=problem):
                return problem

    async def _ask(
        self, order: AskStatus, command: Command
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """The server knows no transactions. An end message that came in the meantime decides; that
        it is busy is a sign of life; its list of aborted sessions is for a person to read.
        """
        told = await self._late_end(order)
        if told is not None:
            money, target = order.order, order.service_id
            cancelled = target in self._cancelled
            yield Ended(answer=answer_of(told, money, target, cancelled=cancelled))
            return
        idle = await self._side(command, keycard.Command.IS_IDLE)
        if idle is not None and not idle["success"]:
            yield Running(message="The server is busy.")
            return
        listed = await self._side(command, keycard.Command.GET_ABORTED_SESSIONS)
        if listed is not None and listed["text"]:
            event = Event(kind=EventKind.OTHER, name="aborted_sessions", details=listed["text"])
            yield DeviceAsked(request=DeviceRequest(poi_id=command.poi_id, body=event))
        yield NoAnswer(written=True, problem="The server cannot be asked about one payment.")

    async def _late_end(self, order: AskStatus) -> Told | None:
        if order.service_id in self._at_work:
            return None  # its own conversation still listens
        box = await self._inbox.open(order.service_id, read)
        try:
            async with asyncio.timeout(LATE_S):
                return await _end_of(box, _command_of(order.order))
        except TimeoutError:
            return None
        finally:
            box.close()

    async def _side(self, command: Command, name: keycard.Command) -> Told | None:
        """A small command with an address of its own, to its end message."""
        box = await self._inbox.open(command.service_id, read, topic=name)
        request = keycard.Request(command=name, callback_url="")
        try:
            async with asyncio.timeout(SIDE_S):
                answer = await self._server.send(self._addressed(request, box), _unneeded)
                return await _end_of(box, name) if isinstance(answer, Accepted) else None
        except TimeoutError:
            return None
        finally:
            box.close()


async def _end_of(box: Letterbox, name: str) -> Told:
    """The end message; where it has no text, that of the last intermediate state."""
    text = ""
    while True:
        told = await box.next()
        text = told["text"] or text
        if told["final"] and told["command"] in {"", name}:
            return {**told, "text": text}


def _command_of(order: MoneyOrder) -> str:
    is_payment = order.operation is Operation.PAYMENT
    return keycard.Command.AUTHORISATION if is_payment else keycard.Command.REVERSAL


def _money_request(order: MoneyOrder) -> keycard.Request:
    """Amounts are minor units. What the API has no word for is refused before it is sent."""
    wanted = {
        "tip": order.tip is not None,
        "cashback": order.cashback is not None,
        "partial_approval": order.allow_partial,
    }
    for name, is_wanted in wanted.items():
        if is_wanted:
            raise CapabilityError(name, "Key & Card's API cannot do that")
    if order.operation is Operation.PAYMENT and order.amount is not None:
        parameter = str(order.amount.minor)
        return keycard.Request(
            command=keycard.Command.AUTHORISATION, callback_url="", parameter=parameter
        )
    whole = order.original.amount if order.original is not None else None
    if order.operation is not Operation.REVERSAL or order.amount not in {None, whole}:
        raise CapabilityError(order.operation.value, "Key & Card's API cannot do that")
    return keycard.Request(command=keycard.Command.REVERSAL, callback_url="")


def _refusal(message: str) -> Answer:
    is_busy = _BUSY.search(message) is not None
    return Answer(
        verdict=Verdict.REFUSED,
        refusal=Refusal.BUSY if is_busy else Refusal.UNAVAILABLE,
        message=message or "The server refused the command.",
    )


def _unneeded() -> None:
    """Nobody asks whether a byte of a command beside left."""
