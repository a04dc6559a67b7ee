"""One terminal: it has one screen, carries out what is pushed, and posts what came of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.money import Amount
from opi_pos.poi.books import Books
from opi_pos.poi.cardholder import Charge, End, Pause, Play, Reaction, Undo, Verdict, pay
from opi_pos.poi.faults import FaultPlan, Strike, Struck
from opi_pos.poi.scenario import Choice, Host
from opi_pos.wire import netpay
from opi_pos.wire.netpay import Code, Response, State
from opi_pos.wire.netpay.clock import CANCELLED_UNTIL, zone
from opi_pos.wire.netpay.push import Request
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.netpay import responses
from terminal_bridge.simulator.netpay.habits import Busy, Habits
from terminal_bridge.simulator.netpay.ledger import Ledger, Sale

Post = Callable[[bytes], Awaitable[Reply]]
"""Posts to the receiver. Raises `LinkError`."""

DELIVER_S: Final = 15.0
"""How long the terminal waits for its receiver."""
CURRENCY: Final = "MXN"

_CODES: Final = {
    End.APPROVED: Code.SUCCESS,
    End.PARTIAL: Code.SUCCESS,
    End.DECLINED: Code.REJECTED,
    End.CANCELLED: Code.CANCELLED,
    End.ABORTED: Code.CANCELLED,
    End.NO_CARD: Code.CANCELLED,
    End.INVALID_CARD: Code.INVALID_CARD,
    End.WRONG_PIN: Code.REJECTED,
    End.UNREACHABLE: Code.CONNECTION,
    End.SIGNATURE_REFUSED: Code.CANCELLED,
    End.FAILED: Code.CONNECTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a terminal stands in. `clock` gives Unix seconds."""

    choose: Choice
    plan: FaultPlan
    post: Post
    clock: Callable[[], float]
    habits: Habits
    pace_s: float = 0.0
    seed: int = 0


