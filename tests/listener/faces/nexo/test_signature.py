"""A signature after completion: looked at by the foreign till, wherever that is by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome
from opi_pos.model.news import Verdict
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import Operation
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import Bridge, held
from tests.listener.faces.nexo.till import (
    FULL,
    LIGHT,
    ForeignTill,
    TillDoor,
    condition,
    confirmed,
    foreign,
    text,
    till_door,
)
from tests.listener.faces.terminal import ToldTerminal

SLIPS = (
    Receipt(copy=Copy.CASHIER, lines=("PURCHASE", "Signature: ______"), signature_required=True),
    Receipt(copy=Copy.CUSTOMER, lines=("PURCHASE",)),
)


@asynccontextmanager
async def signed(
    path: Path, terminal: ToldTerminal | None = None, capabilities: tuple[str, ...] = FULL
) -> AsyncIterator[tuple[Bridge, ToldTerminal, TillDoor, ForeignTill, asyncio.Future[Any]]]:
    """A payment that the terminal has approved and that must be signed."""
    async with till_door() as door:
        door.answer = lambda message: _answer(door, message)
        async with (
            held(path, terminal, till_url=door.url) as (opened, behind),
            foreign(opened.url) as till,
        ):
            await till.login(capabilities)
            paying = asyncio.gather(till.pay(service_id="1"), return_exceptions=True)
            told = await behind.money.get()
            told.approve(signature_required=True, receipts=SLIPS)
            yield opened, behind, door, till, paying
        door.may_answer.set()


async def _answer(door: TillDoor, message: nexo.Message) -> nexo.Element | None:
    if not isinstance(message.body, nexo.InputRequest):
        return None
    await door.may_answer.wait()
    return confirmed(message, door.says)


def to_sign(answer: nexo.PaymentResponse) -> list[bool]:
    return [receipt.required_signature_flag is True for receipt in answer.payment_receipt]


@pytest.mark.parametrize("right", [True, False])
async def test_the_till_decides_and_a_wrong_one_is_reversed(tmp_path: Path, right: bool) -> None:
    async with signed(tmp_path) as (opened, terminal, door, till, paying):
        door.says = right
        if not right:
            undoing = await terminal.money.get()
            assert undoing.order.operation is Operation.REVERSAL
            undoing.approve(authorized=None)
        (answer,) = await paying
        names = [type(body).__name__ for body in door.bodies]
        assert names.index("PrintRequest") < names.index("InputRequest")
        if right:
            assert answer.response.result == "Success"
            assert to_sign(answer) == [False, False]
            assert answer.payment_result.authentication_method == ("PaperSignature",)
        else:
            assert (condition(answer), text(answer)) == ("Refusal", "Signature refused")
        repeated = (await till.status("1")).repeated_message_response
        assert repeated is not None
        assert repeated.payment_response == answer
        rows = await opened.till.exchanges()
        assert rows[-1].result is not None
        assert rows[-1].result.outcome is (Outcome.APPROVED if right else Outcome.DECLINED)


async def test_a_reversal_that_fails_leaves_the_money_taken_and_says_so(tmp_path: Path) -> None:
    async with signed(tmp_path) as (_, terminal, door, _till, paying):
        door.says = False
        (await terminal.money.get()).end(Verdict.DECLINED, message="cannot")
        (answer,) = await paying
        assert answer.response.result == "Success"


@pytest.mark.parametrize(
    "capabilities", [LIGHT, ("CashierDisplay", "PrinterReceipt")], ids=["light", "no input"]
)
async def test_a_till_that_takes_no_questions_looks_by_itself(
    tmp_path: Path, capabilities: tuple[str, ...]
) -> None:
    async with signed(tmp_path, capabilities=capabilities) as (_, terminal, door, till, paying):
        (answer,) = await paying
        assert answer.response.result == "Success"
        assert to_sign(answer) == [True, False]
        assert not [body for body in door.bodies if isinstance(body, nexo.InputRequest)]
        undoing = asyncio.gather(till.reverse(answer))
        (await terminal.money.get()).approve(authorized=None)
        assert (await undoing)[0].response.result == "Success"


async def test_a_till_whose_door_breaks_is_told_to_look_by_itself(tmp_path: Path) -> None:
    async with signed(tmp_path) as (_, _terminal, door, _till, paying):
        door.status = 500
        door.may_answer.set()
        (answer,) = await paying
        assert answer.response.result == "Success"
        assert to_sign(answer) == [True, False]


async def test_while_it_is_looked_at_the_payment_runs_and_cannot_be_stopped(
    tmp_path: Path,
) -> None:
    async with signed(tmp_path) as (_, terminal, door, till, paying):
        door.may_answer.clear()
        await door.until(lambda d: bool(d.bodies) and isinstance(d.bodies[-1], nexo.InputRequest))
        assert condition(await till.status("1")) == "Busy"
        assert condition(await till.pay(service_id="2", transaction="other")) == "Busy"
        assert await till.abort("1") is None
        door.may_answer.set()
        (answer,) = await paying
        assert answer.response.result == "Success"
        assert len(terminal.charges) == 1


@pytest.mark.parametrize("right", [True, False])
async def test_a_restart_asks_again_when_the_till_is_back(tmp_path: Path, right: bool) -> None:
    async with signed(tmp_path) as (_, _terminal, door, _till, paying):
        door.may_answer.clear()
        await door.until(lambda d: bool(d.bodies) and isinstance(d.bodies[-1], nexo.InputRequest))
    await paying
    reborn = ToldTerminal()
    async with (
        till_door() as door,
        held(tmp_path, reborn, till_url=door.url) as (opened, _),
        foreign(opened.url) as till,
    ):
        door.answer = lambda message: _answer(door, message)
        door.says = right
        await till.login(FULL)
        if not right:
            (await reborn.money.get()).approve(authorized=None)
        while (status := await till.status("1")).response.result != "Success":
            assert condition(status) == "Busy"
        repeated = status.repeated_message_response
        assert repeated is not None
        assert repeated.payment_response is not None
        assert (repeated.payment_response.response.result == "Success") is right
        assert len(reborn.charges) == (0 if right else 1)
