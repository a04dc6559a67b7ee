"""06 00 in all the forms that tills send, and what it changes."""

from __future__ import annotations

import pytest

from terminal_bridge.simulator.zvt.registration import read_registration
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.tlv import find, read_objects
from tests.terminal_bridge.simulator.zvt.play import play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    REGISTER,
    REGISTER_TLV,
    Till,
    apdu,
    controls,
    pay,
    register,
)
from tests.terminal_bridge.simulator.zvt.till import find as find_in


@pytest.mark.parametrize(
    "sent",
    [
        "06 00 04 123456 BE",
        "06 00 06 123456 8E 0978",
        "06 00 06 123456 41 0978",
        "06 00 08 000000 BE 0978 03 01",
        "06 00 10 123456 3E 0978 03 03 06 06 26 04 0A 02 06 D3",
        "06 00 08 000000 BE 0978 06 00",
        "06 00 06 000000 BE 06 00",
        "06 00 FF 06 00 123456 8E 0978",
    ],
)
def test_every_form_that_tills_send_is_taken(sent: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        came = await till.run(apdu(sent))
        assert controls(came) == ["8000", "060F"]
        assert came[1].data.startswith(bytes.fromhex("1900 29 52500295"))

    play(story)


def test_tlv_without_a_currency_is_told_from_a_currency() -> None:
    asked = read_registration(bytes.fromhex("000000 BE 06 06 26 04 0A 02 06 D3"))
    assert asked.currency == ""
    assert asked.fields.tag(0x26) == bytes.fromhex("0A0206D3")
    rouble = read_registration(bytes.fromhex("000000 BE 0643"))
    assert rouble.currency == "0643"


def test_a_foreign_currency_is_refused_with_the_own_one() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        answer = await till.end(apdu("06 00 06 000000 BE 0840"))
        assert answer.to_bytes().hex() == "841e036f0978"
        assert terminal.terminal.pt.registration.config == 0

    play(story)


def test_a_terminal_of_many_currencies_takes_each_of_them() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(apdu("06 00 06 000000 BE 0756"))).control == 0x060F

    play(story, profile=varied("strict", currencies=("0978", "0756")))


def test_without_intermediate_status_none_is_sent() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(apdu("06 00 06 000000 06 0978"))
        assert "04FF" not in controls(await till.run(pay(1000)))
        await till.run(apdu("06 00 06 000000 0E 0978"))
        assert "04FF" in controls(await till.run(pay(1000)))

    play(story)


def test_the_terminal_prints_what_the_till_does_not_take() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(apdu("06 00 06 000000 88 0978"))
        came = await till.run(pay(1000))
        assert not {"06D1", "06D3"} & set(controls(came))
        assert len(terminal.terminal.pt.printed) == 2

    play(story)


def test_a_till_that_builds_receipts_gets_no_print_commands() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(apdu("06 00 06 000000 3E 0978"))
        came = await till.run(pay(1000))
        assert controls(came)[-2:] == ["040F", "060F"]
        assert terminal.terminal.pt.printed == []

    play(story)


