"""ZVT drivers with one classic mistake each. The world must find every one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import msgspec

from opi_pos.model.news import Answer as Told
from opi_pos.model.news import Ended, NoAnswer, NotKnown, Verdict
from opi_pos.runtime.poi import Poi
from opi_pos.session import effects as fx
from terminal_bridge.drivers.zvt import answers, recovery
from terminal_bridge.drivers.zvt.conversation import Conversation, Finished
from terminal_bridge.drivers.zvt.line import Happening
from terminal_bridge.drivers.zvt.paying import Paying
from terminal_bridge.drivers.zvt.recovery import Judgement
from terminal_bridge.drivers.zvt.session import Session
from terminal_bridge.drivers.zvt.status import Asking
from terminal_bridge.zvt.dialogue.events import Accepted
from terminal_bridge.zvt.messages.answers import Refusal
from terminal_bridge.zvt.messages.status import Completion, StatusInformation
from terminal_bridge.zvt.tables import errors
from tests.world.mutants import NEXO, Mutant, method


def _accepted_is_approved() -> list[Any]:
    """80 00 taken for a result."""
    true_take = Conversation._take

    async def take(self: Conversation, happening: Happening) -> None:
        await true_take(self, happening)
        if isinstance(happening, Accepted) and self._told is not None:
            self._finished.statuses.append(StatusInformation(result_code=0))
            await self._ended(Completion())
            self._over = True

    return [method(Conversation, "_take", take)]


def _status_is_final() -> list[Any]:
    """04 0F with result 00 is enough, whatever the terminal does after it."""

    def is_final(self: Paying, finished: Finished) -> bool:
        status = finished.status
        return status is not None and status.result_code == errors.OK

    return [method(Paying, "_is_final", is_final)]


def _written_answer_is_delivered() -> list[Any]:
    """As soon as our acknowledgement was written, the terminal is thought to have it."""
    true_status = Conversation._status

    async def status(self: Conversation, shown: StatusInformation) -> None:
        await true_status(self, shown)
        self._finished.went_on = self._acknowledged

    def is_final(self: Paying, finished: Finished) -> bool:
        shown = finished.status
        return shown is not None and shown.result_code == errors.OK and finished.went_on

    return [method(Conversation, "_status", status), method(Paying, "_is_final", is_final)]


def _taken_back_is_approved() -> list[Any]:
    """06 1E after an approving 04 0F: the status is believed, not the end."""
    true_aborted = answers.aborted

    def aborted(end: Any, status: StatusInformation | None, explain: Any, **words: Any) -> Told:
        told = true_aborted(end, status, explain, **words)
        approving = status is not None and status.result_code == errors.OK
        return msgspec.structs.replace(told, verdict=Verdict.APPROVED) if approving else told

    return [patch.object(answers, "aborted", aborted)]


def _lost_line_is_declined() -> list[Any]:
    async def lost(self: Paying, finished: Finished) -> None:
        await self._end(Told(verdict=Verdict.DECLINED))

    return [method(Paying, "_lost", lost)]


def _lost_line_never_began() -> list[Any]:
    async def lost(self: Paying, finished: Finished) -> None:
        await self._end(Told(verdict=Verdict.REFUSED))

    return [method(Paying, "_lost", lost)]


def _judged_by_amount() -> list[Any]:
    """The last transaction is ours if its amount is: nothing is compared with what was before."""
    true_judge = recovery.judge

    def judge(evidence: Any, order: Any, shown: StatusInformation | None, policy: Any) -> Judgement:
        ours = shown is not None and not shown.result_code and recovery.fits(shown, order)
        return Judgement.EXECUTED if ours else true_judge(evidence, order, shown, policy)

    return [patch.object(recovery, "judge", judge)]


def _not_the_last_is_absent() -> list[Any]:
    """What is not certainly ours was never taken."""
    true_judge = recovery.judge

    def judge(evidence: Any, order: Any, shown: StatusInformation | None, policy: Any) -> Judgement:
        judged = true_judge(evidence, order, shown, policy)
        return Judgement.ABSENT if judged is Judgement.UNKNOWN else judged

    return [patch.object(recovery, "judge", judge)]


def _reversal_overlooked() -> list[Any]:
    """BMP 37 is not looked at."""
    true_judge = recovery.judge

    def judge(evidence: Any, order: Any, shown: StatusInformation | None, policy: Any) -> Judgement:
        judged = true_judge(evidence, order, shown, policy)
        return Judgement.EXECUTED if judged is Judgement.UNDONE else judged

    return [patch.object(recovery, "judge", judge)]


def _absent_at_once() -> list[Any]:
    """The terminal is busy, or silent: then it knows of nothing."""

    async def news(self: Asking) -> Any:
        shown = None
        if await self._until_free() is None and await self._session.registered() is None:
            _, shown = await self._session.last_status()
        if (
            shown is None
            or recovery.judge(self._evidence, self._order.order, shown, self._terminal.recovery)
            is not Judgement.EXECUTED
        ):
            answer = answers.evident(self._order.service_id, Verdict.DECLINED, "nothing there")
            return Ended(answer=answer)
        return Ended(answer=self._answer(Judgement.EXECUTED, shown))

    return [method(Asking, "_news", news)]


def _never_written() -> list[Any]:
    """Without a sign of the terminal the command is thought not to have left."""

    async def news(self: Asking) -> Any:
        return NotKnown()

    return [method(Asking, "_news", news)]


def _stale_sync_tag() -> list[Any]:
    """1F1F of the last transaction that was heard of in its own command, whatever came since."""
    true_open, true_judged = Session._open, Asking._judged

    async def lost(self: Paying, finished: Finished) -> None:
        self._session.last = recovery.Before()
        await self._talk.tell(NoAnswer(written=True, problem=finished.problem))

    async def opened(self: Session, unasked: Any) -> Any:
        kept = self.sync_id
        line = await true_open(self, unasked)
        self.sync_id = kept
        return line

    def judged(self: Asking, shown: StatusInformation | None) -> Any:
        kept = self._session.sync_id
        news = true_judged(self, shown)
        self._session.sync_id = kept
        return news

    return [
        method(Paying, "_lost", lost),
        method(Session, "_open", opened),
        method(Asking, "_judged", judged),
    ]


def _past_not_minded() -> list[Any]:
    """On a serial line whatever comes is taken for the answer to our command."""

    async def check(self: Session, *_: Any) -> None:
        return

    return [
        method(Conversation, "_is_foreign", lambda *_: False),
        method(Session, "_check_step", check),
    ]


def _signature_not_reversed() -> list[Any]:
    """A refused signature is told as a decline, and acknowledged all the same."""
    true_right = Paying._signature_is_right

    async def right(self: Paying, shown: StatusInformation) -> bool:
        await true_right(self, shown)
        return True

    true_end = Paying._end

    async def end(self: Paying, answer: Told) -> None:
        if self._refused_signature:
            answer = msgspec.structs.replace(answer, verdict=Verdict.DECLINED)
        await true_end(self, answer)

    return [method(Paying, "_signature_is_right", right), method(Paying, "_end", end)]


def _any_refusal_is_busy() -> list[Any]:
    """What is lost is sent again, as if the terminal had been busy."""
    true_judge = Paying._judge

    async def judge(self: Paying, finished: Finished) -> None:
        if finished.by is None:
            finished.by, finished.may_run = Refusal(error=errors.BUSY), False
        await true_judge(self, finished)

    return [method(Paying, "_judge", judge)]


def _nothing_durable_before() -> list[Any]:
    """Neither the intent nor the numbers of before are recorded."""
    true_record = Poi._record

    async def record(self: Poi, record: fx.Record) -> bool:
        if any(fact.kind in {"intent", "sent_again", "evidence"} for fact in record.facts):
            return True
        return await true_record(self, record)

    return [method(Poi, "_record", record)]


def _none_where_it_was_lost() -> list[Any]:
    """A repeated 04 0F that a bad line swallowed is taken for none."""
    true_carry = Conversation.carry

    async def carry(self: Conversation, message: Any) -> Finished:
        finished = await true_carry(self, message)
        finished.disturbed = False
        return finished

    return [method(Conversation, "carry", carry)]


_CORE = {
    "retry on timeout": 4,
    "timeout taken as declined": 4,
    "a broken link taken as never left": 4,
    "outcome not synced": 81,
    "abort taken as the end": 60,
    "no recovery at start": 0,
    "a restart sends again": 45,
    "the key is not checked": 41,
}
"""Mistakes of the rules, whatever the terminal, and a seed that found each."""

ZVT = (
    *(replace(each, found_by=_CORE[each.name]) for each in NEXO if each.name in _CORE),
    Mutant(
        name="nothing recorded before the command", patches=_nothing_durable_before, found_by=45
    ),
    Mutant(
        name="nothing synced before the command",
        unsynced=frozenset({"intent", "progress"}),
        found_by=49,
    ),
    Mutant(name="80 00 taken as the result", patches=_accepted_is_approved, found_by=1),
    Mutant(name="04 0F taken as the result", patches=_status_is_final, found_by=28),
    Mutant(
        name="a written answer taken as delivered",
        patches=_written_answer_is_delivered,
        found_by=28,
    ),
    Mutant(name="04 0F believed against 06 1E", patches=_taken_back_is_approved, found_by=27),
    Mutant(name="a lost line taken as a decline", patches=_lost_line_is_declined, found_by=4),
    Mutant(name="a lost line taken as never begun", patches=_lost_line_never_began, found_by=7),
    Mutant(name="a lost line taken as busy", patches=_any_refusal_is_busy, found_by=7),
    Mutant(name="judged by the amount alone", patches=_judged_by_amount, found_by=3),
    Mutant(
        name="another's transaction taken as absence", patches=_not_the_last_is_absent, found_by=13
    ),
    Mutant(name="a booked reversal overlooked", patches=_reversal_overlooked, found_by=79),
    Mutant(name="nothing to see taken as nothing done", patches=_absent_at_once, found_by=4),
    Mutant(name="silence taken as never written", patches=_never_written, found_by=36),
    Mutant(name="a stale sync tag", patches=_stale_sync_tag, found_by=16),
    Mutant(name="the past of a serial line not minded", patches=_past_not_minded, found_by=46),
    Mutant(name="none where it was lost", patches=_none_where_it_was_lost, found_by=69),
    Mutant(name="a refused signature acknowledged", patches=_signature_not_reversed, found_by=21),
)
