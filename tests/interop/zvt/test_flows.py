"""The recorded flows, byte for byte: our till against what the terminals in them said, and the
simulated terminal against what the tills said, over real sockets and a real pty.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.model.news import Verdict
from opi_pos.model.reports import TotalsReport
from opi_pos.model.results import Result
from opi_pos.model.secret import Secret
from terminal_bridge.zvt.messages.base import Unknown
from terminal_bridge.zvt.messages.money import PartialReversal
from tests.interop.zvt.flows import Block, RecordedTerminal, blocks_of
from tests.interop.zvt.shop import Bea, till_at
from tests.interop.zvt.terminals import served_on_pty, served_on_tcp

posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
WAYS = ["tcp", pytest.param("pty", marks=posix)]
APPROVED = (Outcome.APPROVED, Proof.RESPONSE)
SLIP = ("** BELEG **", "Betrag EUR  12,34", "Grüße")


@asynccontextmanager
async def recorded(
    number: int, way: str = "tcp", cashier: Bea | None = None, **words: Any
) -> AsyncIterator[tuple[RecordedTerminal, SaleSystem]]:
    terminal = RecordedTerminal(blocks_of(number), hangs_up=words.pop("hangs_up", False))
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with served(terminal) as url, till_at(url, cashier or Bea(), **words) as till:
        yield terminal, till


def lines_of(result: Result) -> list[tuple[str, ...]]:
    return [receipt.lines for receipt in result.receipts]


def is_fully_read(result: Result) -> None:
    """All that the recordings' 04 0F tells."""
    assert result.card is not None
    assert (result.card.masked_pan[-4:], result.card.brand) == ("4771", "Mastercard")
    assert result.card.entry_mode == "contactless"
    assert result.approval_code == "611804"
    assert result.terminal_transaction is not None
    assert result.terminal_transaction.id == "0007-000041"
    assert result.terminal_transaction.time.endswith("-11-21T14:30:05")


@pytest.mark.parametrize("way", WAYS)
async def test_flow_1_a_day(way: str) -> None:
    async with recorded(1, way) as (terminal, till):
        diagnosis = await till.diagnose()
        assert diagnosis.verdict is Verdict.APPROVED
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == APPROVED
        is_fully_read(result)
        assert lines_of(result) == [SLIP]
        assert (await till.show_customer("Hello")).verdict is Verdict.APPROVED
        closed = await till.close_day()
        assert isinstance(closed.payload, TotalsReport)
        assert closed.payload.period == "0001-0007"
        [group] = closed.payload.groups
        assert (group.brand, str(group.lines[0].amount), group.lines[0].count) == (
            "mastercard",
            "9.58",
            2,
        )
        assert closed.receipts[0].lines == SLIP
        card = await till.read_card()
        assert card.card is not None
        assert "411001" not in repr(card)
        assert set(terminal.answers) == {bytes.fromhex("800000")}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("number", "outcome", "condition"),
    [(2, Outcome.DECLINED, "05"), (3, Outcome.ABORTED, "6C"), (7, Outcome.DECLINED, "05")],
)
async def test_flows_2_3_and_7_no_money(
    number: int, outcome: Outcome, condition: str, way: str
) -> None:
    async with recorded(number, way) as (_, till):
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof, result.condition) == (
            outcome,
            Proof.RESPONSE,
            condition,
        )
        assert (await till.close_day()).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("number", "amount", "way"),
    [
        (4, "10.10", "tcp"),
        pytest.param(4, "10.10", "pty", marks=posix),
        (5, "12.34", "tcp"),
        pytest.param(5, "12.34", "pty", marks=posix),
        (9, "12.34", "tcp"),
        pytest.param(9, "12.34", "pty", marks=posix),
        (10, "10.10", "tcp"),
    ],
)
async def test_flows_4_5_9_and_10_paid(number: int, amount: str, way: str) -> None:
    """In flow 10 every command has a connection of its own."""
    async with recorded(number, way, hangs_up=number == 10) as (_, till):
        result = await till.pay(amount, reference="a")
        assert (result.outcome, result.proof) == APPROVED
        is_fully_read(result)
        [lines] = lines_of(result)
        assert lines[1] == f"Betrag EUR  {amount.replace('.', ',')}"


@pytest.mark.parametrize("way", WAYS)
async def test_flow_6_a_reversal(way: str) -> None:
    async with recorded(6, way) as (terminal, till):
        assert (await till.pay("12.34", reference="a")).approved
        back = await till.reverse(original="a", reference="b")
        assert (back.outcome, back.proof) == APPROVED
        reversal = terminal.commands[terminal.controls.index("0630")]
        assert reversal[6:9].hex() == "870007"
        assert (await till.close_day()).verdict is Verdict.APPROVED


