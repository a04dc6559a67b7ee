"""A foreign till as the terminal behind the face sees it: its displays, prints and questions, put
as DeviceRequests one after the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from listener.faces.opi.asking import TillDoor
from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import (
    DeviceAnswer,
    DeviceOutcome,
    Display,
    Event,
    PrintJob,
    Progress,
    Question,
    QuestionKind,
)
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.opi.effects import Send
from opi_pos.poi.opi.requests import Header, Slips
from opi_pos.poi.opi.terminal import Terminal
from opi_pos.runtime.cashier import NobodyThereError
from opi_pos.terminals.opi import asking
from opi_pos.wire import opi

SIGNATURE_QUESTION: Final = "Signature OK?"
SHOWN_AT_MOST: Final = 64
"""Displays that wait for a slow till; more are left out."""

_log = logging.getLogger("listener.faces.opi")
_GONE: Final = DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)

Write = Callable[[Send], opi.DeviceRequest]


class TillGuest:
    """Implements `switchboard.Guest` for one request of a till."""

    def __init__(
        self,
        header: Header,
        rules: Terminal,
        door: TillDoor | None,
        *,
        form: opi.Form,
        write: Write,
        slips: Slips,
    ) -> None:
        self.header = header
        self._rules = rules
        self._door = door
        self._form = form
        self._write = write
        self._slips = slips
        self._tasks = Tasks()
        self._turn = asyncio.Lock()
        self._shown = 0
        self._printed: list[Receipt] = []
        self._to_sign = False

    def display(self, display: Display) -> None:
        """Beside everything else; never waits. Idle texts are not this till's."""
        idle = display.progress in {Progress.IDLE, Progress.TERMINAL_BUSY}
        if self._door is None or idle or self._shown >= SHOWN_AT_MOST:
            return
        self._shown += 1
        self._tasks.spawn(self._show(display), name="display of a foreign till")

    def event(self, event: Event) -> None:
        """Terminals of this kind tell no events."""

    async def print(self, job: PrintJob) -> bool:
        """Truthfully: a till that does not print for us has not printed. What nobody waits for
        comes with the other slips, once the outcome is known.
        """
        if not job.wait and not job.receipt.signature_required:
            return True
        return await self._print(job.receipt)

    async def confirm(self, question: Question, *, completed: bool) -> bool | None:
        """Ask the till. One that checks no signatures does so by itself afterwards."""
        if self._door is None or not self._slips.signature:
            if not question.signature:
                raise NobodyThereError("This till takes no questions.")
            return None if completed else True
        if question.signature and not self._to_sign:
            await self._print(_slip_to_sign(question))
        lines = (SIGNATURE_QUESTION,) if question.signature else question.lines
        kind = QuestionKind.CONFIRM
        asked = Question(kind=kind, lines=lines, signature=question.signature, max_s=question.max_s)
        answer = await self._ask(asked)
        return answer.confirmed if answer.outcome is DeviceOutcome.DONE else None

    async def ask(self, question: Question) -> str | None:
        """Any other question."""
        if self._door is None:
            raise NobodyThereError("This till takes no questions.")
        answer = await self._ask(question)
        if answer.outcome is not DeviceOutcome.DONE:
            return None
        if question.kind is QuestionKind.MENU:
            return None if answer.choice is None else str(answer.choice)
        return answer.text or ""

    async def print_all(self, receipts: Sequence[Receipt]) -> None:
        """The slips of a result that have not been printed yet, before the till has its answer."""
        for receipt in receipts:
            if receipt not in self._printed and self._wants(receipt):
                await self._print(receipt)

    async def aclose(self) -> None:
        """Show no more."""
        await self._tasks.aclose()

    # --- inside -------------------------------------------------------------------------------

    def _wants(self, receipt: Receipt) -> bool:
        if receipt.copy is Copy.CUSTOMER:
            return self._slips.customer
        return self._slips.merchant and receipt.copy is Copy.CASHIER

    async def _print(self, receipt: Receipt) -> bool:
        if not self._wants(receipt):
            raise NobodyThereError("This till has no printer for the terminal.")
        answer = await self._ask(PrintJob(receipt=receipt, wait=True))
        if answer.outcome is DeviceOutcome.DONE:
            self._printed.append(receipt)
            self._to_sign |= receipt.signature_required
        return answer.outcome is DeviceOutcome.DONE

    async def _show(self, display: Display) -> None:
        try:
            await self._ask(display)
        finally:
            self._shown -= 1

    async def _ask(self, body: Display | PrintJob | Question) -> DeviceAnswer:
        """One at a time, in order. A till that is not there has no devices; of money that says
        nothing.
        """
        if self._door is None:
            return _GONE
        async with self._turn:
            send = self._rules.send(body, self.header)
            try:
                async with asyncio.timeout(send.deadline_s):
                    response = await self._door.ask(self._write(send), self._form)
            except (LinkError, ProtocolError, TimeoutError) as error:
                _log.warning("workstation %s: %r", self.header.workstation_id, error)
                return _GONE
        if response is not None:
            return asking.answer_of(response, body)
        outcome = DeviceOutcome.DONE if isinstance(body, Display) else DeviceOutcome.UNAVAILABLE
        return DeviceAnswer(outcome=outcome)


def _slip_to_sign(question: Question) -> Receipt:
    return Receipt(copy=Copy.CASHIER, lines=question.lines, signature_required=True)
