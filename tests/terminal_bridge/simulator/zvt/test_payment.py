"""Payments by amount, on both framings: what the till sees, and what the books say."""

from __future__ import annotations

import pytest

from opi_pos.poi.books import Movement
from opi_pos.poi.scenario import Host, Scenario
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.simulator.zvt.store import Numbers, Store
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import FRAMINGS, play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    ACK,
    REGISTER,
    REGISTER_TLV,
    Till,
    apdu,
    controls,
    find,
    pay,
    register,
    reverse,
)

QUIET = register(0x3E, "")
"""Status messages and TLV, and no print commands."""


async def begin(till: Till) -> None:
    await till.run(QUIET)


def statuses(came: list[Apdu]) -> list[str]:
    return [f"{message.data[0]:02X}" for message in came if message.control == 0x04FF]


@pytest.mark.parametrize("serial", FRAMINGS)
def test_a_chip_payment_goes_from_card_to_completion(serial: bool) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        came = await till.run(pay(1250))
        assert controls(came) == ["8000", *["04FF"] * 5, "040F", "060F"]
        assert statuses(came) == ["0A", "0E", "01", "04", "0B"]
        status = find(came, 0x040F).data.hex().upper()
        assert status.startswith("270004000000001250" + "0B000001")
        assert "22F0F8541333EEEEEE0012" in status
        assert "1970" in status
        assert "870001" in status
        assert "88000001" in status
        assert terminal.books.net() == {"EUR": 1250}
        assert terminal.terminal.pt.violations == []

    play(story, serial=serial)


@pytest.mark.parametrize(
    ("minor", "code", "told"),
    [
        (1002, 0x37, True),
        (1003, 0x6C, False),
        (1005, 0x05, True),
        (1006, 0x6C, True),
        (1011, 0xA3, True),
        (1014, 0xFF, True),
        (1017, 0x7A, True),
    ],
)
@pytest.mark.parametrize("serial", FRAMINGS)
def test_what_fails_ends_with_06_1e_and_takes_nothing(
    minor: int, code: int, told: bool, serial: bool
) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        came = await till.run(pay(minor))
        assert came[-1].control == 0x061E
        assert came[-1].data[0] == code
        assert ("040F" in controls(came)) is told
        if told:
            assert find(came, 0x040F).data[:2] == bytes((0x27, code))
        assert terminal.books.net().get("EUR", 0) == 0
        assert terminal.store.turnover == []
        assert terminal.store.pending is None

    play(story, serial=serial)


def test_a_contactless_payment_names_no_verification() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await begin(till)
        status = find(await till.run(pay(1001)), 0x040F).data
        assert bytes.fromhex("1F100100 1F110101 1F120102") in status
        assert b"\x8b\xf0\xf5Visa\x00" in status

    play(story)


def test_a_tip_typed_on_the_terminal_comes_on_top() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        status = find(await till.run(pay(2004)), 0x040F).data
        assert status[2:9] == bytes.fromhex("04 000000002204")
        assert bytes.fromhex("1F3606000000000200") in status
        assert terminal.books.entries[0].tip is not None
        assert terminal.books.net() == {"EUR": 2204}

    play(story)


def test_tip_and_cashback_of_the_till_are_inside_the_amount() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        extras = "06 12 1F36 06 000000000100 1F25 06 000000000500"
        status = find(await till.run(pay(2000, extras)), 0x040F).data
        assert status[2:9] == bytes.fromhex("04 000000002000")
        assert bytes.fromhex("1F3606000000000100 1F2506000000000500") in status
        entry = terminal.books.entries[0]
        assert entry.tip is not None
        assert entry.cashback is not None
        too_much = "06 09 1F25 06 000000009900"
        assert (await till.end(pay(2000, too_much))).data[:1] == b"\xcd"

    play(story)


