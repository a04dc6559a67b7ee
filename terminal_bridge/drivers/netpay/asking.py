"""What became of an order: the terminal is asked by folio, and answers by callback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Event, EventKind
from opi_pos.model.ids import POIID, ServiceID
from opi_pos.model.news import DeviceAsked, Ended, News, NoAnswer, NotKnown, Verdict
from opi_pos.model.orders import AskStatus, MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.ports import Inbox, Letterbox
from opi_pos.wire import netpay
from opi_pos.wire.netpay import State
from terminal_bridge.drivers.netpay.cloud import Answer as Push
from terminal_bridge.drivers.netpay.cloud import Cloud, Refused, Unclear
from terminal_bridge.drivers.netpay.naming import folio_asked, traceability
from terminal_bridge.drivers.netpay.reading import Told, answer_of

STATUS: Final = "status"
"""The topic of what comes because it was asked for."""
ASK_S: Final = 13.0
"""How long one question waits for its answer; what comes later is kept for the next one."""
_ALARMS: Final = {
    State.REVERSED: "reversed",
    State.REVERSAL_PENDING: "reversal_pending",
    State.VOIDED: "voided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """The terminal that is asked, and what it is called."""

    serial: str
    store: str
    not_known_codes: frozenset[str] = frozenset()
    """By which it says that it does not know a folio."""


class Asking:
    """Asks about one order at a time. `asked` names what is being asked about, by folio."""

    def __init__(self, cloud: Cloud, inbox: Inbox, terminal: Terminal) -> None:
        self.asked: dict[str, ServiceID] = {}
        self._alarmed: set[tuple[str, str]] = set()
        self._cloud = cloud
        self._inbox = inbox
        self._terminal = terminal

    async def ask(
        self, order: AskStatus, poi_id: POIID, *, at_work: bool
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """The news: an alarm where there is reason, then how it ended, or that nobody answered.
        `at_work`: its own conversation still listens for its own response.
        """
        target, money = order.service_id, order.order
        folio = folio_asked(money, target)
        self.asked[folio] = target
        try:
            told, push = await self._told(folio, target, money, at_work=at_work)
        finally:
            self.asked.pop(folio, None)
        if told is None:
            yield NoAnswer(written=True, problem=_problem_of(push))
            return
        alarm = _alarm(told, money)
        if alarm is not None and (folio, alarm.name) not in self._alarmed:
            self._alarmed.add((folio, alarm.name))
            yield DeviceAsked(request=DeviceRequest(poi_id=poi_id, body=alarm))
        yield self._meaning(told, order)

    def _meaning(self, told: Told, asked: AskStatus) -> News:
        money = asked.order
        if told["reprint"] and not told.get("state"):
            if told["code"] in self._terminal.not_known_codes:
                return NotKnown()
            words = f"{told['code']} {told.get('message', '')}".strip()
            return NoAnswer(written=True, problem=f"the terminal cannot tell: {words}")
        answer = answer_of(told, money, asked.service_id)
        undone = money.operation is Operation.REVERSAL and answer.verdict is Verdict.DECLINED
        if undone and told["reprint"] and not asked.evidence.get("answered"):
            # The sale stands. Its cancellation may still be on its way to the terminal: only when
            # that stays so it never began.
            return NotKnown()
        return Ended(answer=answer)

    async def _told(
        self, folio: str, target: ServiceID, money: MoneyOrder, *, at_work: bool
    ) -> tuple[Told | None, Push | None]:
        """The first response that decides: one that is here already, or the answer to a question.
        That a sale stands is asked anew for its cancellation: what came may be older than that.
        """
        answers: asyncio.Queue[Told | None] = asyncio.Queue()
        async with Tasks() as tasks, AsyncExitStack() as boxes:

            async def listen(topic: str, *, fresh: bool = False) -> None:
                box = await self._inbox.letters(target, topic=topic, fresh=fresh)
                boxes.callback(box.close)
                tasks.spawn(_collect(box, answers, money, target), name="NetPay responses")

            if not at_work:
                await listen("")
            if money.operation is not Operation.REVERSAL:
                await listen(STATUS)
            if (known := await _at_hand(answers)) is not None:
                return known, None
            await listen(STATUS, fresh=True)
            return await self._answer(folio, target, money, answers)

    async def _answer(
        self,
        folio: str,
        target: ServiceID,
        money: MoneyOrder,
        answers: asyncio.Queue[Told | None],
    ) -> tuple[Told | None, Push | None]:
        request = netpay.ReprintRequest(
            serial_number=self._terminal.serial,
            store_id=self._terminal.store,
            folio_id=folio,
            traceability=traceability(money.reference, target),
            disable_print_animation=True,
        )
        push: Push | None = None

        async def ask() -> None:
            nonlocal push
            push = await self._cloud.push(request, _unneeded)
            if isinstance(push, Refused) or (isinstance(push, Unclear) and not push.written):
                answers.put_nowait(None)  # nobody is going to answer

        try:
            async with Tasks() as tasks, asyncio.timeout(ASK_S):
                tasks.spawn(ask(), name="NetPay question")
                return await answers.get(), push
        except TimeoutError:
            return None, push


async def _collect(
    box: Letterbox, answers: asyncio.Queue[Told | None], money: MoneyOrder, target: ServiceID
) -> None:
    """What does not decide is what led to the question."""
    while True:
        told = await box.next()
        if told["reprint"] or answer_of(told, money, target).verdict is not Verdict.UNCLEAR:
            answers.put_nowait(told)


async def _at_hand(answers: asyncio.Queue[Told | None]) -> Told | None:
    """What came before anybody asked, if it decides. That a folio was not known then must be asked
    anew: the sale may have been on its way.
    """
    await asyncio.sleep(0)  # the boxes are emptied
    while not answers.empty():
        told = answers.get_nowait()
        if told is not None and (told.get("state") or not told["reprint"]):
            return told
    return None


def _alarm(told: Told, money: MoneyOrder) -> Event | None:
    """A sale that NetPay undoes by itself is news for a person; so is one that somebody cancelled,
    unless that was the till.
    """
    state = netpay.state_of(told.get("state", "")) if told["reprint"] else None
    known = None if state is None else _ALARMS.get(state)
    if known is None or (money.operation is Operation.REVERSAL and known == "voided"):
        return None
    answer = answer_of(told, money, ServiceID(""))
    text = f"{money.reference}: {answer.message}"
    return Event(kind=EventKind.OTHER, name=f"alarm.{known}", details=text)


def _problem_of(push: Push | None) -> str:
    match push:
        case Refused(message=message):
            return message
        case Unclear(problem=problem):
            return problem
        case _:
            return "The terminal did not tell what became of it; is it on, and its app in front?"


def _unneeded() -> None:
    """Nobody asks whether a byte of a question left."""
