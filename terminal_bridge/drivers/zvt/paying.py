"""A money order, from what must be durable first to the terminal's last word."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import PrintJob, Question, QuestionKind
from opi_pos.model.errors import LinkError, OpiPosError
from opi_pos.model.news import AbortLost, Ended, Evidence, NoAnswer, Verdict
from opi_pos.model.news import Answer as Told
from opi_pos.model.news import Refusal as Why
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import Operation
from opi_pos.ports import Wishes
from terminal_bridge.drivers.zvt import answers, orders, recovery
from terminal_bridge.drivers.zvt.context import Talk
from terminal_bridge.drivers.zvt.conversation import Conversation, Finished
from terminal_bridge.drivers.zvt.housekeeping import cure, keep_house
from terminal_bridge.drivers.zvt.line import Line
from terminal_bridge.drivers.zvt.options import Printing
from terminal_bridge.drivers.zvt.profile import FinalAfter, Signature, Snapshot
from terminal_bridge.drivers.zvt.session import (
    REPEAT_S,
    UNHEARD_AT_MOST,
    UNREPEATED_AT_MOST,
    Doubt,
    Session,
    has_none,
    is_busy,
)
from terminal_bridge.drivers.zvt.slips import slips
from terminal_bridge.zvt.limits import REPEAT_WAIT_S
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables import errors

_UNSIGNED: Final = frozenset({Operation.REVERSAL, Operation.RELEASE})
"""They undo: refusing them would take the money again."""
SNAPSHOTS: Final = 3
"""How often the terminal's last numbers are asked for before a payment."""
SIGNATURE_S: Final = 120.0
"""How long the cashier may look at a signature while the terminal is held."""
ANSWER_S: Final = 5.0
"""What is left of the terminal's patience for our answer."""


