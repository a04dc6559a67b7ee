"""One order at its terminal: pushed there, played, told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.cardholder import (
    Authorise,
    Charge,
    CheckSignature,
    Pause,
    Play,
    Reaction,
    Step,
    Undo,
    Verdict,
)
from opi_pos.poi.scenario import CARDS, Scenario
from opi_pos.wire import viva

KINDS: Final = {
    Movement.CHARGE: viva.OrderKind.SALE,
    Movement.RESERVATION: viva.OrderKind.SALE,
    Movement.REFUND: viva.OrderKind.REFUND,
    Movement.COMPLETION: viva.OrderKind.COMPLETION,
}
"""What was ordered, by what stands in the books."""


class Run:
    """A session that has begun. `session` is what the cloud tells of it; None while it runs."""

    def __init__(
        self, kind: viva.OrderKind, order: viva.Order, amount: Amount, scenario: Scenario
    ) -> None:
        self.kind = kind
        self.order = order
        self.amount = amount
        self.scenario = scenario
        self.ended: viva.Session | None = None
        self.stop = asyncio.Event()
        """Somebody wishes that it stops, and it has reached the terminal."""
        self.abort_wished = False
        self.begun_day = ""
        self.transaction_id = ""
        """Of its movement in the books, if it made one."""
        self.approval_code = ""

    @property
    def movement(self) -> Movement:
        """What it does to the cardholder's account."""
        if self.kind is viva.OrderKind.SALE and self.order.preauth:
            return Movement.RESERVATION
        return next(movement for movement, kind in KINDS.items() if kind is self.kind)


class Till:
    """Writes what a run moves into the terminal's books."""

    def __init__(
        self, books: Books, stamp: Callable[[], str], approval_codes: Callable[[], str]
    ) -> None:
        self._books = books
        self._stamp = stamp
        self._approval_codes = approval_codes

    def charge(self, run: Run, step: Charge, number: str) -> None:
        """The host approved."""
        order, tip = run.order, step.tip
        if tip is None and order.tip_amount:
            tip = run.amount.with_minor(order.tip_amount)
        run.transaction_id = number
        run.approval_code = self._approval_codes()
        self._books.write(
            Entry(
                movement=run.movement,
                amount=step.amount,
                transaction_id=number,
                time=self._stamp(),
                service_id=ServiceID(order.session_id),
                sale_id=SaleID(order.cash_register_id),
                poi_id=POIID(order.terminal_id),
                reference=Reference(order.merchant_reference),
                approval_code=run.approval_code,
                original=order.parent_session_id,
                tip=tip,
                surcharge=step.surcharge,
                brand=run.scenario.card,
                masked_pan=CARDS[run.scenario.card].masked_pan,
            )
        )

    def undo(self, run: Run, number: str) -> None:
        """The terminal takes its own charge back."""
        entry = self._books.find(run.transaction_id)
        if entry is None:
            return
        self._books.write(
            Entry(
                movement=Movement.REVERSAL,
                amount=entry.amount,
                transaction_id=number,
                time=self._stamp(),
                service_id=entry.service_id,
                sale_id=entry.sale_id,
                poi_id=entry.poi_id,
                original=entry.transaction_id,
                automatic=True,
            )
        )


async def play(
    run: Run, steps: Play, till: Till, numbers: Callable[[], str], pace_s: float
) -> Verdict:
    """Carry out the steps of a play; a wish to stop is heard until the host is asked."""
    heard = run.stop
    reaction: Reaction | None = None
    while True:
        try:
            step = next(steps) if reaction is None else steps.send(reaction)
        except StopIteration as end:
            verdict: Verdict = end.value
            return verdict
        if isinstance(step, Authorise):
            heard = asyncio.Event()  # from here on the result wins
        reaction = await _do(step, run, till, numbers, pace_s, heard)


async def _do(
    step: Step,
    run: Run,
    till: Till,
    numbers: Callable[[], str],
    pace_s: float,
    heard: asyncio.Event,
) -> Reaction:
    match step:
        case Pause(seconds=seconds):
            await _wait(heard, pace_s if seconds is None else seconds)
        case Charge():
            till.charge(run, step, numbers())
        case Undo():
            till.undo(run, numbers())
        case CheckSignature():
            return Reaction.GO  # on paper, after the fact
        case _:
            pass
    return Reaction.STOP if heard.is_set() else Reaction.GO


async def _wait(heard: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        pass
