"""Orders without money, and what the terminal wants done, on the simulated terminal."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from opi_pos import CapabilityError, Outcome, SaleSystem
from opi_pos.model.news import Verdict
from opi_pos.model.reports import Condition, CustomerInput, DiagnosisReport, TotalsReport
from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.drivers.zvt.conversation import Finished
from terminal_bridge.simulator.zvt.profile import PtProfile, profile_of
from terminal_bridge.zvt.messages.session import SelectLanguage
from terminal_bridge.zvt.messages.status import Completion
from terminal_bridge.zvt.tables import terminal_status
from tests.terminal_bridge.drivers.zvt.shop import Shop, play, taken

INITIALISE, DIAGNOSE, END_OF_DAY = 0x51, 0xC2, 0xF0


def varied(name: str, **changes: Any) -> PtProfile:
    return msgspec.structs.replace(profile_of(name), **changes)


def test_a_login_tells_who_answered() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        answer = await till.login()
        assert answer.verdict is Verdict.APPROVED
        assert answer.payload.serial_number == "52500295"
        registration = shop.terminal.terminal.pt.registration
        assert registration.config == 0xBE
        assert registration.currency == "0978"

    play(story)


@pytest.mark.parametrize(
    ("words", "config"),
    [
        ({}, 0xBE),
        ({"printing": "fields"}, 0x3E),
        ({"printing": "terminal"}, 0x38),
        ({"locked": False}, 0x8E),
        ({"printing": "terminal", "locked": False}, 0x08),
    ],
)
def test_the_config_byte_says_what_the_till_takes_upon_itself(
    words: dict[str, Any], config: int
) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        assert shop.terminal.terminal.pt.registration.config == config

    play(story, **words)


def test_feig_wants_one_bit_more_and_cannot_print() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        assert shop.terminal.terminal.pt.registration.config == 0xFE
        with pytest.raises(CapabilityError):
            await till.print_on_terminal("hello")

    play(story, personality="feig", profile="feig", printing="terminal")


def test_width_and_character_set_are_agreed_on() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        registration = shop.terminal.terminal.pt.registration
        assert registration.width == 42
        assert registration.charset == "utf-8"
        line = shop.drivers[-1]._session.line
        assert line is not None
        assert line.dialogue.charsets.print_block == "utf-8"
        result = await till.pay("12.00", reference="a")
        assert any("Händlerbeleg" in line for line in result.receipts[0].lines)

    play(story, print_width=42, charset="utf-8")


def test_an_update_that_ccv_reports_at_the_first_registration_is_waited_for() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        assert (await till.pay("12.00", reference="a")).approved

    play(story, personality="ccv", profile="ccv")


def test_a_logout_forgets_the_registration_and_the_next_payment_registers_again() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.pay("12.00", reference="a")
        await till.logout()
        assert shop.terminal.terminal.pt.registration.config == 0x86
        assert (await till.pay("13.00", reference="b")).approved
        assert shop.terminal.terminal.pt.registration.config == 0xBE

    play(story)


@pytest.mark.parametrize("lock", [INITIALISE, DIAGNOSE, END_OF_DAY])
def test_what_the_terminal_wants_is_done_and_the_payment_goes_out_again(lock: int) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        shop.terminal.lock(lock)
        result = await till.pay("12.00", reference="a")
        assert result.approved
        assert shop.terminal.store.lock == terminal_status.READY

    shop = play(story)
    assert taken(shop.terminal.books) == 1200
    assert shop.cashier.printed


def test_a_registration_already_says_what_is_wanted() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        shop.terminal.lock(DIAGNOSE)
        await till.login()
        assert shop.terminal.store.lock == terminal_status.READY

    play(story)


def test_without_housekeeping_the_payment_ends_not_started() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.login()
        shop.terminal.lock(END_OF_DAY)
        result = await till.pay("12.00", reference="a")
        assert result.outcome is Outcome.NOT_STARTED
        assert result.condition == "F0"
        assert shop.terminal.store.lock == END_OF_DAY

    play(story, housekeeping=False)


def test_no_day_is_closed_while_a_payment_is_in_doubt() -> None:
    """It would take away the record by which the doubt can be resolved."""

    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.pay("10.00", reference="a")
        lost = await till.pay("12.00", reference="b")
        assert lost.outcome is Outcome.IN_DOUBT
        shop.terminal.lock(END_OF_DAY)
        await till.login(reset=True)
        assert shop.terminal.store.lock == END_OF_DAY

    silence = Fault(strike=Strike.SILENCE, category="040F", nth=2, seconds=600.0)
    play(story, faults=[silence], recovery_s=20.0)


def test_the_clock_is_set_at_login_where_it_is_wanted() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        shop.terminal.lock(0x62)
        await till.login()
        assert shop.terminal.store.lock == terminal_status.READY

    play(story, set_clock=True)


def test_a_diagnosis_tells_how_the_terminal_is() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        report = (await till.diagnose(host=True)).payload
        assert isinstance(report, DiagnosisReport)
        assert (report.condition, report.communication_ok) == (Condition.OK, True)
        shop.terminal.lock(DIAGNOSE)
        report = (await till.diagnose()).payload
        assert report.condition is Condition.MAINTENANCE

    play(story)


def test_the_totals_of_a_day_are_told_and_closed() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.pay("12.00", reference="a")
        await till.pay("8.00", reference="b")
        running = (await till.totals()).payload
        assert isinstance(running, TotalsReport)
        assert not running.closed
        answer = await till.close_day()
        closed = answer.payload
        assert isinstance(closed, TotalsReport)
        assert closed.closed
        assert [(g.brand, g.lines[0].count) for g in closed.groups] == [("mastercard", 2)]
        assert str(closed.groups[0].lines[0].amount) == "20.00"
        assert answer.receipts
        assert (await till.close_day()).payload.groups == ()

    play(story)


def test_a_day_after_which_card_complete_updates_itself_is_closed_all_the_same() -> None:
    updating = varied("card-complete", day_ends_with=0xE0)

    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.pay("12.00", reference="a")
        answer = await till.close_day()
        assert answer.verdict is Verdict.APPROVED

    play(story, personality=updating, profile="card-complete")


def test_a_card_is_read_without_paying() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        answer = await till.read_card()
        assert answer.card is not None
        assert answer.card.masked_pan == "541333******0012"

    assert taken(play(story).terminal.books) == 0


def test_the_customer_sees_lines_and_presses_a_key() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.show_customer("Welcome", "38.00")
        assert shop.terminal.terminal.pt.shown == ("Welcome", "38.00")
        answer = await till.ask_customer("A bag?")
        assert answer.payload == CustomerInput(confirmed=True)
        answer = await till.ask_customer("Your number?", kind="digits")
        assert answer.verdict is not Verdict.APPROVED

    play(story)


def test_lines_come_out_of_the_terminals_printer() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        answer = await till.print_on_terminal("one", "two")
        assert answer.verdict is Verdict.APPROVED
        assert any("one" in line for paper in shop.terminal.terminal.pt.printed for line in paper)

    play(story)


def test_any_command_of_zvt_can_be_carried() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        answer = await till.converse(SelectLanguage(language=1))
        assert isinstance(answer.payload, Finished)
        assert isinstance(answer.payload.by, Completion)

    play(story)


def test_the_last_receipt_is_printed_again_and_only_for_the_last_payment() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        first = await till.pay("12.00", reference="a")
        second = await till.pay("13.00", reference="b")
        assert (await shop.reprint(second)).receipts == second.receipts
        with pytest.raises(LookupError):
            await shop.reprint(first)

    play(story)


def test_a_terminal_that_was_started_anew_is_registered_again() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        await till.pay("12.00", reference="a")
        shop.terminal.reboot()
        await asyncio.sleep(10)
        assert shop.terminal.terminal.pt.registration.config != 0xBE
        assert (await till.pay("13.00", reference="b")).approved
        assert shop.terminal.terminal.pt.registration.config == 0xBE

    play(story)
