"""One command on the line, from its first byte to the end of the master rights.

It answers what the terminal says meanwhile: texts go to the cashier, receipts are gathered,
questions are asked. What a status information means is for the caller (`on_status`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from opi_pos.model.devices import DeviceOutcome as Outcome
from opi_pos.model.devices import Display, Event, EventKind, PrintJob
from opi_pos.model.news import Running, Written
from opi_pos.model.receipts import Receipt
from terminal_bridge.drivers.zvt import questions, shown
from terminal_bridge.drivers.zvt.context import Talk, Terminal
from terminal_bridge.drivers.zvt.line import Happening, Line, LinkLost, silence_text
from terminal_bridge.drivers.zvt.receipts import ReceiptGatherer
from terminal_bridge.zvt.dialogue.events import (
    Accepted,
    AnswerOwed,
    Ended,
    LineFailed,
    Notified,
    Silence,
)
from terminal_bridge.zvt.limits import T2_S
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.dialogs import (
    BlockListQuery,
    GraphicMenuRequest,
    InputRequest,
    MenuRequest,
)
from terminal_bridge.zvt.messages.printing import PrintBlock, PrintLine
from terminal_bridge.zvt.messages.status import (
    AbortByTerminal,
    Completion,
    IntermediateStatus,
    SetTillClock,
    StatusInformation,
)
from terminal_bridge.zvt.tables import errors

End = Answer | Refusal | Completion | AbortByTerminal | StatusInformation

OUT_OF_STEP: Final = "the terminal still speaks of an earlier command"
MAX_STATUSES: Final = 64
"""Status informations of one command that are kept."""


@dataclass(slots=True, kw_only=True)
class Finished:
    """How it ended. `by` None: the line was lost, and `problem` says how."""

    by: End | None = None
    problem: str = ""
    statuses: list[StatusInformation] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    accepted: bool = False
    """80 00 came."""
    may_run: bool = False
    """A refusal may be that of a second copy, while the first one runs."""
    disturbed: bool = False
    """Frames were damaged, or a whole one may have been lost: what did not come may have been sent.
    """
    out_of_step: bool = False
    """The line was lost because the terminal still spoke of an earlier command."""
    at_work: bool = False
    """The terminal showed or asked something within it: a refusal is no longer one to begin."""
    refused_signature: bool = False
    """The cashier said No to 06 D0."""
    went_on: bool = False
    """The terminal said something after its last status information was acknowledged."""

    @property
    def status(self) -> StatusInformation | None:
        """The last status information; it is the one that counts."""
        return self.statuses[-1] if self.statuses else None


OnStatus = Callable[[StatusInformation], Awaitable[Answer | Refusal]]
"""Decides what is answered to 04 0F; it is acknowledged when this returns."""


async def acknowledge(status: StatusInformation) -> Answer | Refusal:
    """Nothing to decide."""
    del status
    return ACKNOWLEDGEMENT


class Conversation:
    """`talk` None: nobody is told anything; beside an order only receipts are handed out."""

    def __init__(
        self,
        line: Line,
        terminal: Terminal,
        talk: Talk | None = None,
        *,
        on_status: OnStatus = acknowledge,
        for_payment: bool = False,
        brief: bool = False,
    ) -> None:
        """`brief`: within this command the terminal has nothing to ask."""
        self._line = line
        self._terminal = terminal
        self._talk = talk
        self._on_status = on_status
        self._brief = brief
        self._gatherer = ReceiptGatherer(terminal.width, for_payment=for_payment)
        self._finished = Finished(receipts=self._gatherer.receipts)
        self._acknowledged = False
        self._over = False

    @property
    def begun(self) -> bool:
        """Whether the terminal gave a sign within it."""
        return self._finished.accepted or bool(self._finished.statuses)

    async def carry(self, message: Message) -> Finished:
        """Send a command and see it through. Raises `LinkError` and `ProtocolError` as
        `Line.send`: then nothing was written.
        """
        loop = asyncio.get_running_loop()
        noise, began = self._line.noise, loop.time()
        self._line.send(message)
        if self._told is not None:
            await self._told.tell(Written())
        while not self._over:
            await self._take(await self._line.next())
        lasted = loop.time() - began
        late = self._line.has_past and lasted >= T2_S
        self._finished.disturbed = late or self._line.noise != noise
        return self._finished

    async def linger(self, seconds: float) -> None:
        """After the end: take the receipts that some terminals print only then."""
        unasked, self._line.unasked = self._line.unasked, None
        try:
            async with asyncio.timeout(seconds):
                while not self._line.lost:
                    happening = await self._line.next()
                    if isinstance(happening, AnswerOwed):
                        await self._asked(happening.message)
        except TimeoutError:
            pass
        finally:
            self._line.unasked = unasked

    async def _take(self, happening: Happening) -> None:
        match happening:
            case Accepted():
                # No sign of life yet: a locked terminal says 80 00, and then why it does nothing.
                self._finished.accepted = True
            case Notified(message, _):
                self._finished.at_work = True
                self._goes_on()
                await self._notified(message)
            case AnswerOwed(message, _, _):
                self._finished.at_work = True
                if not isinstance(message, StatusInformation):
                    self._goes_on()
                await self._asked(message)
            case Ended(_, by, may_run):
                self._over = True
                self._finished.may_run = may_run
                await self._ended(by)
            case Silence() | LineFailed() | LinkLost():
                self._over = True
                self._finished.problem = silence_text(happening)
            case _:
                pass

    def _goes_on(self) -> None:
        self._finished.went_on = self._finished.went_on or self._acknowledged

    async def _ended(self, by: End) -> None:
        if self._is_foreign(by):
            self._fall_out_of_step()
            return
        self._finished.by = by
        receipt = self._gatherer.flush()
        if receipt is not None:
            await self._print(receipt)

    def _is_foreign(self, by: End) -> bool:
        """Whether it may be the end of a command from before this line was opened. The answers to
        ours come in their order: first 80 00, and nothing that fits no command.
        """
        if not self._line.has_past:
            return False
        unanswered = not self._finished.accepted and not isinstance(by, Answer | Refusal)
        return self._line.out_of_step or unanswered

    def _fall_out_of_step(self) -> None:
        """Nothing more is answered: the terminal ends its earlier command by its own rule, and
        06 20 tells how.
        """
        self._over = True
        self._line.out_of_step = True
        self._finished.problem = OUT_OF_STEP
        self._finished.out_of_step = True
        self._line.break_off(OUT_OF_STEP)

    # --- what the terminal tells ---------------------------------------------------------------

    async def _notified(self, message: Message) -> None:
        if self._told is None:
            return
        match message:
            case IntermediateStatus():
                display = shown.display_of(message, self._terminal.language)
                await self._show(display)
            case SetTillClock(date=date, time=time):
                told = Event(
                    kind=EventKind.OTHER, name="SetTillClock", details=f"{date or ''} {time or ''}"
                )
                await self._told.ask(told)
            case _:
                pass

    async def _show(self, display: Display | None) -> None:
        if self._told is None:
            return
        if display is None or not self._terminal.full:
            text = " ".join(display.lines) if display is not None else ""
            await self._told.tell(Running(message=text))
        else:
            await self._told.ask(display)

    @property
    def _told(self) -> Talk | None:
        """Who is told how the command itself goes on."""
        return None if self._talk is None or self._talk.beside else self._talk

    # --- what the terminal wants answered ------------------------------------------------------

    async def _asked(self, message: Message) -> None:
        match message:
            case StatusInformation() | PrintLine() | PrintBlock() if self._brief:
                self._fall_out_of_step()
            case StatusInformation():
                await self._status(message)
            case PrintLine():
                await self._printed(self._gatherer.take_line(message))
            case PrintBlock():
                await self._printed(self._gatherer.take_block(message))
            case GraphicMenuRequest() if not questions.is_last_chunk(message):
                self._line.answer(ACKNOWLEDGEMENT)
            case GraphicMenuRequest() | MenuRequest() | InputRequest() | BlockListQuery():
                await self._question(message)
            case _:
                self._line.answer(Refusal(error=errors.FUNCTION_NOT_POSSIBLE))

    async def _status(self, status: StatusInformation) -> None:
        """The same one again (after 84 9C, or because our answer got lost) is decided anew."""
        self._acknowledged = False
        statuses = self._finished.statuses
        if status != self._finished.status:
            del statuses[: len(statuses) - MAX_STATUSES + 1]
            statuses.append(status)
        answer = await self._on_status(status)
        await self._until_owed()
        # Said before it leaves: what comes next proves that it arrived.
        self._acknowledged = isinstance(answer, Answer)
        self._line.answer(answer)

    async def _until_owed(self) -> None:
        """While the cashier was asked, the terminal was told to wait; it asks again by itself."""
        self._line.holding = False
        while self._line.owed is None and not self._over:
            happening = await self._line.next()
            if not isinstance(happening, AnswerOwed):
                await self._take(happening)

    async def _printed(self, receipt: Receipt | None) -> None:
        if receipt is None:
            self._line.answer(ACKNOWLEDGEMENT)
            return
        done = await self._print(receipt)
        out = not done and self._terminal.options.wait_for_paper
        refusal = Refusal(error=errors.PRINTER_NOT_READY)
        self._line.answer(refusal if out else ACKNOWLEDGEMENT)

    async def _print(self, receipt: Receipt) -> bool:
        """Hand a receipt to the till's printer. In light integration it comes with the result."""
        if self._talk is None or not self._terminal.full:
            return True
        wait = self._terminal.options.wait_for_paper
        answer = await self._talk.ask(PrintJob(receipt=receipt, wait=wait))
        return answer is None or answer.outcome is Outcome.DONE

    async def _question(self, message: Message) -> None:
        question = questions.question_of(message)
        answer = None
        if question is not None and self._talk is not None and self._terminal.full:
            self._line.holding = isinstance(message, BlockListQuery)
            answer = await self._talk.ask(question)
        if questions.is_signature(message) and answer is not None:
            self._finished.refused_signature = answer.confirmed is False
        self._line.answer(questions.reply(message, answer))
