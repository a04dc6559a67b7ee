"""A foreign till as the terminal behind the face sees it: displays, prints and questions of one
service, put as device requests of ours.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from listener.faces.nexo.outbox import Outbox
from listener.faces.nexo.service import Service
from listener.faces.nexo.session import TillSession
from listener.faces.nexo.sessions import Sessions
from opi_pos.model.devices import (
    DeviceAnswer,
    DeviceOutcome,
    Display,
    Event,
    EventKind,
    PrintJob,
    Progress,
    Question,
    QuestionKind,
)
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.nexo.effects import Send
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.runtime.cashier import NobodyThereError

SIGNATURE_QUESTION: Final = "Signature OK?"
LOGIN_S: Final = 120.0
"""How long a question that a restart left open waits for its till to log in again."""
SHOWN_TO: Final = frozenset({"CashierDisplay", "CashierStatus", "CashierError", "POIReplication"})
"""SaleCapabilities of a till that takes displays."""
_EVENTS: Final = {
    EventKind.CARD_INSERTED: "CardInserted",
    EventKind.CARD_REMOVED: "CardRemoved",
    EventKind.OUT_OF_ORDER: "OutOfOrder",
}
"""The terminal's own sessions and maintenance are between it and us."""

Body = Display | Event | PrintJob | Question


class TillGuest:
    """Implements `switchboard.Guest` for one service."""

    def __init__(self, service: Service, sessions: Sessions, profile: PoiProfile) -> None:
        """`sessions` has the till's session of now, which may be another than at the beginning."""
        self.service = service
        self._sessions = sessions
        self._profile = profile

    def display(self, display: Display) -> None:
        """A display of the terminal, as one of ours. Its idle texts are not this till's."""
        service, session = self.service, self._session()
        if session is None or not session.takes(SHOWN_TO) or display.progress is Progress.IDLE:
            return
        if display.progress is Progress.TERMINAL_BUSY and not service.progressed:
            return
        service.progressed = True
        shown = display if display.kind else msgspec.structs.replace(display, kind="Status")
        self._put(session, shown, "Display")

    def event(self, event: Event) -> None:
        """A card came or went."""
        session, name = self._session(), _EVENTS.get(event.kind)
        if name is not None and session is not None and session.rules.full:
            self._put(session, Event(kind=event.kind, name=name), "Event")

    async def print(self, job: PrintJob) -> bool:
        """On the till's printer, if it has one for us. A receipt that nobody has to sign or to
        wait for comes with the answer, and only there: twice would be two papers.
        """
        signed = job.receipt.signature_required
        if self.service.order is not None and not job.wait and not signed:
            return True
        session = self._session()
        if session is None or session.outbox is None or not session.takes({"PrinterReceipt"}):
            raise NobodyThereError("This till has no printer for the terminal.")
        self.service.printed_to_sign |= job.receipt.signature_required
        if not job.wait:
            self._put(session, job, "Print")
            return True
        answer = await self._ask(session.outbox, session, job, self._profile.input_timeout_s)
        return answer is not None and answer.outcome is DeviceOutcome.DONE

    async def confirm(self, question: Question, *, completed: bool) -> bool | None:
        """Ask the till. One that takes no questions looks at the signature by itself, and reverses
        the payment if it is wrong.
        """
        session = await self._session_again()
        if session is None or session.outbox is None or not session.can_ask:
            if not question.signature:
                raise NobodyThereError("This till takes no questions.")
            self.service.left_to_till = True
            return None if completed else True
        if question.signature and not self.service.printed_to_sign:
            self._print_to_sign(session, question.lines)
        lines = (SIGNATURE_QUESTION,) if question.signature else question.lines
        asked = msgspec.structs.replace(question, lines=lines)
        answer = await self._ask_in_time(session.outbox, session, asked)
        if answer is None or answer.outcome is not DeviceOutcome.DONE:
            self.service.left_to_till = completed
            return None
        return answer.confirmed

    async def ask(self, question: Question) -> str | None:
        """Any other question."""
        session = self._session()
        if session is None or session.outbox is None or not session.can_ask:
            raise NobodyThereError("This till takes no questions.")
        answer = await self._ask_in_time(session.outbox, session, question)
        if answer is None or answer.outcome is not DeviceOutcome.DONE:
            return None
        if question.kind is QuestionKind.MENU:
            return None if answer.choice is None else str(answer.choice)
        return answer.text or ""

    # --- inside -------------------------------------------------------------------------------

    def _session(self) -> TillSession | None:
        return self._sessions.find(self.service.header)

    async def _session_again(self) -> TillSession | None:
        """The till's session, also when a restart ended it: then the next one."""
        try:
            async with asyncio.timeout(LOGIN_S):
                while self._session() is None:
                    await self._sessions.next_login()
        except TimeoutError:
            pass
        return self._session()

    def _print_to_sign(self, session: TillSession, lines: tuple[str, ...]) -> None:
        self.service.printed_to_sign = True
        receipt = Receipt(copy=Copy.CASHIER, lines=lines, signature_required=True)
        self._put(session, PrintJob(receipt=receipt), "Print")

    def _put(self, session: TillSession, body: Body, category: str) -> None:
        if session.outbox is not None:
            send = self._send(session, body, category, self._profile.device_timeout_s)
            session.outbox.put(send)

    async def _ask_in_time(
        self, outbox: Outbox, session: TillSession, question: Question
    ) -> DeviceAnswer | None:
        max_s = question.max_s or self._profile.input_timeout_s
        asked = msgspec.structs.replace(question, max_s=max_s)
        return await self._ask(outbox, session, asked, max_s)

    async def _ask(
        self, outbox: Outbox, session: TillSession, body: PrintJob | Question, deadline_s: float
    ) -> DeviceAnswer | None:
        category = "Print" if isinstance(body, PrintJob) else "Input"
        return await outbox.ask(self._send(session, body, category, deadline_s))

    def _send(self, session: TillSession, body: Body, category: str, deadline_s: float) -> Send:
        about = self.service.header
        return session.rules.send(body, category, about, awaited=False, deadline_s=deadline_s)
