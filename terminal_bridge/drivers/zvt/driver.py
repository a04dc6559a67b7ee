"""The driver: orders out, news in, one command at a time on one line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, PrintJob
from opi_pos.model.errors import CapabilityError, OpiPosError
from opi_pos.model.ids import POIID, DeviceID, ServiceID
from opi_pos.model.news import AbortLost, Ended, News, NoAnswer, Running, Verdict
from opi_pos.model.news import Answer as Told
from opi_pos.model.news import Refusal as Refused
from opi_pos.model.orders import (
    AskStatus,
    Command,
    Login,
    Logout,
    MoneyOrder,
    StopExchange,
)
from opi_pos.ports import DeviceDoor, Wishes
from terminal_bridge.drivers.zvt import housekeeping, registration
from terminal_bridge.drivers.zvt.capabilities import capabilities_of
from terminal_bridge.drivers.zvt.context import Talk
from terminal_bridge.drivers.zvt.paying import Paying
from terminal_bridge.drivers.zvt.receipts import ReceiptGatherer
from terminal_bridge.drivers.zvt.services import Serving
from terminal_bridge.drivers.zvt.session import GOES_ON_S, Session
from terminal_bridge.drivers.zvt.status import Asking
from terminal_bridge.drivers.zvt.telling import Telling
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.printing import PrintBlock, PrintLine
from terminal_bridge.zvt.messages.session import AbortByTill
from terminal_bridge.zvt.messages.status import StatusInformation
from terminal_bridge.zvt.tables import errors

_log = logging.getLogger("terminal_bridge.zvt")


class ZvtDriver:
    """Talks to one ZVT terminal. See `opi_pos.ports.Driver`."""

    def __init__(
        self,
        session: Session,
        poi_id: POIID,
        door: DeviceDoor | None = None,
        *,
        switch_off: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`door` takes what the terminal prints after a command has ended. `switch_off` ends a
        terminal that lives in this process, when the driver is closed.
        """
        self._switch_off = switch_off
        self._session = session
        self._poi_id = poi_id
        self._door = door
        self._capabilities = capabilities_of(session.terminal)
        self._lock = asyncio.Lock()
        self._at_work: ServiceID | None = None
        """The money order that is being carried out."""
        self._tasks = Tasks()
        self._gatherer = ReceiptGatherer(session.terminal.width)
        session.unasked = self._unasked

    @property
    def capabilities(self) -> Capabilities:
        """What the terminal can do, by its profile."""
        return self._capabilities

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`. A `StopExchange` that was taken ends without news."""
        try:
            self._check(command)
        except CapabilityError as error:
            yield NoAnswer(written=False, problem=str(error))
            return
        if self._at_work is not None:
            if isinstance(command.order, AskStatus):
                yield self._beside(command.order)
                return
            if isinstance(command.order, Login) and self._session.line is not None:
                self._session.line.break_off("the session was reset by the till")
        async with self._lock:
            telling = Telling()
            talk = Talk(terminal=self._session.terminal, command=command, tell=telling.tell)
            carried = telling.relay(lambda: self._work(command, talk, wishes, telling.tasks))
            answer: DeviceAnswer | None = None
            try:
                while True:
                    try:
                        news = await carried.asend(answer)
                    except StopAsyncIteration:
                        return
                    if isinstance(news, Ended | NoAnswer):
                        self._at_work = None
                    answer = yield news
            finally:
                await carried.aclose()
                self._at_work = None
                self._session.stands = False
                await self._session.settle()

    def _beside(self, order: AskStatus) -> News:
        """The terminal is master while it works: nothing can be asked, and no answer is needed."""
        if order.service_id == self._at_work:
            return Running(message="the dialogue with the terminal is open")
        return NoAnswer(written=True, problem="the terminal works on another order")

    async def close(self) -> None:
        """See `Driver`."""
        await self._session.hang_up()
        await self._tasks.aclose()
        if self._switch_off is not None:
            await self._switch_off()

    def _check(self, command: Command) -> None:
        """Rule 13, again at the last moment: what the terminal cannot do is not sent."""
        if capability := self._capabilities.lacks(command.order):
            raise CapabilityError(capability, "this terminal cannot do that")

    # --- the work ------------------------------------------------------------------------------

    async def _work(self, command: Command, talk: Talk, wishes: Wishes, tasks: Tasks) -> None:
        order = command.order
        if isinstance(order, MoneyOrder):
            self._at_work = command.service_id
            await Paying(self._session, order, talk).carry_out(wishes, tasks)
            return
        if isinstance(order, AskStatus):
            await Asking(self._session, order, talk).carry_out()
            return
        try:
            await self._serve(command, talk, wishes, tasks)
        except CapabilityError as error:
            refusal = Told(verdict=Verdict.REFUSED, refusal=Refused.UNAVAILABLE, message=str(error))
            await talk.tell(Ended(answer=refusal))
        except OpiPosError as error:
            await talk.tell(NoAnswer(written=False, problem=str(error)))

    async def _serve(self, command: Command, talk: Talk, wishes: Wishes, tasks: Tasks) -> None:
        match command.order:
            case Login():
                await self._log_in(talk)
            case Logout():
                await self._log_out(talk)
            case StopExchange():
                await self._stop(talk)
            case MoneyOrder() | AskStatus():
                raise AssertionError("carried out before")
            case order:
                tasks.spawn(self._heed(wishes, talk), name="zvt aborts")
                await Serving(self._session, order, talk).carry_out()

    async def _heed(self, wishes: Wishes, talk: Talk) -> None:
        while True:
            await wishes.abort_wished()
            line = self._session.line
            problem = await line.abort() if line is not None else "nothing is open"
            if problem:
                await talk.tell(AbortLost(problem=problem))

    async def _log_in(self, talk: Talk) -> None:
        """Register, and do what the terminal wants done."""
        session = self._session
        answer, _ = await session.register(talk)
        if answer.verdict is Verdict.UNCLEAR:
            await talk.tell(NoAnswer(written=True, problem=answer.message))
            return
        if answer.verdict is Verdict.APPROVED:
            if session.terminal.options.set_clock:
                session.needs.add(housekeeping.SET_CLOCK)
            await housekeeping.keep_house(session, talk)
        await talk.tell(Ended(answer=answer))

    async def _log_out(self, talk: Talk) -> None:
        session = self._session
        finished = await session.carry(registration.log_off())
        if session.line is not None:
            session.line.registered = False
        match finished.by:
            case Answer():
                await talk.tell(Ended(answer=Told(verdict=Verdict.APPROVED)))
            case Refusal(error=error):
                text = errors.error_text(error)(session.terminal.language)
                await talk.tell(Ended(answer=Told(verdict=Verdict.REFUSED, message=text)))
            case _:
                await talk.tell(NoAnswer(written=True, problem=finished.problem))

    async def _stop(self, talk: Talk) -> None:
        """06 B0 for a command of an earlier connection; many terminals refuse it."""
        finished = await self._session.carry(AbortByTill())
        match finished.by:
            case Answer():
                return
            case Refusal(error=error):
                problem = errors.error_text(error).en
            case _:
                problem = finished.problem
        await talk.tell(AbortLost(problem=problem))

    # --- what the terminal says by itself ------------------------------------------------------

    def _unasked(self, message: Message) -> None:
        """Some terminals print after 06 0F (Ingenico). A status information of a command that we
        lost is not answered: the terminal acts by its own rule, and 06 20 tells how.
        """
        if isinstance(message, StatusInformation) or self._session.doubts:
            t3_s = self._session.terminal.t3_s
            now = asyncio.get_running_loop().time()
            self._session.speaks_until = now + t3_s + GOES_ON_S
            return
        self._tasks.spawn(self._take_unasked(message), name="zvt unasked")

    async def _take_unasked(self, message: Message) -> None:
        line = self._session.line
        if line is None:
            return
        answer: Answer | Refusal = ACKNOWLEDGEMENT
        match message:
            case PrintLine():
                receipt = self._gatherer.take_line(message)
            case PrintBlock():
                receipt = self._gatherer.take_block(message)
            case _:
                receipt, answer = None, Refusal(error=errors.FUNCTION_NOT_POSSIBLE)
        if receipt is not None:
            self._gatherer.receipts.clear()
            if self._door is not None and self._door.knows(self._poi_id):
                await self._door.device_request(
                    DeviceRequest(
                        poi_id=self._poi_id,
                        device_id=DeviceID(f"U{id(receipt)}"),
                        body=PrintJob(receipt=receipt),
                    )
                )
        if line.owed is message:
            line.answer(answer)
