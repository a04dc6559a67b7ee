"""What became of a money order: 05 01 until the terminal is free, 06 20, and a comparison.

One round per question; the till asks again. Nothing here moves money.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from opi_pos.model.errors import LinkError
from opi_pos.model.news import Answer as Told
from opi_pos.model.news import Ended, NoAnswer, NoSession, NotKnown, Refusal, Running, Verdict
from opi_pos.model.orders import AskStatus
from terminal_bridge.drivers.zvt import answers, recovery
from terminal_bridge.drivers.zvt.context import Talk
from terminal_bridge.drivers.zvt.conversation import Finished
from terminal_bridge.drivers.zvt.housekeeping import cure
from terminal_bridge.drivers.zvt.recovery import Judgement
from terminal_bridge.drivers.zvt.session import Doubt, Session, has_none, is_busy
from terminal_bridge.drivers.zvt.slips import slips
from terminal_bridge.zvt.messages import answers as wire
from terminal_bridge.zvt.messages.session import (
    SEND_STATUS_INFORMATION,
    RepeatReceipt,
    StatusEnquiry,
)
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables import errors

ROUND_S: Final = 13.0
"""One question about an exchange; the till gives up after 15 s."""

_NOT_LEFT: Final = {
    Judgement.ABSENT: "The terminal has no record of it: nothing was taken, or it was taken back.",
    Judgement.UNDONE: "The terminal has reversed it.",
    Judgement.DECLINED: "The terminal recorded it as declined.",
}


class Asking:
    """One question about one money order."""

    def __init__(self, session: Session, order: AskStatus, talk: Talk) -> None:
        self._session = session
        self._terminal = session.terminal
        self._order = order
        self._talk = talk
        self._aside = talk.aside()
        self._evidence = recovery.read_evidence(order.evidence)

    async def carry_out(self) -> None:
        """Tell what is known, or nothing when time ran out."""
        if self._order.reprint:
            await self._reprint()
            return
        if not self._evidence.written:
            # What stood before the command is durable before it is written: it never was.
            await self._talk.tell(NotKnown())
            return
        try:
            async with asyncio.timeout(ROUND_S):
                news = await self._news()
        except TimeoutError:
            await self._session.hang_up()
            news = NoAnswer(written=True, problem="the terminal did not say in time")
        except LinkError as error:
            news = NoAnswer(written=True, problem=str(error))
        await self._talk.tell(news)

    # --- asking --------------------------------------------------------------------------------

    async def _news(self) -> Any:
        if asyncio.get_running_loop().time() < self._session.speaks_until:
            return Running(message="the terminal goes on by itself")
        if (waiting := await self._until_free()) is not None:
            return waiting
        if (refusal := await self._session.registered(self._aside)) is not None:
            return _of_refusal(refusal)
        finished, shown = await self._session.last_status(self._aside)
        if is_busy(finished):
            return Running(message="the terminal is busy")
        if shown is None and not has_none(finished):
            return self._not_told(finished)
        return self._judged(shown)

    async def _until_free(self) -> Any:
        """05 01: None when it is free, or does not say."""
        finished = await self._session.carry(StatusEnquiry(), self._aside)
        if is_busy(finished):
            return Running(message="the terminal is busy")
        match finished.by:
            case Completion(terminal_status=status) if status is not None:
                if status == errors.PLEASE_WAIT:
                    return Running(message="the terminal asks to wait")
                if (control := cure(status)) is not None:
                    self._session.needs.add(control)
            case None:
                return NoAnswer(written=True, problem=finished.problem)
            case _:
                pass
        return None

    def _not_told(self, finished: Finished) -> Any:
        match finished.by:
            case None:
                return NoAnswer(written=True, problem=finished.problem)
            case AbortByTerminal(result_code=code) if code is not None and cure(code) is not None:
                # Locked, so nothing runs; a login sees to what it wants.
                return NoSession(certain=True)
            case _:
                problem = "the terminal does not repeat its last transaction"
                return NoAnswer(written=True, problem=problem)

    # --- comparing -----------------------------------------------------------------------------

    def _judged(self, shown: StatusInformation | None) -> Any:
        judgement = recovery.judge(
            self._evidence, self._order.order, shown, self._terminal.recovery
        )
        if judgement is Judgement.UNKNOWN:
            problem = "the terminal's last transaction does not say what became of this one"
            return NoAnswer(written=True, problem=problem)
        if judgement is Judgement.ABSENT and (news := self._absent()) is not None:
            return news
        if shown is not None:
            self._session.seen(shown, in_sync=judgement is Judgement.EXECUTED)
        self._session.doubts.pop(self._order.service_id, None)
        return Ended(answer=self._answer(judgement, shown))

    def _absent(self) -> Any:
        """What may yet come to the terminal is not absent. None when it certainly is."""
        doubt = self._session.doubts.setdefault(self._order.service_id, Doubt())
        if not doubt.begun and self._evidence.received is None:
            return NotKnown()  # the till lets it stand when it is said again
        now = asyncio.get_running_loop().time()
        if doubt.absent_since is None:
            doubt.absent_since = now
        if now - doubt.absent_since < self._terminal.recovery.settle_s:
            return NoAnswer(written=True, problem="the terminal shows no record of it yet")
        return None

    def _answer(self, judgement: Judgement, shown: StatusInformation | None) -> Told:
        service_id, order = self._order.service_id, self._order.order
        if judgement is not Judgement.EXECUTED:
            return answers.evident(service_id, Verdict.DECLINED, _NOT_LEFT[judgement])
        assert shown is not None, "what was executed is shown"
        receipts = slips(shown, order, width=self._terminal.width, language=self._terminal.language)
        members = answers.details(shown, order, receipts, self._terminal.now())
        text = "Found by the terminal's last transaction."
        return answers.evident(service_id, Verdict.APPROVED, text, **members)

    # --- the receipt once more -----------------------------------------------------------------

    async def _reprint(self) -> None:
        """06 20 prints the last receipts, and tells whose they are."""
        try:
            refusal = await self._session.registered(self._aside)
            if refusal is not None:
                await self._talk.tell(Ended(answer=refusal))
                return
            message = RepeatReceipt(
                password=self._terminal.password, service=SEND_STATUS_INFORMATION
            )
            finished = await self._session.carry(message, self._aside)
        except LinkError as error:
            await self._talk.tell(NoAnswer(written=False, problem=str(error)))
            return
        await self._talk.tell(self._reprinted(finished))

    def _reprinted(self, finished: Finished) -> Any:
        explain = answers.explain_in(self._terminal.language)
        status, order = finished.status, self._order.order
        match finished.by:
            case None:
                return NoAnswer(written=True, problem=finished.problem)
            case Completion():
                pass
            case AbortByTerminal() as end:
                return Ended(answer=answers.aborted(end, status, explain))
            case wire.Refusal() as refused:
                return Ended(answer=answers.refused(refused, explain))
            case _:
                return NotKnown()
        if status is not None and not recovery.fits(status, order):
            return NotKnown()
        receipts = tuple(finished.receipts)
        if status is not None and not receipts:
            receipts = slips(
                status, order, width=self._terminal.width, language=self._terminal.language
            )
        verdict = Verdict.APPROVED if receipts else Verdict.UNCLEAR
        service_id = self._order.service_id
        return Ended(answer=Told(verdict=verdict, service_id=service_id, receipts=receipts))


def _of_refusal(refusal: Told) -> Any:
    if refusal.refusal is Refusal.BUSY:
        return Running(message=refusal.message)
    return NoAnswer(written=True, problem=refusal.message)