def test_half_is_approved_only_for_a_till_that_can_take_it() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        assert (await till.end(pay(1008))).data == b"\x05"
        assert (await till.end(pay(1008, "06 04 1F70 01 00"))).data == b"\x05"
        came = await till.run(pay(1008, "06 04 1F70 01 01"))
        assert came[-1].control == 0x060F
        assert find(came, 0x040F).data[2:9] == bytes.fromhex("04 000000000504")
        assert terminal.books.net() == {"EUR": 504}
        assert terminal.books.entries[-1].partial

    play(story)


def test_dcc_is_told_with_rate_and_markup() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await begin(till)
        came = await till.run(pay(1000))
        assert "69" in statuses(came)
        status = find(came, 0x040F).data
        assert bytes.fromhex("1F1D0103 1F2006000000001100 1F21020840") in status
        assert bytes.fromhex("1F1B020350") in status
        assert bytes.fromhex("490978") in status

    play(story, scenario=Scenario(dcc="USD"))


def test_a_signature_is_asked_by_menu_of_a_till_that_lists_it() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x3E, "26 04 0A 02 06 D0"))
        till.answer = lambda m: apdu("80 00 05 06 03 19 01 01") if m.control == 0x06D0 else ACK
        came = await till.run(pay(1007))
        assert controls(came).index("06D0") < controls(came).index("040F")
        assert came[-1].control == 0x060F
        till.answer = lambda m: apdu("80 00 05 06 03 19 01 02") if m.control == 0x06D0 else ACK
        assert (await till.end(pay(1007))).data == b"\x6c"
        assert terminal.books.net() == {"EUR": 1007}
        assert [e.automatic for e in terminal.books.entries] == [False, False, True]

    play(story, profile="clover")


def test_another_till_finds_the_signature_on_the_receipt() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        came = await till.run(pay(1007))
        assert "06D0" not in controls(came)
        assert bytes.fromhex("1F100101") in find(came, 0x040F).data
        assert bytes.fromhex("1F370183") in find(came, 0x06D3).data
        assert b"Unterschrift" in find(came, 0x06D3).data

    play(story)


def test_a_foreign_currency_is_refused_after_80_00() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        came = await till.run(apdu("06 01 0A 04 000000001000 49 0840"))
        assert [m.to_bytes().hex() for m in came] == ["800000", "061e036f0978"]
        assert terminal.books.entries == []

    play(story)


def test_a_currency_is_sent_only_to_a_till_that_sent_one() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(apdu("06 00 04 000000 3E"))
        status = find(await till.run(apdu("06 01 07 04 000000001000")), 0x040F).data
        assert bytes.fromhex("490978") not in status

    play(story)


@pytest.mark.parametrize("serial", FRAMINGS)
def test_a_reversal_undoes_a_payment_once(serial: bool) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        await till.run(pay(1000))
        came = await till.run(reverse(1))
        assert came[-1].control == 0x060F
        status = find(came, 0x040F).data
        assert bytes.fromhex("37000001") in status
        assert bytes.fromhex("0B000002") in status
        assert terminal.books.net() == {"EUR": 0}
        assert (await till.end(reverse(1))).data == b"\xb4"
        assert (await till.end(reverse(77))).data == b"\xb5"
        assert (await till.end(reverse(2))).data == b"\xb5"

    play(story, serial=serial)


def test_some_terminals_reverse_only_the_last_transaction() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await begin(till)
        await till.run(pay(1000))
        await till.run(pay(2000))
        assert (await till.end(reverse(1))).data == b"\xb5"
        assert (await till.end(reverse(2))).control == 0x060F

    play(story, profile="global-payments")


def test_a_reversal_that_the_host_refuses_leaves_the_payment() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        await till.run(pay(1000))
        assert (await till.end(reverse(1))).data == b"\x05"
        assert terminal.books.net() == {"EUR": 1000}

    play(story, scenario=Scenario(reversal=Host.DECLINE))


