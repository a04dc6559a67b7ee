"""84 9C and 84 9D: the till decides about the goods before the payment stands."""

from __future__ import annotations

import pytest

from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    ACK,
    Answer,
    Till,
    apdu,
    controls,
    find,
    pay,
    register,
)

WAIT = apdu("84 9C 00")


def answers(*status: Apdu) -> Answer:
    """One after another to 04 0F; the last for ever."""
    left = list(status)

    def answer(message: Apdu) -> Apdu:
        if message.control != 0x040F:
            return ACK
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


@pytest.mark.parametrize("accepted", ["80 00 00", "84 00 00"])
def test_a_held_payment_is_told_again_every_two_seconds(accepted: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.answer = answers(WAIT, WAIT, WAIT, apdu(accepted))
        before = terminal.now()
        came = await till.run(pay(1000))
        assert controls(came) == ["8000", "040F", "040F", "040F", "040F", "060F"]
        assert len({m.data for m in came if m.control == 0x040F}) == 1
        assert terminal.now() - before >= 6
        assert terminal.books.net() == {"EUR": 1000}

    play(story)


def test_a_payment_held_too_often_goes_back() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.answer = answers(WAIT, WAIT, WAIT, ACK)
        came = await till.run(pay(1000, "02 02"))
        assert controls(came) == ["8000", "040F", "040F", "040F", "040F", "061E"]
        assert came[-2].data[:2] == b"\x27\x6c"
        assert came[-1].data == b"\x6c"
        assert terminal.books.net() == {"EUR": 0}

    play(story)


def test_a_profile_may_limit_the_holds() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.answer = answers(WAIT)
        came = await till.run(pay(1000))
        assert controls(came).count("040F") == 5
        assert terminal.books.net() == {"EUR": 0}

    play(story, profile=varied("strict", holds=3))


@pytest.mark.parametrize("refusal", ["84 66 00", "84 6C 00", "84 83 00"])
@pytest.mark.parametrize("profile", ["strict", "ingenico", "sync"])
def test_goods_that_were_not_issued_undo_the_payment(refusal: str, profile: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.answer = answers(WAIT, apdu(refusal))
        came = await till.run(pay(1000))
        assert came[-1] == apdu("06 1E 01 6C")
        assert terminal.books.net() == {"EUR": 0}
        till.answer = lambda _: ACK
        day = find(await till.run(apdu("06 50 03 000000")), 0x040F)
        assert day.data[2:9] == bytes.fromhex("04 000000000000")

    play(story, profile=profile)


@pytest.mark.parametrize("profile", ["strict", "sync"])
def test_a_part_of_the_goods_is_booked_in_part(profile: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.answer = answers(WAIT, apdu("84 9D 07 04 000000002200"))
        assert (await till.end(pay(3300, "02 0A"))).control == 0x060F
        assert terminal.books.net() == {"EUR": 2200}
        till.answer = lambda _: ACK
        day = find(await till.run(apdu("06 50 03 000000")), 0x040F)
        assert day.data[2:9] == bytes.fromhex("04 000000002200")

    play(story, profile=profile)


def test_a_part_that_is_more_than_all_is_no_part() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.answer = answers(apdu("84 9D 07 04 000000009900"))
        assert (await till.end(pay(3300))).control == 0x061E
        assert terminal.books.net() == {"EUR": 0}

    play(story)


def test_a_part_whose_receipt_is_not_taken_goes_back_whole() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x86))

        def answer(message: Apdu) -> Apdu:
            if message.control == 0x040F:
                return apdu("84 9D 07 04 000000002200")
            return apdu("84 CC 00") if message.control == 0x06D1 else ACK

        till.answer = answer
        assert (await till.end(pay(3300))).control == 0x061E
        assert terminal.books.net() == {"EUR": 0}

    play(story)


def test_the_time_for_the_goods_replaces_t3() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        before = terminal.now()
        await till.reach(pay(1000, "01 1E"), 0x040F)
        assert await till.receive() is None
        assert 30 <= terminal.now() - before < 35
        assert terminal.books.net() == {"EUR": 0}

    play(story)
