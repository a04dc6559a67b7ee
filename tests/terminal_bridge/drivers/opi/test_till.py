"""A whole till at a terminal in raw XML, over real sockets."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.model.devices import Display, PrintJob, Question
from opi_pos.model.results import Result
from opi_pos.runtime.cashier import QuietCashier
from opi_pos.runtime.sale_system import Parts
from terminal_bridge.drivers.opi import connect
from tests.terminal_bridge.drivers.opi.terminal import (
    HANG_UP,
    SILENT,
    Terminal,
    approved,
    ask,
    device_request,
    local,
    repeats,
    response,
)


class Counter(QuietCashier):
    """A cashier who accepts signatures and has paper."""

    def __init__(self, *, paper: bool = True, accepts: bool | None = True) -> None:
        self.shown: list[str] = []
        self.printed: list[tuple[str, str]] = []
        self.asked: list[Question] = []
        self._paper = paper
        self._accepts = accepts

    async def display(self, poi: str, display: Display) -> None:
        self.shown += display.lines

    async def confirm(self, poi: str, question: Question) -> bool | None:
        self.asked.append(question)
        return self._accepts

    async def ask(self, poi: str, question: Question) -> str | None:
        self.asked.append(question)
        return "1"

    async def print(self, poi: str, job: PrintJob) -> bool:
        self.printed.append((job.receipt.copy.value, job.receipt.lines[0]))
        return self._paper


def quick(settings: Any, door: Any) -> Any:
    """The driver with a shorter wait between two questions."""
    driver = connect(settings, door)
    driver._capabilities = msgspec.structs.replace(driver._capabilities, query_every_s=0.05)
    return driver


@asynccontextmanager
async def till(
    path: Path, terminal: Terminal, cashier: QuietCashier | None = None, **keys: Any
) -> AsyncIterator[SaleSystem]:
    profile = keys.pop("profile", "de")
    url = f"opi+tcp://127.0.0.1:{terminal.port}?listen=0&profile={profile}"
    settings = {"currency": "EUR", "link_delay_s": 0.05, "recovery_s": 5.0, **keys}
    shop = SaleSystem.open(
        terminal=url,
        journal=path / "till.db",
        cashier=cashier or Counter(),
        parts=Parts(connect=quick),
        **settings,
    )
    async with shop:
        yield shop


def begun(shop: SaleSystem) -> asyncio.Task[Result]:
    """A payment beside the test; it ends with the till at the latest."""
    return shop._tasks.spawn(shop.pay("25.00", reference="order-1"), name="payment")


def channel_of(shop: SaleSystem) -> int:
    (station,) = shop._stations.values()
    channel: Any = station._channel
    port: int = channel.port
    return port


async def test_a_payment_and_what_is_sent_for_it(tmp_path: Path) -> None:
    terminal = Terminal(CardPayment=approved)
    async with terminal.serving(), till(tmp_path, terminal, language="DE") as shop:
        result = await shop.pay("25.00", reference="order-1", operator="7")
    assert result.approved
    assert (str(result.authorized), result.approval_code) == ("25.00", "012345")
    assert result.terminal_transaction is not None
    assert result.terminal_transaction.id == "000101"
    assert result.card is not None
    assert (result.card.brand, result.card.masked_pan[-4:]) == ("girocard", "3214")
    types = [each.get("RequestType") for each in terminal.requests]
    assert types == ["Login", "RepeatLastMessage", "CardPayment", "Logoff"]
    (sent,) = terminal.of("CardPayment")
    assert sent.tag == "{http://www.nrf-arts.org/IXRetail/namespace}CardServiceRequest"
    assert sent.get("ReferenceNumber") == "order-1"
    assert sent.get("RequestID") == result.service_id
    assert (local(sent, "TotalAmount"), local(sent, "TotalAmount@Currency")) == ("25.00", "EUR")
    assert (local(sent, "POSdata@LanguageCode"), local(sent, "ClerkID")) == ("de", "7")
    (login,) = terminal.of("Login")
    assert local(login, "PrinterParam@Type") == "Printer"
    assert local(login, "GetConfirmation@Timeout") == "180"


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("Failure", Outcome.DECLINED),
        ("Failed", Outcome.DECLINED),
        ("CommunicationError", Outcome.DECLINED),
        ("Aborted", Outcome.ABORTED),
        ("TimedOut", Outcome.ABORTED),
        ("ValidationError", Outcome.NOT_STARTED),
        ("NotSupported", Outcome.NOT_STARTED),
    ],
)
async def test_what_results_mean(tmp_path: Path, result: str, outcome: Outcome) -> None:
    terminal = Terminal(CardPayment=lambda asked: response(asked, result))
    async with terminal.serving(), till(tmp_path, terminal) as shop:
        told = await shop.pay("25.00", reference="order-1")
    assert (told.outcome, told.condition) == (outcome, result)


@pytest.mark.parametrize("result", ["Splendid", "", "PartialFailure"])
async def test_a_result_that_nobody_knows_is_asked_about(tmp_path: Path, result: str) -> None:
    terminal = Terminal(CardPayment=lambda asked: response(asked, result))
    async with terminal.serving(), till(tmp_path, terminal) as shop:
        paying = begun(shop)
        sent = await terminal.until("CardPayment")
        terminal.says("RepeatLastMessage", repeats(sent))
        told = await paying
    assert (told.outcome, told.proof) == (Outcome.APPROVED, Proof.STATUS)


async def test_less_than_asked_is_not_an_approval(tmp_path: Path) -> None:
    terminal = Terminal(CardPayment=lambda asked: approved(asked, "20.00"))
    async with terminal.serving(), till(tmp_path, terminal) as shop:
        told = await shop.pay("25.00", reference="order-1")
    assert (told.outcome, str(told.authorized)) == (Outcome.PARTIALLY_APPROVED, "20.00")


async def test_logged_out_it_logs_in_and_pays_under_a_new_id(tmp_path: Path) -> None:
    logged_out = [lambda asked: response(asked, "Loggedout"), approved]
    terminal = Terminal(CardPayment=logged_out)
    async with terminal.serving(), till(tmp_path, terminal) as shop:
        assert (await shop.pay("25.00", reference="order-1")).approved
    first, second = terminal.of("CardPayment")
    assert first.get("RequestID") != second.get("RequestID")
    assert len(terminal.of("Login")) == 2


async def test_a_slip_that_was_not_printed_comes_first(tmp_path: Path) -> None:
    held_up = [lambda asked: response(asked, "PrintLastTicket"), approved]
    terminal = Terminal(CardPayment=held_up)
    async with terminal.serving(), till(tmp_path, terminal, profile="nl") as shop:
        assert (await shop.pay("25.00", reference="order-1")).approved
    types = [each.get("RequestType") for each in terminal.requests]
    assert types.index("TicketReprint") == types.index("CardPayment") + 1
    assert len(terminal.of("CardPayment")) == 2


@pytest.mark.parametrize("profile", ["de", "nl", "ch"])
async def test_a_till_that_does_not_print_says_so_and_pays_again_and_again(
    tmp_path: Path, profile: str
) -> None:
    url = f"sim://opi?profile={profile}"
    shop = SaleSystem.open(terminal=url, currency="EUR", journal=tmp_path / "till.db")
    async with shop:
        for number in range(3):
            assert (await shop.pay("25.00", reference=f"order-{number}")).approved


@pytest.mark.parametrize(("cashier", "told"), [(Counter(), "Available"), (None, "Unavailable")])
async def test_what_is_said_of_the_printer(
    tmp_path: Path, cashier: QuietCashier | None, told: str
) -> None:
    terminal = Terminal(CardPayment=approved)
    quiet = QuietCashier()
    async with terminal.serving(), till(tmp_path, terminal, cashier or quiet, profile="nl") as shop:
        await shop.pay("25.00", reference="order-1")
    (sent,) = terminal.of("CardPayment")
    assert local(sent, "PrinterStatus") == local(sent, "JournalPrinterStatus") == told


async def test_a_printer_that_fails_is_named(tmp_path: Path) -> None:
    url = "sim://opi?profile=nl"
    shop = SaleSystem.open(
        terminal=url,
        currency="EUR",
        journal=tmp_path / "till.db",
        cashier=Counter(paper=False),
        busy_s=0.1,
    )
    async with shop:
        assert (await shop.pay("25.00", reference="order-1")).approved
        held_up = await shop.pay("25.00", reference="order-2")
    assert (held_up.outcome, held_up.proof) == (Outcome.NOT_STARTED, Proof.RESPONSE)
    assert "last slip" in held_up.message


# --- lost answers -------------------------------------------------------------------------------


async def lost(tmp_path: Path, repeated: Any, reply: str = HANG_UP) -> Any:
    """A payment whose answer is lost; `repeated(sent)` is what the terminal then repeats."""
    terminal = Terminal(
        CardPayment=reply, RepeatLastMessage=repeats(EARLIER, WorkstationID="another")
    )
    async with terminal.serving(), till(tmp_path, terminal, recovery_s=0.5) as shop:
        paying = begun(shop)
        sent = await terminal.until("CardPayment")
        terminal.says("RepeatLastMessage", repeated(sent))
        return await paying


EARLIER = ET.fromstring('<x RequestType="CardPayment" WorkstationID="9" RequestID="77"/>')


async def test_ours_is_repeated_so_it_is_known(tmp_path: Path) -> None:
    told = await lost(tmp_path, repeats)
    assert (told.outcome, told.proof) == (Outcome.APPROVED, Proof.STATUS)
    assert str(told.authorized) == "25.00"


async def test_the_result_is_that_of_the_payment_and_not_of_the_repetition(
    tmp_path: Path,
) -> None:
    told = await lost(tmp_path, lambda sent: repeats(sent, "Failure"))
    assert (told.outcome, told.proof) == (Outcome.DECLINED, Proof.STATUS)


async def test_the_one_before_is_repeated_so_ours_never_came(tmp_path: Path) -> None:
    told = await lost(tmp_path, lambda sent: repeats(EARLIER, WorkstationID="another"))
    assert told.outcome is Outcome.NOT_STARTED


async def test_another_one_is_repeated_so_nothing_is_known(tmp_path: Path) -> None:
    told = await lost(tmp_path, lambda sent: repeats(EARLIER, RequestID="78"))
    assert told.outcome is Outcome.IN_DOUBT


def later(request: ET.Element, **changed: str) -> Any:
    """A repetition of a later payment: the terminal gave it the next number."""
    told = repeats(request, **changed)
    assert callable(told)
    return lambda asked: told(asked).replace('STAN="000101"', 'STAN="000102"')


async def test_another_till_that_numbers_its_requests_anew_hides_ours(tmp_path: Path) -> None:
    told = await lost(tmp_path, lambda sent: later(EARLIER, WorkstationID="another"))
    assert told.outcome is Outcome.IN_DOUBT


async def test_an_answer_without_its_workstation_is_nobodys(tmp_path: Path) -> None:
    told = await lost(tmp_path, lambda sent: repeats(sent, WorkstationID=""))
    assert told.outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize("result", ["NotSupported", "Failure"])
async def test_a_terminal_that_repeats_nothing_leaves_a_doubt(tmp_path: Path, result: str) -> None:
    told = await lost(tmp_path, lambda sent: lambda asked: response(asked, result))
    assert told.outcome is Outcome.IN_DOUBT


async def test_it_is_recovered_by_the_next_process(tmp_path: Path) -> None:
    terminal = Terminal(CardPayment=SILENT)
    async with terminal.serving():
        async with till(tmp_path, terminal) as shop:
            paying = begun(shop)
            sent = await terminal.until("CardPayment")
        paying.cancel()
        terminal.says("RepeatLastMessage", repeats(sent))
        async with till(tmp_path, terminal) as shop:
            told = await shop.pay("25.00", reference="order-1")
    assert (told.outcome, told.proof) == (Outcome.APPROVED, Proof.STATUS)
    assert len(terminal.of("CardPayment")) == 1


# --- aborts -------------------------------------------------------------------------------------


async def test_an_abort_goes_beside_the_payment_and_decides_nothing(tmp_path: Path) -> None:
    terminal = Terminal(CardPayment=SILENT)
    async with terminal.serving(), till(tmp_path, terminal, recovery_s=0.3) as shop:
        paying = begun(shop)
        sent = await terminal.until("CardPayment")
        await shop.abort()
        stop = await terminal.until("AbortRequest")
        assert stop.get("ReferenceNumber") == sent.get("RequestID")
        assert stop.get("RequestID") != sent.get("RequestID")
        assert not paying.done()
        paying.cancel()


# --- channel 1 ----------------------------------------------------------------------------------

SLIP = '<Output OutDeviceTarget="Printer"><TextLine>MERCHANT</TextLine></Output>'
SIGNED = """<Output OutDeviceTarget="CashierDisplay"><TextLine>Unterschrift ok?</TextLine></Output>
<Input InDeviceTarget="CashierKeyboard"><Command TimeOut="60">GetConfirmation</Command></Input>"""


async def test_a_terminal_shows_prints_and_asks(tmp_path: Path) -> None:
    cashier = Counter()
    terminal = Terminal(CardPayment=SILENT)
    async with terminal.serving(), till(tmp_path, terminal, cashier, recovery_s=0.3) as shop:
        paying = begun(shop)
        await terminal.until("CardPayment")
        port = channel_of(shop)
        display = '<Output OutDeviceTarget="CashierDisplay"><TextLine>Karte</TextLine></Output>'
        told = await ask(port, device_request("Output", display, SequenceID="3"))
        assert (told.get("OverallResult"), told.get("SequenceID")) == ("Success", "3")
        told = await ask(port, device_request("Output", SLIP))
        assert local(told, "Output@OutResult") == "Success"
        told = await ask(port, device_request("Input", SIGNED))
        assert (told.get("OverallResult"), local(told, "InBoolean")) == ("Success", "true")
        paying.cancel()
    assert "Karte" in cashier.shown
    assert cashier.printed == [("cashier", "MERCHANT")]
    assert cashier.asked[0].signature


async def test_what_was_printed_can_be_printed_again(tmp_path: Path) -> None:
    url = "sim://opi"
    till = SaleSystem.open(
        terminal=url, currency="EUR", journal=tmp_path / "till.db", cashier=Counter()
    )
    async with till as shop:
        assert (await shop.pay("10.07", reference="order-1")).approved
        copies = [receipt.copy.value for receipt in await shop.reprint("order-1")]
    assert sorted(copies) == ["cashier", "customer"]


async def test_no_paper_is_told_as_it_is(tmp_path: Path) -> None:
    terminal = Terminal(CardPayment=SILENT)
    async with terminal.serving(), till(tmp_path, terminal, Counter(paper=False)) as shop:
        paying = begun(shop)
        await terminal.until("CardPayment")
        told = await ask(channel_of(shop), device_request("Output", SLIP))
        assert told.get("OverallResult") == "DeviceUnavailable"
        assert local(told, "Output@OutResult") == "DeviceUnavailable"
        paying.cancel()


async def test_who_still_asks_still_carries_it_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long after the connection broke, and although it repeats the answer before, as terminals may
    that keep an answer only at its end.
    """
    monkeypatch.setattr("terminal_bridge.drivers.opi.driver.STILL_ASKS_S", 0.0)
    cashier = Counter()
    before = repeats(EARLIER, WorkstationID="another")
    terminal = Terminal(CardPayment=HANG_UP, RepeatLastMessage=[before, SILENT])
    async with terminal.serving(), till(tmp_path, terminal, cashier, recovery_s=0.5) as shop:
        paying = begun(shop)
        await terminal.until("RepeatLastMessage", 2)
        told = await ask(channel_of(shop), device_request("Output", SLIP))
        assert told.get("OverallResult") == "Success"
        terminal.says("RepeatLastMessage", before)
        terminal.hang_up()
        assert (await paying).outcome is Outcome.IN_DOUBT


async def test_nothing_is_asked_while_nothing_runs(tmp_path: Path) -> None:
    cashier = Counter()
    terminal = Terminal()
    async with terminal.serving(), till(tmp_path, terminal, cashier) as shop:
        told = await ask(channel_of(shop), device_request("Input", SIGNED))
        assert told.get("OverallResult") == "DeviceUnavailable"
    assert cashier.asked == []
