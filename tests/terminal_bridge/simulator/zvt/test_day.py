"""End of day, totals, repeated receipts, reservations, and the rest of the administration."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.simulator.zvt.customer import Customer
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import EPOCH, FRAMINGS, play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    ACK,
    REGISTER,
    Till,
    apdu,
    command,
    controls,
    find,
    pay,
    register,
    reverse,
)

END_OF_DAY = command(0x0650, "000000")
TOTALS = command(0x0610, "000000")
ENQUIRY = command(0x0501, "000000")
VISA = 1001
"""Minor units that call up a Visa card."""
GROUPS = ("girocard", "jcb", "mastercard", "amex", "visa", "diners", "others")


def totals(status: Apdu) -> dict[str, tuple[int, int]]:
    """BMP 60 as count and minor units by group; groups of nothing are left out."""
    at = status.data.index(bytes.fromhex("60F0F5F3")) + 8
    found = {}
    for group in GROUPS:
        count, minor = status.data[at], int(status.data[at + 1 : at + 7].hex())
        if count:
            found[group] = (count, minor)
        at += 7
    return found


# -- turnover ----------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", FRAMINGS)
def test_an_end_of_day_tells_what_stands_and_empties_the_turnover(serial: bool) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        for minor in (1000, 250, VISA, 4000):
            await till.run(pay(minor))
        await till.run(reverse(4))
        await till.run(command(0x0631, "000000 04 000000000300 49 0978"))
        await till.run(pay(1005))
        net = terminal.books.net()["EUR"]
        status = find(await till.run(END_OF_DAY), 0x040F)
        assert totals(status) == {"mastercard": (3, 950), "visa": (1, VISA)}
        assert status.data[2:9] == bytes.fromhex(f"04 {1250 + VISA - 300:012d}")
        assert net == 1250 + VISA - 300
        assert terminal.books.period == 2
        assert totals(find(await till.run(END_OF_DAY), 0x040F)) == {}

    play(story, serial=serial)


def test_totals_can_be_asked_without_emptying_them() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(pay(1000))
        for _ in range(2):
            came = await till.run(TOTALS)
            assert totals(find(came, 0x040F)) == {"mastercard": (1, 1000)}
            assert came[-1].control == 0x060F
        assert terminal.books.period == 1

    play(story)


def test_a_day_whose_sum_was_not_taken_is_not_over() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(pay(1000))
        till.answer = lambda m: apdu("84 66 00") if m.control == 0x040F else ACK
        assert await till.end(END_OF_DAY) == apdu("06 1E 01 77")
        till.answer = lambda _: ACK
        assert totals(find(await till.run(END_OF_DAY), 0x040F)) == {"mastercard": (1, 1000)}
        assert terminal.books.period == 2

    play(story)


def test_a_payment_of_yesterday_cannot_be_reversed() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(pay(1000))
        await till.run(END_OF_DAY)
        assert (await till.end(reverse(1))).data == b"\xb5"

    play(story)


def test_some_terminals_want_the_day_s_receipt_acknowledged() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        till.answer = lambda m: apdu("84 CC 00") if m.control == 0x06D1 else ACK
        await till.run(END_OF_DAY)
        till.answer = lambda _: ACK
        assert await till.end(pay(1000)) == apdu("06 1E 01 F0")
        assert (await till.end(ENQUIRY)).data[-1:] == b"\xf0"
        assert (await till.end(END_OF_DAY)).control == 0x060F
        assert (await till.end(pay(1000))).control == 0x060F

    play(story, profile="card-complete")


@pytest.mark.parametrize("ends_with", [0xE0, 0xFC])
def test_some_days_end_with_an_update_or_a_reboot(ends_with: int) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        completion = await till.end(END_OF_DAY)
        assert completion.data == bytes((0x27, ends_with))
        assert await till.receive() is None
        assert terminal.power_cuts == 1
        await asyncio.sleep(5)
        assert (await Till(terminal.connect()).end(ENQUIRY)).control == 0x060F

    play(story, profile=varied("card-complete", day_ends_with=ends_with, password=""))


# -- receipts once more ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "kinds"),
    [
        ("", {"06D1"}),
        ("03 01", {"040F", "06D1"}),
        ("03 02", set()),
        ("03 03", {"040F"}),
    ],
)
def test_the_last_transaction_is_repeated_as_asked(service: str, kinds: set[str]) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        first = find(await till.run(pay(1000)), 0x040F)
        await till.run(pay(1005))
        came = await till.run(command(0x0620, f"000000 {service}"))
        assert set(controls(came)) - {"8000", "060F"} == kinds
        assert came[-1].control == 0x060F
        if "040F" in kinds:
            assert find(came, 0x040F).data == first.data
        assert terminal.books.net() == {"EUR": 1000}

    play(story)


def test_a_terminal_that_never_sold_anything_repeats_nothing() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        came = await till.run(command(0x0620, "000000"))
        assert [m.to_bytes().hex() for m in came] == ["800000", "060f00"]

    play(story)


def test_some_terminals_repeat_nothing_while_their_menus_are_free() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x06))
        await till.run(pay(1000))
        last = command(0x0620, "000000 03 03")
        assert controls(await till.run(last)) == ["8000", "060F"]
        await till.run(register(0x36))
        assert controls(await till.run(last)) == ["8000", "040F", "060F"]

    play(story, profile="global-payments")


def test_the_receipt_of_the_day_and_receipts_by_number_are_printed_again() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        printed = terminal.terminal.pt.printed
        await till.run(END_OF_DAY)
        printed.clear()
        await till.run(command(0x0620, "000000 06 04 1F0101 04"))
        assert [lines[0] for lines in printed] == ["Kassenabschluss"]
        for minor in (1000, 2000, 3000):
            await till.run(pay(minor))
        printed.clear()
        await till.run(command(0x0612, "000000 0001 0002"))
        numbers = [lines[1] for lines in printed]
        assert numbers == ["TA-Nr. 000002 BNr. 0002"] * 2

    play(story)


# -- reservations ------------------------------------------------------------------------------


def reserve(minor: int) -> Apdu:
    return command(0x0622, f"04 {minor:012d} 49 0978")


def test_a_reservation_is_held_and_booked_by_what_was_used() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        came = await till.run(reserve(5000))
        assert "06D1" not in controls(came), "there is no receipt of an approved reservation"
        assert terminal.books.net() == {"EUR": 0}
        assert (await till.end(command(0x0624, "87 0001 04 000000005001"))).data == b"\xb7"
        came = await till.run(command(0x0624, "87 0001 04 000000003200"))
        assert came[-1].control == 0x060F
        assert bytes.fromhex("37000001") in find(came, 0x040F).data
        assert terminal.books.net() == {"EUR": 3200}
        assert (await till.end(command(0x0624, "87 0001 04 000000003200"))).data == b"\xb8"
        assert (await till.end(reverse(1))).data == b"\xb5"

    play(story)


def test_a_reservation_is_booked_less_what_was_not_used() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(reserve(5000))
        by_trace = "0B 000001 3B 3132330000000000 04 000000001800"
        assert (await till.end(command(0x0623, by_trace))).control == 0x060F
        assert terminal.books.net() == {"EUR": 3200}

    play(story)


def test_a_reservation_is_released() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(reserve(5000))
        till.answer = lambda m: apdu("84 66 00") if m.control == 0x040F else ACK
        assert (await till.end(command(0x0625, "87 0001"))).control == 0x060F
        assert terminal.books.net() == {"EUR": 0}
        assert terminal.store.reservations == {}

    play(story)


def test_a_booking_that_was_not_acknowledged_leaves_the_reservation_open() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(reserve(5000))
        till.answer = lambda m: apdu("84 66 00") if m.control == 0x040F else ACK
        assert (await till.end(command(0x0624, "87 0001 04 000000003200"))).control == 0x061E
        assert terminal.books.net() == {"EUR": 0}
        till.answer = lambda _: ACK
        assert (await till.end(command(0x0624, "87 0001 04 000000003200"))).control == 0x060F
        assert terminal.books.net() == {"EUR": 3200}

    play(story)


@pytest.mark.parametrize(
    ("tlv", "none", "one", "two"),
    [
        (None, "b887ffff", "b8870001", "b8870001"),
        ("", "b887ffff", "b80606230408020001", "b8060a23080802000108020002"),
    ],
)
def test_open_reservations_can_be_asked_for(tlv: str | None, none: str, one: str, two: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x36, tlv))
        enquiry = apdu("06 23 03 87 FF FF")
        assert (await till.end(enquiry)).data.hex() == none
        await till.run(reserve(5000))
        assert (await till.end(enquiry)).data.hex() == one
        await till.run(reserve(6000))
        assert (await till.end(enquiry)).data.hex() == two

    play(story)


def test_a_reservation_outlives_the_day() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(reserve(5000))
        await till.run(END_OF_DAY)
        assert (await till.end(command(0x0624, "87 0001 04 000000003200"))).control == 0x060F
        assert terminal.books.net() == {"EUR": 3200}

    play(story)


# -- status, locks, housekeeping ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "data"),
    [
        ("05 01 00", "f0f0f653494d312e30 00"),
        ("05 01 03 000000", "f0f0f653494d312e30 00"),
        ("05 01 05 000000 03 02", "00"),
    ],
)
def test_a_status_enquiry_tells_version_and_status(sent: str, data: str) -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(apdu(sent))).data == bytes.fromhex(data)

    play(story)


def test_details_and_a_reboot_are_told_to_who_asks() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        ask = command(0x0501, "000000 03 06 06 00")
        details = (await till.end(ask)).data
        assert bytes.fromhex("1F4404 52500295") in details
        assert bytes.fromhex("340D 1F0E04 20240501 1F0F03 1200") in details
        assert bytes.fromhex("1F79") not in details
        terminal.reboot()
        await asyncio.sleep(5)
        till = Till(terminal.connect())
        assert bytes.fromhex("1F790101") in (await till.end(ask)).data
        assert bytes.fromhex("1F790101") not in (await till.end(ask)).data

    play(story)


@pytest.mark.parametrize(
    ("status", "remedy", "bit"),
    [
        (0x51, command(0x0693, "000000"), 0x01),
        (0xC2, command(0x0670, ""), 0x02),
        (0x62, command(0x0691, "000000 AA 240501 0C 130000"), 0x00),
        (0xF0, END_OF_DAY, 0x00),
        (0xB1, END_OF_DAY, 0x00),
    ],
)
def test_a_lock_is_told_and_opened_by_its_remedy(status: int, remedy: Apdu, bit: int) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        terminal.lock(status)
        registered = await till.end(register(0x36))
        assert registered.data[:2] == bytes((0x19, bit))
        assert await till.end(pay(1000)) == Apdu(0x061E, bytes((status,)))
        assert (await till.end(ENQUIRY)).data[-1] == status
        assert (await till.end(remedy)).control == 0x060F
        assert (await till.end(ENQUIRY)).data[-1] == 0
        assert (await till.end(pay(1000))).control == 0x060F

    play(story)


def test_a_fault_can_ask_for_a_diagnosis() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0x36))
        assert (await till.end(pay(1000))).control == 0x060F
        assert await till.end(pay(1000)) == apdu("06 1E 01 C2")

    play(story, faults=[Fault(strike=Strike.MAINTENANCE, category="0601")])


def test_a_diagnosis_may_set_the_till_s_clock() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(register(0xBE, "26 08 0A 02 06 D3 0A 02 04 01"))
        came = await till.run(command(0x0670, ""))
        assert find(came, 0x0401).data[:6] == bytes.fromhex("AA 240501 0C 12")
        assert "06D3" in controls(came)

    play(story)


def test_a_diagnosis_without_its_kind_is_refused_where_it_is_needed() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert (await till.end(command(0x0670, ""))).control == 0x849A
        assert (await till.end(command(0x0670, "06 03 1B 01 01"))).control == 0x060F
        assert (await till.end(command(0x0693, "000000"))).control == 0x8483

    play(story, profile="card-complete")


def test_the_terminal_takes_over_date_and_time() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        assert (await till.end(command(0x0691, "000000 AA 240601 0C 080000"))).control == 0x060F
        status = find(await till.run(pay(1000)), 0x040F).data
        assert bytes.fromhex("0D0601") in status
        assert (await till.end(command(0x0691, "000000 AA 241301 0C 080000"))).data == b"\x9a"
        assert terminal.now() < EPOCH + 60, "the shell's own clock stays"

    play(story)


@pytest.mark.parametrize("control", [0x0679, 0x061A, 0x0693, 0x0651])
def test_housekeeping_prints_and_completes(control: int) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        data = "000000" if control in {0x0693, 0x0651} else ""
        assert (await till.end(command(control, data))).control == 0x060F
        assert len(terminal.terminal.pt.printed) == 1

    play(story)


def test_a_reset_starts_the_terminal_anew() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        assert (await till.end(command(0x0618, ""))).control == 0x060F
        assert await till.receive() is None
        await asyncio.sleep(5)
        assert terminal.terminal.pt.registration.config == 0

    play(story)


# -- the customer's side -----------------------------------------------------------------------


def test_a_text_is_shown_to_the_customer() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        came = await till.run(apdu("06 E0 0C F0 03 F9 01 F1 F0 F5 48 65 6C 6C 6F"))
        assert controls(came) == ["8000"]
        assert terminal.terminal.pt.shown == ("Hello",)

    play(story)


@pytest.mark.parametrize(
    ("customer", "answer"),
    [
        (Customer(), "8000010d"),
        (Customer(key=0x31), "80000131"),
        (Customer(key=None), "8000016c"),
        (Customer(seconds=20.0), "8000016c"),
    ],
)
def test_a_key_is_asked_for_until_the_time_is_over(customer: Customer, answer: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        before = terminal.now()
        came = await till.run(command(0x06E1, "F0 0A F1 F0 F2 4F4B"))
        assert came[-1].to_bytes().hex() == answer
        assert terminal.now() - before <= 10

    play(story, customer=customer)


def test_digits_are_typed_only_behind_an_authentic_text() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        plain = command(0x06E2, "F0 0A F1 F0 F2 4F4B")
        assert (await till.end(plain)).control == 0x8475
        with_mac = command(0x06E2, "F0 0A F1 F0 F2 4F4B EB 0000000000000000")
        assert (await till.end(with_mac)).data == b"4711"

    play(story)


def test_the_till_prints_on_the_terminal() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        assert (await till.end(apdu("06 D1 03 00 84 62"))) == ACK
        assert (await till.end(apdu("06 D3 0A 06 08 25 06 07 01 41 07 01 42"))) == ACK
        assert terminal.terminal.pt.printed == [("äb",), ("A", "B")]
        terminal.terminal.pt.printer_ok = False
        assert (await till.end(apdu("06 D1 03 00 84 62"))).control == 0x84CC

    play(story)


def test_a_payment_needs_paper_in_the_terminal_s_own_printer() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        assert await till.end(pay(1000)) == apdu("06 1E 01 CC")
        assert (await till.end(pay(1000))).control == 0x060F
        assert terminal.books.net() == {"EUR": 1000}

    play(story, faults=[Fault(strike=Strike.PRINTER_OUT, category="0601")])