class Paying:
    """One money order on one session. `tell` gives the end of it."""

    def __init__(self, session: Session, order: MoneyOrder, talk: Talk) -> None:
        self._session = session
        self._terminal = session.terminal
        self._order = order
        self._talk = talk
        self._snapshot_on: Line | None = None
        """The line on which the last numbers were read for this order."""
        self._asked_signature = False
        self._refused_signature = False

    async def carry_out(self, wishes: Wishes, tasks: Tasks) -> None:
        """See `Driver.carry_out`."""
        try:
            orders.message_of(self._order, self._terminal, None)  # refused before anything is said
            refusal = await self._prepared()
            # Not before: on a line that had to be opened anew nothing is in step.
            sync_id = self._session.sync_id if self._terminal.profile.sync_tag else None
            message = orders.message_of(self._order, self._terminal, sync_id)
        except OpiPosError as error:
            await self._talk.tell(NoAnswer(written=False, problem=str(error)))
            return
        if refusal is not None:
            await self._end(refusal)
            return
        await self._talk.tell(Evidence(data={recovery.BEFORE: _plain(self._session.last)}))
        await self._send(message, wishes, tasks)

    # --- before --------------------------------------------------------------------------------

    async def _prepared(self) -> Told | None:
        """An open, registered line, and the last numbers. Raises `LinkError`."""
        aside = self._talk.aside()
        refusal = await self._session.registered(aside)
        if refusal is not None:
            return refusal
        await keep_house(self._session, aside)
        shown = recovery.Before()
        for _ in range(SNAPSHOTS):
            refusal = await self._session.registered(aside)
            # A line that had to be opened anew knows nothing of the terminal's last numbers.
            if refusal is not None or not self._wants_snapshot():
                return refusal
            if (busy := await self._take_snapshot(aside)) is not None:
                return busy
            shown = self._session.last
        refusal = await self._session.registered(aside)
        if refusal is None and self._wants_snapshot():
            if not shown.known:
                raise LinkError("the line was lost before the payment began", written=False)
            # It hangs up after every command; what it showed a moment ago is its last.
            self._session.last = shown
        return refusal

    def _wants_snapshot(self) -> bool:
        wish = self._terminal.profile.snapshot
        if not self._terminal.recovery.repeats or not self._session.repeats:
            return False
        # Where its own menus are free, others may have paid there since.
        once = wish is Snapshot.ONCE and self._terminal.locked
        fresh = self._session.last.known and (once or self._snapshot_on is self._session.line)
        return wish is not Snapshot.NEVER and not fresh

    async def _take_snapshot(self, aside: Talk) -> Told | None:
        """The terminal's last numbers; gives its refusal when it is busy.

        A terminal that does not repeat is asked twice and no more; it costs its timeout.
        """
        session = self._session
        self._snapshot_on = session.line
        try:
            async with asyncio.timeout(REPEAT_S):
                finished, status = await session.last_status(aside)
        except TimeoutError:
            session.unrepeated += 1
            session.repeats = session.showed or session.unrepeated < UNREPEATED_AT_MOST
            await session.hang_up()
            return None
        if status is not None:
            session.seen(status, in_sync=False)
        elif has_none(finished):
            session.last = recovery.Before(known=True, showed=session.showed)
        elif finished.by is None or finished.disturbed:
            session.unheard += 1
            session.repeats = session.showed or session.unheard < UNHEARD_AT_MOST
        elif is_busy(finished):
            return Told(verdict=Verdict.REFUSED, refusal=Why.BUSY, message="The terminal is busy.")
        else:
            session.repeats = False
        await session.settle()
        return None

    # --- the command ---------------------------------------------------------------------------

    async def _send(self, message: Message, wishes: Wishes, tasks: Tasks) -> None:
        try:
            line = await self._session.open()
        except LinkError as error:
            await self._talk.tell(NoAnswer(written=False, problem=str(error)))
            return
        watching = tasks.spawn(self._heed(line, wishes), name="zvt aborts")
        conversation = Conversation(
            line, self._terminal, self._talk, on_status=self._status, for_payment=True
        )
        doubt = self._session.doubts[self._talk.command.service_id] = Doubt()
        try:
            finished = await conversation.carry(message)
        except OpiPosError as error:
            del self._session.doubts[self._talk.command.service_id]
            await self._talk.tell(NoAnswer(written=False, problem=str(error)))
            return
        finally:
            watching.cancel()
            doubt.begun = conversation.begun
        linger_s = self._terminal.profile.linger_s
        if linger_s and isinstance(finished.by, Completion) and not finished.receipts:
            await conversation.linger(linger_s)
        await self._judge(finished)

    async def _heed(self, line: Line, wishes: Wishes) -> None:
        """An abort is a wish: whatever the terminal says to it, the command ends by its own end."""
        while True:
            await wishes.abort_wished()
            if problem := await line.abort():
                await self._talk.tell(AbortLost(problem=problem))

    # --- 04 0F ---------------------------------------------------------------------------------

    async def _status(self, status: StatusInformation) -> Answer | Refusal:
        """Rule 5: it is durable before it is acknowledged, and no result yet."""
        received = recovery.received_of(status)
        await self._talk.tell(Evidence(data={recovery.RECEIVED: _plain(received)}))
        if self._must_ask_now(status) and not await self._signature_is_right(status):
            return Refusal(error=errors.ABORTED)
        return ACKNOWLEDGEMENT

    def _must_ask_now(self, status: StatusInformation) -> bool:
        hold = self._terminal.signature is Signature.HOLD and self._order.operation not in _UNSIGNED
        return hold and not self._asked_signature and answers.signature_wanted(status)

    async def _signature_is_right(self, status: StatusInformation) -> bool:
        """Hold the terminal, give out the slip to sign, ask. Nobody there: the payment stands."""
        self._asked_signature = True
        line = self._session.line
        if line is not None:
            line.hold()
        for slip in self._slips(status):
            if slip.signature_required:
                await self._talk.ask(PrintJob(receipt=slip))
        max_s = self._signature_s()
        question = Question(kind=QuestionKind.CONFIRM, signature=True, max_s=max_s)
        answer = await self._talk.ask(question)
        self._refused_signature = answer is not None and answer.confirmed is False
        return not self._refused_signature

    def _signature_s(self) -> float:
        """As long as the terminal can be held: a question that is left open then is asked again
        after completion, without a deadline.
        """
        profile = self._terminal.profile
        last_s = (profile.goods_s or orders.GOODS_S) - ANSWER_S
        return min(SIGNATURE_S, profile.holds * REPEAT_WAIT_S + last_s)

    def _slips(self, status: StatusInformation) -> tuple[Receipt, ...]:
        terminal = self._terminal
        return slips(status, self._order, width=terminal.width, language=terminal.language)

    # --- the end -------------------------------------------------------------------------------

    async def _judge(self, finished: Finished) -> None:
        explain = answers.explain_in(self._terminal.language)
        match finished.by:
            case Completion() as end:
                answer = answers.completed(end, finished.status, explain)
            case AbortByTerminal() as end:
                answer = answers.aborted(end, finished.status, explain, at_work=finished.at_work)
                if finished.status is None and end.result_code is not None:
                    self._note_need(end.result_code)
                if self._refused_signature or finished.refused_signature:
                    answer = msgspec.structs.replace(
                        answer, verdict=Verdict.DECLINED, message="The signature was refused."
                    )
            case Refusal() as refusal if not finished.may_run:
                answer = answers.refused(refusal, explain)
            case _ if self._is_final(finished):
                text = "The connection was lost after the terminal had made it final."
                answer = Told(verdict=Verdict.APPROVED, message=text)
            case _:
                await self._lost(finished)
                return
        await self._end(await self._with_details(answer, finished))

    def _is_final(self, finished: Finished) -> bool:
        """Lost during the prints of a terminal for which the status information is enough: it went
        on in the command, so it has our acknowledgement.
        """
        status = finished.status
        by_status = self._terminal.profile.final_after is FinalAfter.STATUS
        approved = status is not None and status.result_code == errors.OK
        return by_status and approved and finished.went_on

    async def _lost(self, finished: Finished) -> None:
        """Recovery decides. What the terminal counts as its last transaction is not certain."""
        self._session.last = recovery.Before()
        self._session.sync_id = b""
        problem = finished.problem or "the terminal did not say how it ended"
        await self._talk.tell(NoAnswer(written=True, problem=problem))

    async def _with_details(self, answer: Told, finished: Finished) -> Told:
        status = finished.status
        if status is None:
            return msgspec.structs.replace(answer, receipts=tuple(finished.receipts))
        self._session.seen(status)
        receipts = tuple(finished.receipts) or await self._built(status)
        members = answers.details(status, self._order, receipts, self._terminal.now())
        if answer.verdict is not Verdict.APPROVED:
            members = {name: members[name] for name in ("receipts", "card", "terminal_transaction")}
        return msgspec.structs.replace(answer, **members)

    async def _built(self, status: StatusInformation) -> tuple[Receipt, ...]:
        """The till's own slips, where it prints and the terminal sent nothing to print."""
        if self._terminal.printing is Printing.TERMINAL:
            return ()
        built = self._slips(status)
        if self._terminal.full:
            for slip in built:
                await self._talk.ask(PrintJob(receipt=slip))
        return built

    async def _end(self, answer: Told) -> None:
        command = self._talk.command
        if answer.verdict is not Verdict.UNCLEAR:
            self._session.doubts.pop(command.service_id, None)
        if answer.verdict is Verdict.REFUSED and answer.condition:
            self._note_need(int(answer.condition, 16))
        await self._talk.tell(
            Ended(
                answer=msgspec.structs.replace(
                    answer,
                    service_id=command.service_id,
                    sale_id=command.sale_id,
                    poi_id=command.poi_id,
                    reference=self._order.reference,
                    sale_time=self._order.sale_time,
                )
            )
        )

    def _note_need(self, code: int) -> None:
        if (control := cure(code)) is not None:
            self._session.needs.add(control)


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(struct)
    return data