@pytest.mark.parametrize(("sent", "form"), [(REGISTER, "06D1"), (REGISTER_TLV, "06D3")])
def test_blocks_go_only_to_a_till_that_lists_them(sent: Apdu, form: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(sent)
        came = set(controls(await till.run(pay(1000))))
        assert came & {"06D1", "06D3"} == {form}

    play(story)


def test_administration_receipts_have_a_bit_of_their_own() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(apdu("06 00 06 000000 82 0978"))
        assert "06D1" in controls(await till.run(pay(1000)))
        assert "06D1" not in controls(await till.run(apdu("06 50 03 000000")))
        assert terminal.terminal.pt.printed[0][0] == "Kassenabschluss"

    play(story)


def test_tlv_is_sent_only_to_a_till_that_sent_some() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        plain = find_in(await till.run(pay(1000)), 0x040F)
        assert bytes.fromhex("1F10") not in plain.data
        with_container = find_in(await till.run(pay(1000, "0600")), 0x040F)
        assert bytes.fromhex("2F0C1F1001") in with_container.data

    play(story)


def test_some_makers_send_tlv_to_everybody() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        assert bytes.fromhex("1F10") in find_in(await till.run(pay(1000)), 0x040F).data

    play(story, profile="hobex")


@pytest.mark.parametrize(
    ("wished", "agreed", "umlaut"),
    [
        ("27 03 14 01 01", "270314 0101", "E4"),
        ("27 03 14 01 FE", "2703140 1FE", "C3A4"),
        ("27 06 14 01 01 14 01 FE", "", "84"),
        ("14 01 01", "2703140101", "E4"),
        ("27 03 14 01 77", "", "84"),
    ],
)
def test_one_known_character_set_is_agreed_on(wished: str, agreed: str, umlaut: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        tlv = bytes.fromhex(wished) + bytes.fromhex("2604 0A0206D3")
        completion = await till.end(register(0xBE, tlv.hex()))
        container = completion.data[9:].partition(b"\x06")[2]
        echoed = find(read_objects(container[1:]), 0x27)
        wanted = bytes.fromhex(agreed.replace(" ", ""))[2:]
        assert (echoed.value if echoed is not None else b"") == wanted
        block = find_in(await till.run(pay(1000)), 0x06D3)
        assert b"H" + bytes.fromhex(umlaut) + b"ndlerbeleg" in block.data

    play(story)


def test_log_off_is_answered_and_forgets_the_registration() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        assert controls(await till.run(apdu("06 02 00"))) == ["8000"]
        registration = terminal.terminal.pt.registration
        assert (registration.config, registration.tlv) == (0x86, False)

    play(story)


def test_a_payment_needs_no_registration_unless_the_profile_says_so() -> None:
    async def pays(till: Till, terminal: SimulatedZvt) -> None:
        assert (await till.end(pay(1000))).control == 0x060F
        assert len(terminal.terminal.pt.printed) == 2

    async def is_refused(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(pay(1000))).control == 0x846B
        await till.run(REGISTER)
        assert (await till.end(pay(1000))).control == 0x060F

    play(pays)
    play(is_refused, profile=varied("strict", registration_needed=True))


def test_a_wrong_password_is_refused_where_it_is_checked() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(apdu("06 00 06 123456 BE 0978"))).control == 0x8437
        assert (await till.end(REGISTER)).control == 0x060F
        assert (await till.end(apdu("06 50 03 123456"))).control == 0x8437

    play(story, profile="card-complete")


def test_a_width_below_the_narrowest_is_refused() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        narrow = apdu("06 00 0B 000000 BE 0978 06 03 12 01 20")
        assert (await till.end(narrow)).control == 0x84CC

    play(story, profile="ingenico")


def test_a_long_receipt_is_cut_into_blocks_of_the_tills_size() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0xBE, "26 04 0A 02 06 D3 1A 02 00 C8"))
        blocks = [m for m in await till.run(pay(1000)) if m.control == 0x06D3]
        assert len(blocks) > 2
        assert all(len(block.data) <= 200 for block in blocks)
        ends = [block.data.endswith(bytes.fromhex("090181")) for block in blocks]
        assert ends.count(True) == 2
        assert ends[-1]

    play(story)


def test_the_first_registration_after_an_update_is_refused_by_ccv() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(REGISTER)).to_bytes().hex() == "841e017d"
        assert (await till.end(REGISTER)).control == 0x060F

    play(story, profile="ccv")


def test_sequence_ids_are_put_into_every_message_once_agreed() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        came = await till.run(register(0x9E, "26 04 0A 02 06 D3 1F 73 03 00 00 00"))
        assert came[0].data == b""
        assert came[1].data.endswith(bytes.fromhex("1F7303000000"))
        command = pay(1000, "06 06 1F 73 03 00 00 01")
        came = await till.run(command)
        ids = [message.data[-3:].hex() for message in came]
        assert ids[0] == "000001"
        assert ids[1:] == [f"{number:06d}" for number in range(2, len(came) + 1)]
        assert all(bytes.fromhex("1F7303") in message.data for message in came)
        till.send(command)
        again = await till.receive()
        assert again is not None
        assert again.control == 0x8000
        assert terminal.books.net() == {"EUR": 1000}

    play(story)


def test_a_till_that_lists_print_commands_alone_is_spared_nested_tags() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        completion = await till.end(REGISTER_TLV)
        assert completion.data == bytes.fromhex("1900 2952500295 490978")
        came = await till.run(pay(1000))
        status = find_in(came, 0x040F).data
        assert status.endswith(bytes.fromhex("06 11 1F100102 1F120101 4307A0000000041010"))
        assert all(len(m.data) == 2 for m in came if m.control == 0x04FF)
        await till.run(register(0xBE, "26 08 0A 02 06 D3 0A 02 06 D0"))
        assert bytes.fromhex("2F0C1F1001") in find_in(await till.run(pay(1000)), 0x040F).data

    play(story)


def test_an_answer_comes_alone_and_the_next_message_a_moment_later() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        till.pipe.write(pay(1000).to_bytes())
        assert await till.pipe.read() == bytes.fromhex("800000")
        assert (await till.pipe.read())[:2] == bytes.fromhex("04FF")

    play(story)
