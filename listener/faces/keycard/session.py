"""One accepted command: its number, its callbacks, and what the terminal behind asks meanwhile."""

from __future__ import annotations

import asyncio

from listener.faces.keycard import results
from listener.faces.keycard.calls import Calls
from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import Display, Event, PrintJob, Progress, Question
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import Result
from opi_pos.runtime.cashier import NobodyThereError
from opi_pos.wire import keycard


class KeycardSession:
    """Implements `switchboard.Guest`: the API knows displays, and nothing to ask a cashier."""

    def __init__(self, number: int, request: keycard.Request, calls: Calls, tasks: Tasks) -> None:
        self.number = number
        self.request = request
        self.calls = calls
        self.order: MoneyOrder | None = None
        self.printed: list[Receipt] = []
        self.in_doubt = False
        self.result: Result | None = None
        self.ended = asyncio.Event()
        """The outcome is known (and perhaps not delivered yet)."""
        self._tasks = tasks

    def tell(self, text: str) -> None:
        """An intermediate state."""
        self.calls.intermediate(results.intermediate(self.request.command, text), self._tasks)

    # --- Guest --------------------------------------------------------------------------------

    def display(self, display: Display) -> None:
        """What the terminal shows. Its idle text belongs to no command, and a diagnosis has no
        message but its end.
        """
        is_told = self.request.command != keycard.Command.DIAGNOSIS_SIMPLE
        if is_told and display.progress is not Progress.IDLE:
            self.tell("\n".join(display.lines))

    async def confirm(self, question: Question, *, completed: bool) -> bool | None:
        """The API cannot ask for a signature: the receipt has a line for it, the merchant looks,
        and reverses if it is wrong.
        """
        if not question.signature:
            raise NobodyThereError("Key & Card's API has no questions.")
        return None if completed else True

    async def ask(self, question: Question) -> str | None:
        """There is no such message."""
        del question
        raise NobodyThereError("Key & Card's API has no questions.")

    async def print(self, job: PrintJob) -> bool:
        """Printed by the client, from the end message."""
        self.printed.append(job.receipt)
        return True

    def event(self, event: Event) -> None:
        """There is no such message."""
