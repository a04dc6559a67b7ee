"""An old O.P.I. till pays on a ZVT terminal, and on one whose every word stands in the test."""

from __future__ import annotations

import asyncio
import socket
import struct
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import JournalError
from opi_pos.model.ids import Reference
from opi_pos.model.news import Answer, Ended, NoAnswer, Verdict
from opi_pos.model.orders import Totals
from opi_pos.model.results import Outcome
from opi_pos.runtime.sale_system import Parts
from tests.listener.faces.opi.bridge import OldTill, bridge, device_response, result
from tests.listener.faces.terminal import ToldTerminal
from tests.terminal_bridge.drivers.opi.terminal import frame, local


@pytest.fixture
async def till() -> AsyncIterator[OldTill]:
    async with OldTill().listening() as opened:
        yield opened


async def test_a_day_on_a_zvt_terminal(tmp_path: Path, till: OldTill) -> None:
    async with bridge(tmp_path, till) as shop:
        assert result(await till.pay()) == "Loggedout"
        assert await till.login() == "Success"
        paid = await till.pay("25.00")
        assert result(paid) == "Success"
        assert (local(paid, "TotalAmount"), local(paid, "TotalAmount@Currency")) == ("25.00", "EUR")
        stan = local(paid, "Terminal@STAN")
        assert local(paid, "Authorisation@ApprovalCode")
        assert till.said("CashierDisplay"), "the terminal's own texts"
        assert till.said("PrinterReceipt")
        repeated = await till.repeat()
        assert result(repeated) == "Success"
        assert local(repeated, "OriginalHeader@RequestID") == paid.get("RequestID")
        assert local(repeated, "OriginalHeader@OverallResult") == "Success"
        declined = await till.pay("10.05")
        assert result(declined) == "Failure"
        assert local(await till.repeat(), "OriginalHeader@OverallResult") == "Failure"
        assert result(await till.pay("", "PaymentReversal", stan)) == "Success"
        assert result(await till.pay("", "PaymentReversal", stan)) == "Failure"
        assert result(await till.pay("5.00", "PaymentRefund")) == "Success"
        assert result(await till.service("ReconciliationWithClosure")) == "Success"
        assert result(await till.service("Logoff")) == "Success"
        assert result(await till.pay()) == "Loggedout"
        outcomes = [row.outcome for row in await shop.shop.journal.exchanges()]
        assert outcomes.count(Outcome.APPROVED) == 3


async def test_a_reservation_is_captured(tmp_path: Path, till: OldTill) -> None:
    async with bridge(tmp_path, till):
        await till.login()
        reserved = await till.pay("100.00", "CardPreAuthorisation")
        stan = local(reserved, "Terminal@STAN")
        captured = await till.pay("87.30", "CardFinancialAdvice", stan)
        assert (result(captured), local(captured, "TotalAmount")) == ("Success", "87.30")


async def test_a_signature_is_printed_and_confirmed(tmp_path: Path, till: OldTill) -> None:
    async with bridge(tmp_path, till):
        await till.login()
        assert result(await till.pay("10.07")) == "Success"
        commands = [local(each, "Command") for each in till.asked]
        assert "GetConfirmation" in commands
        assert till.said("Printer")


async def test_a_refused_signature_is_not_paid(tmp_path: Path, till: OldTill) -> None:
    till.answers = lambda request: device_response(request, value="<InBoolean>false</InBoolean>")
    async with bridge(tmp_path, till):
        await till.login()
        assert result(await till.pay("10.07")) == "Failure"


async def test_a_till_without_channel_1_is_paid_for_all_the_same(tmp_path: Path) -> None:
    till = OldTill()
    async with bridge(tmp_path, till):
        await till.login()
        assert result(await till.pay("25.00")) == "Success"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<TotalAmount>25.00</TotalAmount>", "ValidationError"),
        ("", "MissingMandatoryData"),
        ('<TotalAmount Currency="EUR">0</TotalAmount>', "ValidationError"),
    ],
)
async def test_what_cannot_be_paid(tmp_path: Path, till: OldTill, text: str, told: str) -> None:
    async with bridge(tmp_path, till):
        await till.login()
        assert result(await till.send(till.request("CardPayment", text))) == told


@pytest.mark.parametrize("kind", ["CardSwipe", "CardActivate", "Nonsense"])
async def test_what_the_face_has_not_is_refused(tmp_path: Path, till: OldTill, kind: str) -> None:
    async with bridge(tmp_path, till):
        await till.login()
        assert await till.card(kind) == "NotSupported"


async def test_an_original_that_nobody_knows(tmp_path: Path, till: OldTill) -> None:
    async with bridge(tmp_path, till):
        await till.login()
        assert result(await till.pay("", "PaymentReversal", "000999")) == "Failure"
        assert result(await till.pay("1.00", "CardFinancialAdvice", "000999")) == "Failure"
        assert result(await till.repeat()) == "Failure"


# --- a terminal that says what the test says ----------------------------------------------------


