"""Prepaid cards, the terminal's identity, and what single makers add."""

from __future__ import annotations

import pytest

from opi_pos.poi.scenario import Cancel, Scenario
from terminal_bridge.simulator.zvt.profile import PtProfile
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from tests.terminal_bridge.simulator.zvt.play import play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    Till,
    apdu,
    command,
    controls,
    find,
    pay,
)

REGISTER = apdu("06 00 08 000000 BE 0978 06 00")
"""With an empty container: all kinds of TLV are understood."""


def test_the_balance_of_a_card_is_told_and_moves_no_money() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        came = await till.run(apdu("06 03 00"))
        status = find(came, 0x040F).data
        assert status.startswith(bytes.fromhex("2700 04000000002500"))
        assert bytes.fromhex("1F3F06000000002500") in status
        assert controls(came)[-2:] == ["06D1", "060F"]
        assert terminal.books.entries == []

    play(story)


def test_a_balance_that_the_cardholder_stops_ends_with_06_1e() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert await till.end(apdu("06 03 00")) == apdu("06 1E 01 6C")

    play(story, scenario=Scenario(cancel=Cancel.AT_CARD))


def top_up(mode: str, minor: int) -> str:
    return f"0001 {mode} 04{minor:012d}490978"


def test_a_top_up_by_card_is_a_payment_and_then_a_top_up() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        came = await till.run(command(0x0609, top_up("01", 2000)))
        paid, loaded = (message.data for message in came if message.control == 0x040F)
        assert b"Mastercard" in paid
        assert b"Aufladung 20.00" in loaded
        assert controls(came)[-1] == "060F"
        assert terminal.books.net() == {"EUR": 2000}

    play(story)


@pytest.mark.parametrize("mode", ["02", "03"])
def test_a_top_up_for_cash_moves_no_card_s_money(mode: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        came = await till.run(command(0x0609, top_up(mode, 2000)))
        assert controls(came) == ["8000", "040F", "060F"]
        assert terminal.books.net() == {}

    play(story)


@pytest.mark.parametrize("minor", [1, 499, 20001])
def test_a_top_up_tells_which_amounts_are_allowed(minor: int) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        end = await till.end(command(0x0609, top_up("01", minor)))
        assert end.data.hex() == "6f490978" + "04000000000500" + "04000000020000"
        assert terminal.books.net() == {}

    play(story)


def test_an_unknown_way_to_pay_for_a_top_up_is_refused() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert await till.end(command(0x0609, top_up("09", 2000))) == apdu("06 1E 01 9A")

    play(story)


def test_the_terminal_id_is_set_while_the_turnover_is_empty() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(apdu("06 1B 08 000000 29 12345678"))).control == 0x060F
        registered = await till.run(REGISTER)
        assert bytes.fromhex("2912345678") in registered[1].data
        status = find(await till.run(pay(1200)), 0x040F)
        assert bytes.fromhex("2912345678") in status.data
        assert await till.end(apdu("06 1B 08 000000 29 87654321")) == apdu("06 1E 01 F0")
        await till.run(apdu("06 50 03 000000"))
        assert (await till.end(apdu("06 1B 03 000000"))).control == 0x060F
        registered = await till.run(REGISTER)
        assert bytes.fromhex("2952500295") in registered[1].data

    play(story)


@pytest.mark.parametrize(
    ("profile", "old"),
    [
        (varied("card-complete"), "000000"),
        (varied("strict", password="123456"), "123456"),
    ],
)
def test_a_changed_password_is_the_one_to_be_sent(profile: PtProfile, old: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        wrong = await till.end(apdu("06 95 06 999999 654321"))
        assert wrong == apdu("84 37 00")
        changed = await till.end(command(0x0695, old + "654321"))
        assert changed == apdu("06 0F 02 27 00")
        assert await till.end(command(0x0600, old + "BE0978")) == apdu("84 37 00")
        assert (await till.end(apdu("06 00 06 654321 BE 0978"))).control == 0x060F

    play(story, profile=profile)


def test_a_terminal_that_ignores_passwords_goes_on_ignoring_them() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(apdu("06 95 06 111111 222222"))).control == 0x060F
        assert (await till.end(apdu("06 00 06 333333 BE 0978"))).control == 0x060F

    play(story)


@pytest.mark.parametrize("call", ["0001", "123456 0001"])
def test_feig_tells_about_itself_in_an_untagged_completion(call: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        end = await till.end(command(0x0FA1, call))
        assert end.control == 0x060F
        assert end.data == b"17FD1E3CSIM1.0           " + bytes.fromhex("52500295")

    play(story, profile="feig")


def test_other_makers_do_not_know_feigs_functions() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert await till.end(apdu("0F A1 02 0001")) == apdu("84 83 00")

    async def feigs(till: Till, _: SimulatedZvt) -> None:
        assert await till.end(apdu("0F A1 02 0077")) == apdu("84 83 00")

    play(story)
    play(feigs, profile="feig")


def test_ingenico_adds_tags_of_its_own_to_a_diagnosis() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        end = await till.end(apdu("06 70 00"))
        assert end.data.startswith(bytes.fromhex("27FF06"))
        for tag in ("DF01", "DF02", "DF03", "DF04"):
            assert bytes.fromhex(tag) in end.data

    play(story, profile="ingenico")


def test_a_silent_abort_of_the_tills_takes_the_payment_back() -> None:
    """84 6C 01 21 instead of an acknowledgement (card complete)."""

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        till.answer = lambda m: apdu("84 6C 01 21" if m.control == 0x040F else "80 00 00")
        assert (await till.end(pay(1200))).control == 0x061E
        assert terminal.books.net() == {"EUR": 0}

    play(story, profile="card-complete")
