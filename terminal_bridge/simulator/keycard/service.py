"""The simulated server: one command at a time for its terminal, and a list of what was aborted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final, assert_never

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ProtocolError
from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.cardholder import Charge, End, Undo, Verdict, pay
from opi_pos.poi.faults import Fault, FaultPlan, Strike
from opi_pos.poi.receipts import Slip, cardholder_copy
from opi_pos.poi.scenario import Choice, Host, Scenario, always, by_amount
from opi_pos.wire import keycard
from opi_pos.wire.keycard import Command
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.faulty_calls import faultily
from terminal_bridge.simulator.keycard import told
from terminal_bridge.simulator.keycard.habits import DEFAULT, Habits
from terminal_bridge.simulator.keycard.session import KeycardSession, Post

CURRENCY: Final = "EUR"
TERMINAL: Final = POIID("52500295")
_RECEIPTS: Final = 10_000
"""Receipt numbers begin anew behind 9999, as ZVT's do."""

_CATEGORIES: Final = {
    Command.AUTHORISATION: "Payment",
    Command.REVERSAL: "Reversal",
    Command.CANCEL_TRANSACTION: "Abort",
    Command.END_OF_DAY: "Reconciliation",
    Command.DIAGNOSIS_SIMPLE: "Diagnosis",
}
"""What faults call the commands; the others are `TransactionStatus`. Callbacks are `Display`, and
end messages `PaymentResponse` and so on.
"""
_EXCLUSIVE: Final = frozenset(
    {Command.AUTHORISATION, Command.REVERSAL, Command.END_OF_DAY, Command.DIAGNOSIS_SIMPLE}
)
_TEXTS: Final = {
    End.APPROVED: "Zahlung erfolgt",
    End.DECLINED: "Zahlung abgelehnt",
    End.ABORTED: "Vorgang abgebrochen",
    End.CANCELLED: "Vorgang abgebrochen",
    End.NO_CARD: "Keine Karte",
    End.INVALID_CARD: "Karte ungültig",
    End.WRONG_PIN: "PIN falsch",
    End.UNREACHABLE: "Host nicht erreichbar",
}
_FAILED: Final = "Zahlung nicht erfolgt"


def _whole(scenario: Scenario) -> Scenario:
    """The API has no amount in its answers, so its server takes the whole or nothing [inferred]."""
    if scenario.host is not Host.APPROVE_HALF:
        return scenario
    return msgspec.structs.replace(scenario, host=Host.DECLINE)