class SimulatedTerminal:
    """Tasks are `tasks`'; whoever owns them ends the terminal."""

    def __init__(self, serial: str, books: Books, around: Surroundings, tasks: Tasks) -> None:
        self.serial = serial
        self.delivered: list[Response] = []
        self.undelivered: list[Response] = []
        """What it shows that it could not send."""
        self._around = around
        self._tasks = tasks
        self._screen = asyncio.Lock()
        self._jobs = 0
        self._rng = random.Random(f"{around.seed}/{serial}")  # noqa: S311 - a repeatable simulation
        self.ledger = Ledger(books, lambda: self._now().isoformat(), serial)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is shown, and nothing waits to be."""
        return not self._jobs

    def push(self, request: Request) -> None:
        """What the cloud pushed has arrived."""
        if isinstance(request, netpay.SaleRequest) and self._jobs:
            if self._around.habits.busy is Busy.LOST:
                return
            if self._around.habits.busy is Busy.CANCELLED:
                self._tell(self._refused(Code.CANCELLED, request), "Payment", request)
                return
        self._jobs += 1
        self._tasks.spawn(self._carry_out(request), name=f"terminal {self.serial}")

    async def _carry_out(self, request: Request) -> None:
        async with self._screen:
            match request:
                case netpay.SaleRequest():
                    self._tell(await self._sell(request), "Payment", request)
                case netpay.CancelRequest():
                    self._tell(await self._cancel(request), "Reversal", request)
                case netpay.ReprintRequest():
                    self._tell(self._reprint(request), "TransactionStatus", request)
            self._jobs -= 1

    # --- what is pushed -----------------------------------------------------------------------

    async def _sell(self, request: netpay.SaleRequest) -> Response:
        amount = Amount.from_decimal(request.amount, CURRENCY)
        sale = Sale(
            request=request,
            amount=amount,
            scenario=self._around.choose(amount),
            order_id=self._order_id(),
            begun_at=self._now(),
            approval_code=f"{self._rng.randrange(10**6):06}",
        )
        self.ledger.sales.append(sale)
        verdict = await self._play(sale, pay(amount, sale.scenario))
        code = _CODES[verdict.end]
        if code is Code.CANCELLED and not self._around.habits.remembers_cancelled:
            self.ledger.sales.remove(sale)
        sale.code = code
        if code is not Code.SUCCESS:
            return responses.failure(sale, self._around.habits)
        self.ledger.reverse_pending()
        return responses.approval(sale, self._now(), self.serial, self._around.habits)

    def _order_id(self) -> str:
        """`yymmddHHMMSS-serial`; of two sales in one second the later one takes the next second."""
        at = self._now()
        while self.ledger.by_order(f"{at:%y%m%d%H%M%S}-{self.serial}") is not None:
            at += timedelta(seconds=1)
        return f"{at:%y%m%d%H%M%S}-{self.serial}"

    async def _play(self, sale: Sale, steps: Play) -> Verdict:
        reaction: Reaction | None = None
        while True:
            try:
                step = next(steps) if reaction is None else steps.send(reaction)
            except StopIteration as end:
                verdict: Verdict = end.value
                return verdict
            reaction = Reaction.GO
            match step:
                case Pause(seconds=seconds):
                    await asyncio.sleep(self._around.pace_s if seconds is None else seconds)
                case Charge():
                    self.ledger.charge(sale, step.amount, step.tip)
                case Undo():
                    # The line was cut: NetPay reverses it with the next good sale.
                    sale.state = State.REVERSAL_PENDING
                case _:
                    pass

    async def _cancel(self, request: netpay.CancelRequest) -> Response:
        await asyncio.sleep(self._around.pace_s)
        sale = self.ledger.by_order(request.order_id)
        now = self._now()
        in_time = now.time() < CANCELLED_UNTIL
        if sale is None or sale.state is not State.STANDING or not in_time:
            return self._refused(Code.NOT_PERMITTED, request)
        if sale.begun_at.date() != now.date():
            return self._refused(Code.NOT_PERMITTED, request)
        if sale.scenario.reversal is not Host.APPROVE:
            unreachable = sale.scenario.reversal is Host.UNREACHABLE
            code = Code.CONNECTION if unreachable else Code.REJECTED
            return self._refused(code, request)
        self.ledger.undo(sale, State.VOIDED)
        habits = self._around.habits
        return responses.cancellation(sale, now, self.serial, habits, request.traceability)

    def _reprint(self, request: netpay.ReprintRequest) -> Response:
        by_order = self.ledger.by_order(request.order_id) if request.order_id else None
        sale = by_order or self.ledger.by_folio(request.folio_id)
        if sale is None:
            return responses.not_found(request.folio_id)
        return responses.reprint(sale, self.serial)

    def _refused(self, code: Code, request: Request) -> Response:
        return responses.refusal(code, request.traceability, self._around.habits)

    # --- posting ------------------------------------------------------------------------------

    def _tell(self, response: Response, category: str, request: Request) -> None:
        folio = request.folio_number if isinstance(request, netpay.SaleRequest) else ""
        struck = self._around.plan.strike(f"{category}Response", folio)
        for _ in range(2 if struck.by(Strike.DOUBLE) else 1):
            self._tasks.spawn(self._deliver(response, struck), name=f"response of {self.serial}")

    async def _deliver(self, response: Response, struck: Struck) -> None:
        late = struck.seconds(Strike.LATE) + struck.seconds(Strike.DELAY)
        if late:
            await asyncio.sleep(late)
        lost = struck.by(Strike.UNREACHABLE) or struck.by(Strike.LOSE)
        taken = not lost and await self._post(netpay.write_response(response))
        if struck.by(Strike.DROP_AFTER):
            taken = False  # it was taken, but the terminal does not know
        (self.delivered if taken else self.undelivered).append(response)

    async def _post(self, body: bytes) -> bool:
        """Whether the receiver took it: status 200 and code 00, and nothing else."""
        try:
            async with asyncio.timeout(DELIVER_S):
                reply = await self._around.post(body)
            taken = netpay.read_acknowledgement(reply.body)
        except (LinkError, ProtocolError, TimeoutError):
            return False
        return reply.status == 200 and taken.code == Code.SUCCESS

    def _now(self) -> datetime:
        """By the terminal's clock; its stamps have no zone."""
        return datetime.fromtimestamp(self._around.clock(), zone()).replace(tzinfo=None)
