"""A driver whose terminal is a script: what it tells stands in the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from opi_pos.model.capabilities import (
    Capabilities,
    Correlation,
    Dispatch,
    ListenerNeed,
    ProgressReports,
    ReceiptSource,
    RefundScope,
    ResultDelivery,
    ReversalScope,
    StatusQuery,
    UnconfirmedPolicy,
)
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Running, Verdict, Written
from opi_pos.model.orders import AskStatus, Command, Login, Logout, MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.ports import DeviceDoor, DriverSettings, Wishes

ABLE = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(ResultDelivery.RESPONSE,),
    unconfirmed_policy=UnconfirmedPolicy.KEPT,
    dispatch_means=Dispatch.EXECUTED,
    operations=frozenset(Operation) - {Operation.TIP_ADJUSTMENT},
    services=frozenset({"ask_status", "totals", "diagnose"}),
    abort=True,
    reversal=ReversalScope.BY_REFERENCE,
    refund=RefundScope.LINKED,
    status=StatusQuery.BY_ID,
    result_amount=True,
    receipts=ReceiptSource.TEXT,
    progress=ProgressReports.CODED,
    needs_listener=ListenerNeed.NO,
)

Step = News | float | str
Script = Sequence[Step] | Callable[[Command], Sequence[Step]]


class ScriptedDriver:
    """Plays `scripts` in the order in which money commands come; a step is news to tell, seconds
    to wait, or `"abort"`: wait until an abort is wished."""

    def __init__(self, *scripts: Script, status: Sequence[Script] = ()) -> None:
        self.capabilities = ABLE
        self.commands: list[Command] = []
        self.aborts: list[str] = []
        self._scripts = list(scripts)
        self._status = list(status)

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> ScriptedDriver:
        return self

    async def close(self) -> None:
        pass

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        self.commands.append(command)
        for step in self._steps(command):
            if step == "abort":
                self.aborts.append(await wishes.abort_wished())
            elif isinstance(step, (int, float)):
                await asyncio.sleep(step)
            else:
                assert not isinstance(step, str)
                yield step

    def _steps(self, command: Command) -> Sequence[Step]:
        order = command.order
        if isinstance(order, MoneyOrder):
            script = self._scripts.pop(0)
        elif isinstance(order, AskStatus):
            script = self._status.pop(0) if self._status else [NoAnswer(written=True, problem="")]
        elif isinstance(order, (Login, Logout)):
            script = [Written(), Ended(answer=Answer(verdict=Verdict.APPROVED))]
        else:
            script = [Written(), Ended(answer=Answer(verdict=Verdict.APPROVED, payload="done"))]
        return script(command) if callable(script) else script

    def sent(self, kind: type) -> list[Command]:
        return [command for command in self.commands if isinstance(command.order, kind)]


def approval(command: Command, minor: int | None = None, *, sign: bool = False) -> Ended:
    """The terminal's own approval of a command."""
    order = command.order.order if isinstance(command.order, AskStatus) else command.order
    assert isinstance(order, MoneyOrder)
    amount = order.amount
    if minor is not None and amount is not None:
        amount = Amount(minor=minor, currency=amount.currency)
    service_id = (
        command.order.service_id if isinstance(command.order, AskStatus) else command.service_id
    )
    return Ended(
        answer=Answer(
            verdict=Verdict.APPROVED,
            service_id=service_id,
            reference=order.reference,
            sale_time=order.sale_time,
            authorized=amount,
            signature_required=sign,
        )
    )


def approves(command: Command) -> Sequence[Step]:
    return [Written(), 1.0, Running(), 2.0, approval(command)]


def approves_to_sign(command: Command) -> Sequence[Step]:
    return [Written(), approval(command, sign=True)]


def status_approves(command: Command) -> Sequence[Step]:
    return [approval(command)]
