"""The sessions of the cloud, and its terminals: what is pushed to them, and what they tell."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.currencies import NUMBERS
from opi_pos.model.money import Amount
from opi_pos.poi import cardholder
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.faults import FaultPlan, Strike
from opi_pos.poi.scenario import Choice, Host, Scenario
from opi_pos.wire import viva
from opi_pos.wire.viva import events
from terminal_bridge.simulator.viva import ends
from terminal_bridge.simulator.viva.session import KINDS, Run, Till, play

SESSIONS_AT_MOST: Final = 10_000
"""Kept; the oldest is forgotten first."""

Tell = Callable[[viva.Session], None]
"""Hears of every session that has ended."""


class Ledger:
    """All sessions, and who is at work at which terminal."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        *,
        books: Books,
        choose: Choice,
        plan: FaultPlan,
        tasks: Tasks,
        seed: int,
        pace_s: float,
        clock: Callable[[], float],
        tell: Tell,
    ) -> None:
        self.books = books
        self._choose = choose
        self._plan = plan
        self._tasks = tasks
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable simulation
        self._pace_s = pace_s
        self._clock = clock
        self._tell = tell
        self._runs: dict[str, Run] = {}
        self._at_terminal: dict[str, Run] = {}
        self._till = Till(books, self.stamp, lambda: f"{self._rng.randrange(10**6):06}")
        self._count = len(books.entries)
        for entry in books.entries:
            if entry.movement in KINDS and not books.undone(entry.transaction_id):
                self._restore(entry)

    def find(self, session_id: str) -> Run | None:
        """The session of that name."""
        return self._runs.get(session_id)

    def _restore(self, entry: Entry) -> None:
        """A session of earlier, from the books: those that failed are forgotten."""
        movement, taken = entry.movement, entry.amount
        order = viva.Order(
            session_id=entry.service_id,
            parent_session_id=entry.original,
            terminal_id=entry.poi_id,
            amount=taken.minor,
            currency_code=NUMBERS[taken.currency],
            cash_register_id=entry.sale_id,
            merchant_reference=entry.reference,
            preauth=movement is Movement.RESERVATION,
        )
        run = Run(KINDS[movement], order, taken, Scenario(card=entry.brand))
        run.begun_day = entry.time[:10]
        run.transaction_id, run.approval_code = entry.transaction_id, entry.approval_code
        verdict = cardholder.Verdict(
            end=cardholder.End.APPROVED,
            authorized=taken,
            tip=entry.tip,
            surcharge=entry.surcharge,
        )
        run.ended = self._ended(run, verdict, entry.time)
        self._runs[order.session_id] = run

    def running(self) -> list[Run]:
        """The sessions that are being played at their terminals."""
        return list(self._at_terminal.values())

    def succeeded(self) -> list[Run]:
        """The sessions that are told as successful by now."""
        return [run for run in self._runs.values() if run.ended and run.ended.success]

    def has_parent(self, kind: viva.OrderKind, order: viva.Order) -> bool:
        """Whether there is an approved sale, or for a capture an approved reservation."""
        if kind is viva.OrderKind.SALE:
            return True
        parent = self._runs.get(order.parent_session_id)
        if parent is None or parent.ended is None or not parent.ended.success:
            return False
        return parent.order.preauth is (kind is viva.OrderKind.COMPLETION)

    def begin(self, kind: viva.OrderKind, order: viva.Order, amount: Amount) -> None:
        """Push an order to its terminal."""
        run = Run(kind, order, amount, self._choose(amount))
        run.begun_day = self.stamp()[:10]
        self._runs[order.session_id] = run
        if len(self._runs) > SESSIONS_AT_MOST:
            del self._runs[next(iter(self._runs))]
        self._tasks.spawn(self._push(run), name=f"session at {order.terminal_id}")

    async def _push(self, run: Run) -> None:
        struck = self._plan.strike("Push", run.order.merchant_reference)
        await asyncio.sleep(struck.seconds(Strike.DELAY))
        if struck.by(Strike.SILENCE) or struck.by(Strike.LOSE):
            return  # it never arrives, and the cloud goes on saying that it runs
        terminal_id = run.order.terminal_id
        if terminal_id in self._at_terminal:
            self._end(run, ends.failed(ends.begun(run.order), events.TERMINAL_DECLINED))
            return
        self._at_terminal[terminal_id] = run
        if run.abort_wished:
            run.stop.set()
        try:
            verdict = await play(run, self._steps(run), self._till, self._number, self._pace_s)
        finally:
            del self._at_terminal[terminal_id]
        session = self._ended(run, verdict, self.stamp())
        if struck.by(Strike.FALSE_DECLINE) and session.success:
            self._end(run, ends.failed(self._aborted(run), events.DECLINED_BY_SERVER))
            await asyncio.sleep(struck.seconds(Strike.FALSE_DECLINE))
        self._end(run, session)

    def _steps(self, run: Run) -> cardholder.Play:
        scenario = run.scenario
        if run.kind is not viva.OrderKind.SALE and not self._has_left(run):
            scenario = msgspec.structs.replace(scenario, host=Host.DECLINE)
        if run.kind is viva.OrderKind.COMPLETION:
            return cardholder.without_card(run.amount, scenario, scenario.host)
        return cardholder.pay(run.amount, scenario)

    def _has_left(self, run: Run) -> bool:
        """No more is paid back, or captured, than was taken, or held."""
        name = run.order.parent_session_id
        parent = self._runs.get(name)
        if parent is None or parent.ended is None:
            return False
        used = sum(e.amount.minor for e in self.books.entries if e.original == name)
        return used + run.amount.minor <= (parent.ended.amount or 0)

    def _end(self, run: Run, session: viva.Session) -> None:
        run.ended = session
        self._tell(session)

    def _ended(self, run: Run, verdict: cardholder.Verdict, stamp: str) -> viva.Session:
        session = ends.ended(self._aborted(run), verdict, run.scenario, stamp, self._rng)
        code = run.approval_code if session.success else None
        return msgspec.structs.replace(session, authorization_id=code)

    def _aborted(self, run: Run) -> viva.Session:
        begun = ends.begun(run.order)
        if not run.abort_wished:
            return begun
        stamp = self.stamp()
        return msgspec.structs.replace(begun, abort_operation=True, abort_ack_time=stamp)

    # --- later --------------------------------------------------------------------------------

    def abort(self, run: Run, *, too_late: bool) -> bool:
        """A wish: the terminal hears it while the host was not asked. False when there is nothing
        to wish any more.
        """
        if run.abort_wished or run.ended is not None:
            return False
        run.abort_wished = True
        if run is self._at_terminal.get(run.order.terminal_id) and not too_late:
            run.stop.set()
        return True

    def of_day(self, day: str) -> list[viva.Session]:
        """Those that began on a day (UTC), by default today."""
        wanted = day or self.stamp()[:10]
        return [_listed(run) for run in self._runs.values() if run.begun_day == wanted]

    def another(self, session_id: str) -> viva.Session | None:
        """The last one that ended, but for this one."""
        ended = [run.ended for name, run in self._runs.items() if name != session_id]
        return next((each for each in reversed(ended) if each is not None), None)

    def stamp(self) -> str:
        """Now."""
        return datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _number(self) -> str:
        self._count += 1
        return f"{self._count:06}"


def _listed(run: Run) -> viva.Session:
    if run.ended is not None:
        return run.ended
    return msgspec.structs.replace(ends.begun(run.order), event_id=events.IN_PROGRESS)
