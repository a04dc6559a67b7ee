"""The desk: where what terminals ask meets the cashier (design: section 5, rule 10).

Displays and events go to memory and return at once. A print is durable before its answer; the
answer to a question is durable before it leaves.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.card import mask_text
from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceOutcome,
    DeviceRequest,
    Display,
    Event,
    PrintJob,
    Question,
    QuestionKind,
)
from opi_pos.model.facts import Fact, StoredFact
from opi_pos.model.ids import POIID, DeviceID, ExchangeID, ServiceID
from opi_pos.model.receipts import Receipt
from opi_pos.ports import Bus, Cashier, Clock, Journal
from opi_pos.runtime.cashier import NobodyThereError, overrides
from opi_pos.session.repeats import Repeats

log = logging.getLogger("opi_pos.desk")

ANSWER_WITHIN_S = 120.0
"""How long a question waits for the cashier when the terminal names no time."""
SHOWN_AT_MOST = 64
"""Displays that may wait for a slow cashier screen; the oldest is lost first (section 7)."""
QUESTIONS_AT_MOST = 32
"""Questions that may be open at once, over all terminals (rule 12)."""


class Exchanges(Protocol):
    """What the desk tells and asks of the terminal's task."""

    def seen(self, request: DeviceRequest) -> None:
        """A device request came: proof that its exchange runs."""
        ...

    def happened(self, event: Event) -> None:
        """An event that the rules may care for."""
        ...

    def signed(self, service_id: ServiceID, *, accepted: bool) -> None:
        """The cashier decided about a signature while the payment runs."""
        ...

    def exchange_of(self, service_id: ServiceID) -> ExchangeID | None:
        """The open exchange with this service id."""
        ...


class _Asked:
    """A question that waits for the cashier."""

    def __init__(self, request: DeviceRequest, task: asyncio.Task[DeviceAnswer]) -> None:
        self.request = request
        self.task = task
        self.withdrawn = False

    def withdraw(self) -> None:
        self.withdrawn = True
        self.task.cancel()