async def test_while_it_runs_others_wait_and_a_repetition_says_busy(
    tmp_path: Path, till: OldTill
) -> None:
    terminal, other = ToldTerminal(), OldTill("W2")
    parts = Parts(connect=terminal.connect)
    async with bridge(tmp_path, till, "test://", parts), Tasks() as tasks:
        other.port = till.port
        await till.login()
        await other.login()
        text = till.payment()
        paying = tasks.spawn(till.send(text), name="payment")
        told = await terminal.money.get()
        assert result(await till.repeat()) == "Busy"
        assert result(await till.send(text)) == "Busy", "the same request again"
        assert result(await other.pay()) == "Busy"
        assert result(await other.repeat()) == "Failure", "that other till has no last message"
        told.approve()
        assert result(await paying) == "Success"
        again = await till.send(text)
        assert result(again) == "Success", "the same request once more, answered from memory"
        assert len(terminal.charges) == 1


@pytest.mark.parametrize("last", [b"\xff\xff\xff\xff no frame", b""])
async def test_a_till_that_breaks_its_connection_holds_up_nobody(
    tmp_path: Path, till: OldTill, last: bytes
) -> None:
    terminal = ToldTerminal()
    terminal.waiting_for = (Totals,)
    parts = Parts(connect=terminal.connect)

    async def approve() -> None:
        (await terminal.money.get()).approve()

    async with bridge(tmp_path, till, "test://", parts), Tasks() as tasks:
        await till.login()
        _, writer = await asyncio.open_connection("127.0.0.1", till.port)
        writer.write(frame(till.request("Reconciliation", service=True)))
        closing = await terminal.services.get()
        if last:
            writer.write(last)
            await writer.drain()
        else:
            line = writer.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        assert result(await till.service("Diagnosis")) == "Success"
        closing.end(Verdict.APPROVED)
        tasks.spawn(approve(), name="next payment")
        told = "Busy"
        async with asyncio.timeout(20):
            while told == "Busy":
                told = result(await till.pay())
        assert told == "Success"
        writer.close()


async def test_an_abort_is_taken_and_the_payments_own_answer_decides(
    tmp_path: Path, till: OldTill
) -> None:
    terminal = ToldTerminal()
    parts = Parts(connect=terminal.connect)
    async with bridge(tmp_path, till, "test://", parts), Tasks() as tasks:
        await till.login()
        assert await till.card("AbortRequest") == "Failure"
        paying = tasks.spawn(till.pay(), name="payment")
        told = await terminal.money.get()
        assert await till.card("AbortRequest") == "Success"
        await told.aborted.wait()
        told.approve()
        assert result(await paying) == "Success", "it came too late"


async def test_an_abort_that_was_taken_outlives_a_journal_that_fails(
    tmp_path: Path, till: OldTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = ToldTerminal()
    parts = Parts(connect=terminal.connect)
    async with bridge(tmp_path, till, "test://", parts) as shop, Tasks() as tasks:
        await till.login()
        paying = tasks.spawn(till.pay(), name="payment")
        told = await terminal.money.get()
        journal, failures = shop.shop.journal, [JournalError("is busy")]
        find = journal.find

        async def failing(scope: str, reference: str) -> Any:
            if failures:
                raise failures.pop()
            return await find(scope, Reference(reference))

        monkeypatch.setattr(journal, "find", failing)
        assert await till.card("AbortRequest") == "Success"
        async with asyncio.timeout(20):
            await told.aborted.wait()
        told.end(Verdict.ABORTED)
        assert result(await paying) == "Aborted"


async def test_a_doubt_is_busy_until_a_person_decides_it(tmp_path: Path, till: OldTill) -> None:
    terminal = ToldTerminal()
    parts = Parts(connect=terminal.connect)
    async with bridge(tmp_path, till, "test://", parts, quick=True) as shop, Tasks() as tasks:
        await till.login()
        paying = tasks.spawn(till.pay(), name="payment")
        told = await terminal.money.get()
        told.tell(NoAnswer(written=True, problem="the line is dead"))
        assert result(await till.repeat()) == "Busy"
        reference = told.order.reference
        await shop.resolve(reference, Outcome.DECLINED, who="a person", why="no slip")
        assert result(await paying) == "Failure"
        assert local(await till.repeat(), "OriginalHeader@OverallResult") == "Failure"


async def test_the_till_that_hung_up_learns_it_after_a_restart(
    tmp_path: Path, till: OldTill
) -> None:
    terminal = ToldTerminal()
    parts = Parts(connect=terminal.connect)
    async with bridge(tmp_path, till, "test://", parts), Tasks() as tasks:
        await till.login()
        tasks.spawn(till.pay("7.00"), name="payment")
        told = await terminal.money.get()
    again = ToldTerminal()
    answer = Answer(
        verdict=Verdict.APPROVED,
        service_id=told.command.service_id,
        reference=told.order.reference,
        sale_time=told.order.sale_time,
        authorized=told.order.amount,
    )
    again.status = [Ended(answer=answer)]
    async with bridge(tmp_path, till, "test://", Parts(connect=again.connect)):
        assert await till.login() == "Success"
        repeated = await until(till, "Success")
        assert local(repeated, "OriginalHeader@OverallResult") == "Success"
        assert local(repeated, "TotalAmount") == "7.00"
        stan = local(repeated, "Terminal@STAN")
        async with Tasks() as tasks:
            undoing = tasks.spawn(till.pay("", "PaymentReversal", stan), name="reversal")
            (await again.money.get()).approve()
            assert result(await undoing) == "Success"


async def until(till: OldTill, told: str) -> ET.Element:
    """Repetitions until one says so."""
    async with asyncio.timeout(20):
        while True:
            repeated = await till.repeat()
            if result(repeated) == told:
                return repeated