@pytest.mark.parametrize("way", WAYS)
async def test_flow_8_lost_after_80_00(way: str) -> None:
    blocks = blocks_of(8)
    blocks[-1].dropped = True
    terminal = RecordedTerminal(blocks)
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with (
        served(terminal) as url,
        till_at(url, recovery_s=0.3, recovery_cap_s=0.5, t4_s=0.3) as till,
    ):
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == (Outcome.IN_DOUBT, Proof.NONE)
        assert terminal.controls.count("0601") == 1


async def test_flow_11_a_status_after_the_registration_and_receipts_before_the_totals() -> None:
    async with recorded(11) as (_, till):
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == APPROVED
        assert result.card is not None
        assert result.card.masked_pan == "676389******1230"
        assert (await till.reverse(original="a", reference="b")).approved
        closed = await till.close_day()
        assert len(closed.receipts[0].lines) == 12


async def test_flow_12_another_simple_terminal() -> None:
    async with recorded(12) as (_, till):
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == APPROVED
        assert lines_of(result) == [("Nexi Germany Test", "Betrag EUR 12,34")]
        # Its mock answers a reversal with one cent: that is not what was asked for.
        back = await till.reverse(original="a", reference="b")
        assert back.outcome is Outcome.PARTIALLY_APPROVED


@pytest.mark.parametrize("way", WAYS)
async def test_flow_15_declined_with_the_hosts_text(way: str) -> None:
    terminal = RecordedTerminal([*blocks_of(1)[:1], *blocks_of(15)])
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with served(terminal) as url, till_at(url) as till:
        result = await till.pay("10.00", reference="a")
        assert (result.outcome, result.proof) == (Outcome.DECLINED, Proof.RESPONSE)
        assert (result.condition, result.message) == ("05", "Abgelehnt")


@pytest.mark.parametrize("way", WAYS)
async def test_flow_17_nothing_is_printed_again(way: str) -> None:
    blocks = [*blocks_of(5), *blocks_of(17)]
    terminal = RecordedTerminal(blocks)
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with served(terminal) as url, till_at(url) as till:
        # The empty answer is spent on the look at the last transaction before the payment.
        result = await till.pay("12.34", reference="a")
        assert result.approved
        assert terminal.controls.index("0620") < terminal.controls.index("0601")


@pytest.mark.parametrize("way", WAYS)
async def test_flow_18_no_reservation_is_open(way: str) -> None:
    blocks = [*blocks_of(1)[:1], *blocks_of(18)]
    terminal = RecordedTerminal(blocks)
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with served(terminal) as url, till_at(url) as till:
        answer = await till.converse(PartialReversal(receipt_no="FFFF"))
        assert answer.condition == "B8"
        assert terminal.commands[-1].hex().upper() == "06230387FFFF"


@pytest.mark.parametrize("way", WAYS)
async def test_flow_19_another_currency(way: str) -> None:
    async with recorded(19, way, currency="USD") as (terminal, till):
        result = await till.pay("12.34", reference="a")
        assert result.outcome is Outcome.NOT_STARTED
        assert "the terminal has EUR" in result.message
        assert set(terminal.controls) == {"0600"}


@pytest.mark.parametrize("way", WAYS)
async def test_flow_20_an_unknown_command(way: str) -> None:
    blocks = [*blocks_of(1)[:1], *blocks_of(20)]
    terminal = RecordedTerminal(blocks)
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with served(terminal) as url, till_at(url) as till:
        answer = await till.converse(Unknown(code=0x0677, data=Secret("")))
        assert (answer.verdict, answer.condition) == (Verdict.REFUSED, "83")
        assert terminal.commands[-1].hex() == "067700"


@pytest.mark.parametrize("way", WAYS)
async def test_flow_21_our_printer_is_out_of_paper(way: str) -> None:
    """The payment is answered CC at its last line, as in the flow, and the terminal ends it."""
    blocks = blocks_of(5)
    blocks[1].told[-1] = bytes.fromhex("061e016c")
    terminal = RecordedTerminal(blocks)
    served = served_on_tcp if way == "tcp" else served_on_pty
    async with (
        served(terminal) as url,
        till_at(url, Bea(prints=False), wait_for_paper=True) as till,
    ):
        result = await till.pay("12.34", reference="a")
        assert result.outcome is Outcome.DECLINED
        assert terminal.answers[-2] == bytes.fromhex("84cc00")


async def test_flow_22_found_again() -> None:
    """The 04 0F got lost, and the last transaction tells what became of the payment."""
    register, payment = blocks_of(5)[:2]
    payment.told, payment.dropped = payment.told[:2], True
    [found] = blocks_of(22)
    earlier = {"870007": "870006", "0b000041": "0b000040", "88000041": "88000040"}
    told = list(found.told)
    for newer, older in earlier.items():
        told = [raw.replace(bytes.fromhex(newer), bytes.fromhex(older)) for raw in told]
    terminal = RecordedTerminal([register, Block(found.command, told), payment, found])
    async with served_on_tcp(terminal) as url, till_at(url) as till:
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.EVIDENCE)
        is_fully_read(result)
        assert terminal.commands[-1].hex().startswith("062005")
        assert terminal.commands[-1].hex().endswith("0303")