class Desk:
    """Serves the terminals of one till. Implements the port `DeviceDoor` but for `announce`."""

    def __init__(self, *, cashier: Cashier, journal: Journal, bus: Bus, clock: Clock) -> None:
        self._cashier = cashier
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._tasks = Tasks()
        self._watches = {
            Display: overrides(cashier, "display"),
            Event: overrides(cashier, "event"),
        }
        self._screens: dict[POIID, deque[Display | Event]] = {}
        self._painting: set[POIID] = set()
        self._asked: dict[POIID, _Asked] = {}
        self._repeats: Repeats[asyncio.Task[DeviceAnswer]] = Repeats()
        self._to_sign: set[tuple[POIID, ServiceID]] = set()

    async def serve(self, request: DeviceRequest, exchanges: Exchanges) -> DeviceAnswer | None:
        """Serve one request of a known terminal."""
        exchanges.seen(request)
        match request.body:
            case Display() as display:
                self.show(request.poi_id, display)
                return DeviceAnswer(outcome=DeviceOutcome.DONE)
            case Event() as event:
                self.show(request.poi_id, event)
                exchanges.happened(event)
                return None
            case AbortInput(device_id=device_id):
                self._withdraw_device(request.poi_id, device_id)
                return None
            case PrintJob() as job:
                return await self._once(request, lambda: self._print(request, job, exchanges))
            case Question() as question:
                return await self._once(request, lambda: self._ask(request, question, exchanges))

    def show(self, poi_id: POIID, shown: Display | Event) -> None:
        """Put on the bus and on the cashier's screen; never waits for either."""
        self._bus.publish(f"poi.{poi_id}", shown)
        if not self._watches[type(shown)]:
            return
        screen = self._screens.setdefault(poi_id, deque(maxlen=SHOWN_AT_MOST))
        screen.append(shown)
        if poi_id not in self._painting:
            self._painting.add(poi_id)
            self._tasks.spawn(self._paint(poi_id, screen), name=f"screen of {poi_id}")

    async def _paint(self, poi_id: POIID, screen: deque[Display | Event]) -> None:
        try:
            while screen:
                shown = screen.popleft()
                await self._show_one(poi_id, shown)
        finally:
            self._painting.discard(poi_id)

    async def _show_one(self, poi_id: POIID, shown: Display | Event) -> None:
        try:
            if isinstance(shown, Display):
                await self._cashier.display(poi_id, shown)
            else:
                await self._cashier.event(poi_id, shown)
        except Exception:
            log.exception("the cashier's screen failed")

    # --- once, however often it comes ---------------------------------------------------------

    async def _once(
        self, request: DeviceRequest, serve: Callable[[], Awaitable[DeviceAnswer]]
    ) -> DeviceAnswer:
        """The same request again gets the same answer; a doubled question joins the first."""
        now = self._clock.now()
        task = self._repeats.first(request, now)
        if task is None:
            task = self._tasks.spawn(_run(serve), name=f"device request of {request.poi_id}")
            self._repeats.keep(request, task, now)
            if isinstance(request.body, Question):
                self._take_turn(request, task)
        try:
            # Whoever asked may hang up: the cashier's answer is kept for the repeat.
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            return DeviceAnswer(outcome=DeviceOutcome.WITHDRAWN)

    def _take_turn(self, request: DeviceRequest, task: asyncio.Task[DeviceAnswer]) -> None:
        """A newer question withdraws the one that is open at the same terminal."""
        older = self._asked.pop(request.poi_id, None)
        if older is not None:
            older.withdraw()
        asked = _Asked(request, task)
        self._asked[request.poi_id] = asked

        def closed(_: asyncio.Task[DeviceAnswer]) -> None:
            if self._asked.get(request.poi_id) is asked:
                del self._asked[request.poi_id]

        task.add_done_callback(closed)

    # --- questions ----------------------------------------------------------------------------

    async def _ask(
        self, request: DeviceRequest, question: Question, exchanges: Exchanges
    ) -> DeviceAnswer:
        if len(self._asked) > QUESTIONS_AT_MOST:
            return DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)
        to_sign = (request.poi_id, request.service_id) in self._to_sign
        if question.kind is QuestionKind.CONFIRM and to_sign:
            question = msgspec.structs.replace(question, signature=True)
        answer = await self._answer_of_cashier(request.poi_id, question)
        await self._record("device_answer", request, exchanges, answer=answer.outcome.value)
        if question.signature and answer.confirmed is not None:
            exchanges.signed(request.service_id, accepted=answer.confirmed)
        return answer

    async def _answer_of_cashier(self, poi_id: POIID, question: Question) -> DeviceAnswer:
        self._bus.publish(f"poi.{poi_id}", question)
        try:
            async with asyncio.timeout(question.max_s or ANSWER_WITHIN_S):
                return await self._put_to_cashier(poi_id, question)
        except TimeoutError:
            return DeviceAnswer(outcome=DeviceOutcome.REFUSED)
        except NobodyThereError:
            return DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)
        except Exception:
            log.exception("the cashier's answer failed")
            return DeviceAnswer(outcome=DeviceOutcome.REFUSED)

    async def _put_to_cashier(self, poi_id: POIID, question: Question) -> DeviceAnswer:
        if question.kind is QuestionKind.CONFIRM:
            confirmed = await self._cashier.confirm(poi_id, question)
            outcome = DeviceOutcome.REFUSED if confirmed is None else DeviceOutcome.DONE
            return DeviceAnswer(outcome=outcome, confirmed=confirmed)
        text = await self._cashier.ask(poi_id, question)
        if text is None:
            return DeviceAnswer(outcome=DeviceOutcome.REFUSED)
        if question.kind is QuestionKind.MENU:
            return _menu_answer(text, question)
        return DeviceAnswer(outcome=DeviceOutcome.DONE, text=text)

    # --- printing -----------------------------------------------------------------------------

    async def _print(
        self, request: DeviceRequest, job: PrintJob, exchanges: Exchanges
    ) -> DeviceAnswer:
        if job.receipt.signature_required:
            self._to_sign.add((request.poi_id, request.service_id))
        receipt = msgspec.to_builtins(job.receipt)
        await self._record("print", request, exchanges, receipt=receipt)
        self._bus.publish(f"poi.{request.poi_id}", job)
        if job.wait:
            return await self._put_on_paper(request.poi_id, job)
        self._tasks.spawn(self._put_on_paper(request.poi_id, job), name="printing")
        return DeviceAnswer(outcome=DeviceOutcome.DONE)

    async def _put_on_paper(self, poi_id: POIID, job: PrintJob) -> DeviceAnswer:
        try:
            printed = await self._cashier.print(poi_id, job)
        except NobodyThereError:
            return DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)
        except Exception:
            log.exception("the printer failed")
            printed = False
        return DeviceAnswer(outcome=DeviceOutcome.DONE if printed else DeviceOutcome.REFUSED)

    # --- the exchange's end -------------------------------------------------------------------

    def exchange_ended(self, poi_id: POIID, service_id: ServiceID) -> None:
        """Withdraw what the terminal asked within it, and forget its answers."""
        asked = self._asked.get(poi_id)
        if asked is not None and asked.request.service_id == service_id:
            asked.withdraw()
        self._repeats.forget(poi_id, service_id)
        self._to_sign.discard((poi_id, service_id))

    def _withdraw_device(self, poi_id: POIID, device_id: DeviceID) -> None:
        asked = self._asked.get(poi_id)
        if asked is not None and asked.request.device_id == device_id:
            asked.withdraw()

    async def _record(
        self, kind: str, request: DeviceRequest, exchanges: Exchanges, **data: Any
    ) -> None:
        # The journal takes ids as they are, for they must be given back; these are a stranger's.
        ids = {
            "service_id": mask_text(request.service_id),
            "device_id": mask_text(request.device_id),
        }
        fact = Fact(
            kind=kind,
            poi_id=request.poi_id,
            at=self._clock.wall(),
            exchange_id=exchanges.exchange_of(request.service_id),
            data={**ids, **data},
        )
        await self._journal.commit(facts=(fact,))

    async def close(self) -> None:
        """Withdraw everything."""
        await self._tasks.aclose()


async def _run(serve: Callable[[], Awaitable[DeviceAnswer]]) -> DeviceAnswer:
    return await serve()


def _menu_answer(text: str, question: Question) -> DeviceAnswer:
    """The number of an entry, or the entry's own text."""
    if text in question.choices:
        return DeviceAnswer(outcome=DeviceOutcome.DONE, choice=question.choices.index(text) + 1)
    if text.isdecimal() and 1 <= int(text) <= max(1, len(question.choices)):
        return DeviceAnswer(outcome=DeviceOutcome.DONE, choice=int(text))
    return DeviceAnswer(outcome=DeviceOutcome.REFUSED)


def printed_of(facts: Iterable[StoredFact]) -> tuple[Receipt, ...]:
    """The receipts that a terminal had printed within an exchange, as the journal has them."""
    kept = (each.fact.data.get("receipt") for each in facts if each.fact.kind == "print")
    return tuple(msgspec.convert(receipt, Receipt) for receipt in kept if receipt)