class SimulatedKeycard:
    """`async with SimulatedKeycard(...) as server:` ends everything it has begun."""

    def __init__(  # noqa: PLR0913 - settings, all by keyword
        self,
        *,
        post: Post,
        scenario: Scenario | Choice | None = None,
        faults: Iterable[Fault] = (),
        habits: Habits = DEFAULT,
        currency: str = CURRENCY,
        pace_s: float = 0.0,
        seed: int = 0,
        books: Books | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`post` posts to a CallbackUrl. `currency` is the terminal's: the API names none."""
        self.books = books or Books()
        self.aborted: list[dict[str, Any]] = []
        """What `GetAbortedSessions` tells: Id, Command, Parameter, State."""
        self.running: KeycardSession | None = None
        """Of a command that has the terminal to itself; None: the terminal is idle."""
        chosen = scenario if callable(scenario) else None
        fixed = scenario if isinstance(scenario, Scenario) else None
        self._choose: Choice = chosen or (always(fixed) if fixed is not None else by_amount)
        self._post = post
        self._habits = habits
        self._currency = currency
        self._pace_s = pace_s
        self._clock = clock or (lambda: datetime.now(UTC).timestamp())
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable simulation
        self._plan = FaultPlan(faults)
        self._tasks = Tasks()
        self._number = 0
        self._receipt = len(self.books.entries)

    async def __aenter__(self) -> SimulatedKeycard:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every task."""
        await self._tasks.aclose()

    # --- a command -----------------------------------------------------------------------------

    async def receive(self, request: WebRequest) -> Reply:
        """One command. Raises `LinkDroppedError` when the connection ends without an answer."""
        try:
            asked = keycard.read_request(request.body)
            command = Command(asked.command)
        except ProtocolError as error:
            return self._refused(400, str(error))
        except ValueError:
            return self._refused(400, "Command unknown")
        struck = self._plan.strike(_CATEGORIES.get(command, "TransactionStatus"))
        if struck.by(Strike.BUSY):
            return self._refused(409, "Terminal busy")

        async def carry() -> Reply:
            return await self._accept(command, asked)

        return await faultily(struck, carry, self._tasks)

    async def _accept(self, command: Command, asked: keycard.Request) -> Reply:
        needs_number = command in {Command.AUTHORISATION, Command.REMOVE_ABORTED_SESSION}
        if needs_number and not (asked.parameter.isdecimal() and int(asked.parameter) > 0):
            return self._refused(400, "Parameter is not a number")
        if command in _EXCLUSIVE and self.running is not None:
            return self._refused(409, "Terminal busy")
        self._number += 1
        session = KeycardSession(self._number, asked, self._post, self._habits, self._plan)
        if command in _EXCLUSIVE:
            self.running = session
        carried = self._tasks.spawn(self._carry(session, command), name=f"session {self._number}")
        if self._habits.end_first:
            await carried
        accepted = keycard.Reply(proceed=True, session_id=str(session.number))
        return told.answer(accepted, self._habits)

    def _refused(self, status: int, message: str) -> Reply:
        refused = keycard.Reply(proceed=False, http_status=status, message=message)
        return told.answer(refused, self._habits)

    async def _carry(self, session: KeycardSession, command: Command) -> None:
        try:
            await self._do(session, command)
        finally:
            session.ended.set()
            if self.running is session:
                self.running = None

    async def _do(self, session: KeycardSession, command: Command) -> None:
        match command:
            case Command.AUTHORISATION:
                await self._pay(session)
            case Command.REVERSAL:
                await self._reverse(session)
            case Command.END_OF_DAY:
                await self._close_day(session)
            case Command.DIAGNOSIS_SIMPLE:
                await session.end(success=True, category="DiagnosisResponse")
            case Command.IS_IDLE:
                await session.end(success=self.running is None)
            case Command.CANCEL_TRANSACTION:
                running = self.running
                can = running is not None and not running.asked_host
                if running is not None:
                    running.stop.set()
                await session.end(success=can, category="AbortResponse")
            case Command.GET_ABORTED_SESSIONS:
                await self._list(session)
            case Command.REMOVE_ABORTED_SESSION:
                kept = [s for s in self.aborted if s["Id"] != int(session.request.parameter)]
                found, self.aborted = len(kept) < len(self.aborted), kept
                await session.end(success=found)
            case _:
                assert_never(command)

    async def _list(self, session: KeycardSession) -> None:
        content = msgspec.json.encode(self.aborted).decode()
        if not self._habits.list_at_end:
            await session.intermediate(content)
        await session.end(success=True, text=content if self._habits.list_at_end else "")

    # --- money ---------------------------------------------------------------------------------

    async def _pay(self, session: KeycardSession) -> None:
        amount = Amount(minor=int(session.request.parameter), currency=self._currency)
        scenario = _whole(self._choose(amount))
        charged: list[Entry] = []

        def moved(step: Charge | Undo) -> None:
            if isinstance(step, Charge):
                charged.append(self._book(Movement.CHARGE, step.amount))
            else:
                self._book(Movement.REVERSAL, charged[-1].amount, original=charged[-1], own=True)

        verdict = await session.play(pay(amount, scenario), self._pace_s, moved)
        await self._tell(session, verdict, scenario, "PAYMENT", "PaymentResponse")

    async def _reverse(self, session: KeycardSession) -> None:
        """The last transaction, if it was a payment; the card is read again."""
        last = self.books.entries[-1] if self.books.entries else None
        if last is None or last.movement is not Movement.CHARGE:
            await session.end(success=False, text=_FAILED, category="ReversalResponse")
            return
        chosen = self._choose(last.amount)
        scenario = Scenario(card=chosen.card, host=chosen.reversal)

        def moved(step: Charge | Undo) -> None:
            if isinstance(step, Charge):
                self._book(Movement.REVERSAL, last.amount, original=last)

        verdict = await session.play(pay(last.amount, scenario), self._pace_s, moved)
        await self._tell(session, verdict, scenario, "REVERSAL", "ReversalResponse")

    async def _tell(
        self,
        session: KeycardSession,
        verdict: Verdict,
        scenario: Scenario,
        title: str,
        category: str,
    ) -> None:
        success = verdict.end is End.APPROVED
        slip = self._slip(verdict, scenario, title) if success else None
        aborted = verdict.end in {End.ABORTED, End.CANCELLED}
        if aborted:
            self._keep(session, "aborted")
        await session.end(
            success=success,
            text=_TEXTS.get(verdict.end, _FAILED),
            number=self._receipt if success else keycard.NO_RECEIPT,
            lines=slip.lines if slip is not None else (),
            category=category,
        )
        if session.undelivered and not aborted:
            # What is done is done: it only remembers that nobody could be told.
            self._keep(session, "unfinished")

    def _slip(self, verdict: Verdict, scenario: Scenario, title: str) -> Receipt:
        entry = self.books.entries[-1]
        return cardholder_copy(
            Slip(
                title=title,
                outcome="APPROVED",
                total=verdict.authorized or entry.amount,
                number=entry.transaction_id,
                time=entry.time,
                approval_code=entry.approval_code,
                card=scenario.card,
                entry=scenario.entry,
                verification=scenario.verification,
                tip=verdict.tip,
                surcharge=verdict.surcharge,
            )
        )

    def _book(
        self,
        movement: Movement,
        amount: Amount,
        *,
        original: Entry | None = None,
        own: bool = False,
    ) -> Entry:
        self._receipt = self._receipt % (_RECEIPTS - 1) + 1
        entry = Entry(
            movement=movement,
            amount=amount,
            transaction_id=f"{len(self.books.entries) + 1:06}",
            time=datetime.fromtimestamp(self._clock(), UTC).isoformat(),
            service_id=ServiceID(""),
            sale_id=SaleID(""),
            poi_id=TERMINAL,
            approval_code=f"{self._rng.randrange(10**6):06}",
            original=original.transaction_id if original is not None else "",
            automatic=own,
        )
        self.books.write(entry)
        return entry

    def _keep(self, session: KeycardSession, state: str) -> None:
        request = session.request
        self.aborted.append(
            {
                "Id": session.number,
                "Command": request.command,
                "Parameter": request.parameter,
                "State": state,
            }
        )

    async def _close_day(self, session: KeycardSession) -> None:
        net = self.books.net().get(self._currency, 0)
        self.books.close_period()
        total = Amount(minor=abs(net), currency=self._currency)
        sign = "-" if net < 0 else ""
        lines = ("KASSENSCHNITT", f"Summe {self._currency} {sign}{total}")
        await session.end(
            success=True,
            text="Kassenschnitt erfolgt",
            lines=lines,
            category="ReconciliationResponse",
        )