def test_a_refund_gives_money_back_and_a_reversal_takes_that_back() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        refund = apdu("06 31 0D 000000 04 000000000700 49 0978")
        came = await till.run(refund)
        assert came[-1].control == 0x060F
        assert "01" not in statuses(came), "no PIN for a refund"
        assert terminal.books.net() == {"EUR": -700}
        await till.run(reverse(1))
        assert terminal.books.net() == {"EUR": 0}

    play(story)


def test_a_tip_is_booked_on_a_payment_that_allowed_it() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        came = await till.run(pay(1000, "19 48"))
        assert bytes.fromhex("1F3B0101") in find(came, 0x040F).data
        tip = apdu("06 0C 0A 04 000000000150 87 0001")
        assert (await till.end(tip)).control == 0x060F
        assert terminal.books.net() == {"EUR": 1150}
        await till.run(pay(2000))
        assert (await till.end(apdu("06 0C 0A 04 000000000150 87 0003"))).data == b"\x83"

    play(story)


def test_a_telephonic_approval_is_taken_over() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await begin(till)
        phone = apdu("06 21 13 000000 04 000000001000 3B 3132333400000000")
        came = await till.run(phone)
        assert bytes.fromhex("3B3132333400000000") in find(came, 0x040F).data

    play(story)


def test_a_card_read_ahead_is_used_once() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await begin(till)
        came = await till.run(apdu("06 C0 01 1E"))
        assert controls(came) == ["8000", "04FF", "04FF", "040F"]
        assert bytes.fromhex("22F0F8541333EEEEEE0012") in came[-1].data
        assert "0A" not in statuses(await till.run(pay(1000, "19 42")))
        assert "0A" in statuses(await till.run(pay(1000, "19 42")))

    play(story)


def test_nobody_presents_a_card_until_the_till_says_so() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        before = terminal.now()
        came = await till.run(apdu("06 C0 01 0A"))
        assert came[-1].to_bytes().hex() == "061e016c"
        assert 10 <= terminal.now() - before < 12

    play(story, scenario=Scenario(presented=False))


def test_the_books_name_every_movement_by_its_trace_number() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await begin(till)
        await till.run(pay(1000))
        await till.run(reverse(1))
        charge, reversal = terminal.books.entries
        assert (charge.movement, charge.transaction_id) == (Movement.CHARGE, "000001")
        assert (reversal.movement, reversal.original) == (Movement.REVERSAL, "000001")
        assert charge.time.startswith("2024-05-01T12:00:0")

    play(story)


def test_numbers_wrap_without_a_zero() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await begin(till)
        status = find(await till.run(pay(1000)), 0x040F).data
        assert bytes.fromhex("0B000001") in status
        assert bytes.fromhex("870001") in status

    store = Store(numbers=Numbers(trace=999_999, receipt=9_999, turnover=5))
    play(story, store=store)


def test_the_till_is_asked_what_it_listed() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        answers = {
            0x040D: apdu("80 00 09 06 07 32 05 1F3A 02 3432"),
            0x040E: apdu("80 00 05 06 03 19 01 02"),
        }
        till.answer = lambda m: answers.get(m.control, apdu("80 00 00"))
        await till.run(register(0x3E, "26 0C 0A02040D 0A02040E 0A0206E4"))
        came = await till.run(pay(1000))
        assert [c for c in controls(came) if c in {"040D", "040E", "06E4"}] == [
            "06E4",
            "040E",
            "040D",
        ]
        assert terminal.terminal.pt.answers == {0x040E: b"\x02", 0x040D: b"42"}
        till.answer = lambda m: apdu("84 6E 00") if m.control == 0x06E4 else apdu("80 00 00")
        assert (await till.end(pay(1000))).data == b"\x6e"
        assert terminal.books.net() == {"EUR": 1000}

    play(story, profile="asking")


def test_registered_widths_and_odd_lines_do_not_matter_to_the_amounts() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        lines = [m.data[1:] for m in await till.run(pay(1250)) if m.control == 0x06D1]
        assert any(b"12,50 EUR" in line for line in lines)
        assert any(b"H\x84ndlerbeleg" in line for line in lines)

    play(story, profile=varied("strict", blocks=False))
