"""What makers do differently: every profile pays, and its own ways show."""

from __future__ import annotations

import pytest

from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.zvt.profile import PROFILES
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt.tlv import find as find_tag
from terminal_bridge.zvt.tlv import read_objects
from tests.terminal_bridge.simulator.zvt.play import FRAMINGS, play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    ACK,
    REGISTER_TLV,
    Till,
    apdu,
    command,
    controls,
    find,
    pay,
    register,
    reverse,
)


@pytest.mark.parametrize("serial", FRAMINGS)
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_profile_sells_a_day_long(profile: str, serial: bool) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        if (await till.end(REGISTER_TLV)).control != 0x060F:
            pytest.fail("the second registration was to be taken")
        assert (await till.end(pay(1000))).control == 0x060F
        assert (await till.end(pay(1005))).control == 0x061E
        assert (await till.end(pay(2000))).control == 0x060F
        assert (await till.end(reverse(terminal.store.numbers.receipt))).control == 0x060F
        assert controls(await till.run(command(0x0620, "000000 03 03")))[-2:] == ["040F", "060F"]
        assert (await till.end(command(0x0650, "000000"))).control == 0x060F
        assert terminal.books.net() == {"EUR": 1000}
        assert terminal.terminal.pt.violations == []

    play(story, profile=profile, serial=serial)


def test_every_profile_is_known_by_its_own_name() -> None:
    assert all(name == profile.name for name, profile in PROFILES.items())


def test_card_complete_puts_its_tags_at_the_top_and_a_type_behind_each_line() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x8E, ""))
        came = await till.run(pay(1000))
        data = find(came, 0x040F).data
        objects = list(read_objects(data[data.rindex(b"\x06", 0, data.index(b"\x45\x04")) + 2 :]))
        assert find_tag(objects, 0x1F10) is not None
        assert find_tag(objects, 0x2F) is None
        lines = [m.data for m in came if m.control == 0x06D1]
        kinds = [line[-6:] for line in lines]
        assert kinds.count(bytes.fromhex("06041F070101")) > 5
        assert kinds.count(bytes.fromhex("06041F070102")) > 5
        assert any(b"H\xe4ndlerbeleg" in line for line in lines), "ISO 8859-1 without being asked"

    play(story, profile="card-complete")


def test_card_complete_ignores_what_the_till_wishes_for_characters() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        completion = await till.end(register(0x8E, "27 03 14 01 FE"))
        assert bytes.fromhex("2703") not in completion.data

    play(story, profile="card-complete")


def test_hobex_knows_no_print_lines() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x8E))
        assert {"06D1", "06D3"} & set(controls(await till.run(pay(1000)))) == {"06D3"}

    play(story, profile="hobex")


def test_ingenico_looks_for_the_printer_first() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x8E))
        came = await till.run(pay(1000))
        assert came[1] == apdu("06 D1 01 00")
        assert came[-2] == apdu("06 D1 01 81")
        till.answer = lambda _: apdu("84 CC 00")
        assert controls(await till.run(pay(1000))) == ["8000", "06D1", "061E"]
        assert terminal.books.net() == {"EUR": 1000}

    play(story, profile="ingenico")


def test_ingenico_refuses_some_tags_and_payment_types() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(command(0x0620, "000000 06 04 1F0101 01"))).control == 0x849A
        assert (await till.end(pay(1000, "19 50"))).data == b"\xc5"
        assert (await till.end(pay(1000, "19 48"))).control == 0x060F
        assert (await till.end(command(0x0670, ""))).data == b"\x27\xff"

    play(story, profile="ingenico")


def test_some_terminals_print_after_they_gave_the_master_rights_back() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x8E))
        came = controls(await till.run(pay(1000)))
        assert came[-2:] == ["040F", "060F"]
        printed = []
        while (message := await till.receive()) is not None:
            till.send(ACK)
            printed.append(message)
            if printed.count(apdu("06 D1 01 81")) == 2:
                break
        assert {m.control for m in printed} == {0x06D1}
        assert terminal.books.net() == {"EUR": 1000}

    play(story, profile=varied("ingenico", late_receipts=True, printer_check=False))


def test_a_vending_terminal_says_so_and_waits_for_the_goods() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        assert (await till.end(register(0xDE))).data[:2] == b"\x19\x10"
        before = terminal.now()
        await till.reach(pay(1000), 0x040F)
        assert await till.receive() is None
        assert 30 <= terminal.now() - before < 40

    play(story, profile="feig")


def test_an_abort_is_told_by_a_status_information_by_some() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x36))
        came = await till.run(pay(1003))
        assert [m.to_bytes().hex() for m in came[1:]] == ["040f07276c2952500295", "061e016c"]

    play(story, profile="recording")


@pytest.mark.parametrize(("minor", "text"), [(1011, b"KEINE VERBINDUNG"), (1014, b"INTERNER")])
def test_what_fails_inside_has_the_maker_s_words(minor: int, text: bytes) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x36, ""))
        failure = await till.end(pay(minor))
        assert failure.data[1:3] == bytes((0x06, len(failure.data) - 3))
        assert b"\x1f\x16\x05" in failure.data
        assert text in failure.data

    play(story)


@pytest.mark.parametrize(("language", "shown"), [("", b"Karte einstecken"), ("en", b"Insert card")])
def test_status_texts_are_in_the_till_s_language(language: str, shown: bytes) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        tlv = f"28 04 15 02 {language.encode().hex()}" if language else ""
        await till.run(register(0x3E, tlv))
        assert shown in find(await till.run(pay(1000)), 0x04FF).data

    play(story, scenario=Scenario())
