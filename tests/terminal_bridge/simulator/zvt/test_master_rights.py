"""Who may speak when: what the terminal does with a till that breaks the rules, and with aborts."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.zvt.pt import Violation
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
    pay,
    register,
)

ABORT = apdu("06 B0 00")
ENQUIRY = command(0x0501, "000000")


@pytest.mark.parametrize("serial", FRAMINGS)
def test_a_command_while_the_terminal_is_master_is_refused_and_noted(serial: bool) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1000), 0x04FF)
        till.send(ENQUIRY)
        refusal = await till.receive()
        assert refusal is not None
        assert refusal.control == 0x84A0
        till.send(ACK)
        await till.reach_end()
        assert terminal.books.net() == {"EUR": 1000}
        (violation,) = terminal.terminal.pt.violations
        assert violation.control == 0x0501
        assert violation.what == "a command while the terminal is master"
        assert violation.at >= EPOCH

    play(story, serial=serial)


def test_an_answer_that_nobody_waits_for_is_noted_and_harmless() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        till.send(ACK)
        assert (await till.end(REGISTER)).control == 0x060F
        till.send(pay(1000))
        assert (await till.receive()) == ACK
        till.send(ACK)
        await till.reach_end()
        whats = {violation.what for violation in terminal.terminal.pt.violations}
        assert whats == {"an answer that nobody waits for"}
        assert terminal.books.net() == {"EUR": 1000}

    play(story)


def test_violations_do_not_fill_the_memory() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        for _ in range(1100):
            till.send(ACK)
        await till.run(REGISTER)
        assert len(terminal.terminal.pt.violations) == 1000

    play(story)


def test_a_new_command_instead_of_the_last_answer_is_served_and_noted() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.reach(pay(1000), 0x060F)
        assert (await till.end(ENQUIRY)).control == 0x060F
        assert terminal.books.net() == {"EUR": 1000}
        assert [v.control for v in terminal.terminal.pt.violations] == [0x0501]

    play(story)


def test_a_silent_till_is_hung_up_on_after_t3_and_the_payment_is_aborted() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1000), 0x04FF)
        before = terminal.now()
        assert await till.receive() is None
        assert terminal.now() - before == pytest.approx(5)
        await asyncio.sleep(1)
        assert terminal.books.entries == []
        assert terminal.terminal.pt.violations == [Violation(before + 5, 0, "no answer within T3")]

    play(story)


def test_a_terminal_that_does_not_hang_up_still_aborts() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1000), 0x04FF)
        end = await till.receive()
        while end is not None and end.control == 0x04FF:
            till.send(ACK)
            end = await till.receive()
        assert end == apdu("06 1E 01 6C")
        assert terminal.books.entries == []

    play(story, profile=varied("strict", closes_on_t3=False))


# -- aborts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", FRAMINGS)
def test_an_abort_ends_a_payment_that_waits_for_a_card(serial: bool) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1003), 0x04FF)
        till.send(ACK)
        await asyncio.sleep(2)
        till.send(ABORT)
        came = await till.reach_end()
        assert controls(came) == ["8000", "04FF", "061E"]
        assert came[-1].data == b"\x6c"
        assert terminal.books.entries == []
        assert terminal.terminal.pt.violations == []

    play(story, serial=serial)


def test_an_abort_that_crosses_a_status_is_heard_after_it() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1003), 0x04FF)
        till.send(ABORT)
        assert await till.receive() == ACK
        till.send(ACK)
        assert (await till.reach_end())[-1] == apdu("06 1E 01 6C")
        assert terminal.terminal.pt.violations == []

    play(story)


@pytest.mark.parametrize(("profile", "refusal"), [("strict", 0x8483), ("card-complete", 0x8483)])
def test_an_abort_is_too_late_once_the_host_is_asked(profile: str, refusal: int) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1012), 0x04FF)
        while True:
            till.send(ACK)
            message = await till.receive()
            assert message is not None
            if message.data[:1] == b"\x04":
                break
        till.send(ACK)
        await asyncio.sleep(1)
        till.send(ABORT)
        answer = await till.receive()
        assert answer is not None
        assert answer.control == refusal
        assert (await till.reach_end())[-1].control == 0x060F
        assert terminal.books.net() == {"EUR": 1012}

    play(story, profile=profile)


def test_a_deaf_terminal_takes_the_abort_and_approves() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1013), 0x04FF)
        till.send(ACK)
        await asyncio.sleep(1)
        till.send(ABORT)
        came = await till.reach_end()
        assert came[0] == ACK
        assert came[-1].control == 0x060F
        assert terminal.books.net() == {"EUR": 1013}

    play(story)


def test_an_abort_can_be_made_to_come_too_late_by_a_fault() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1000), 0x04FF)
        till.send(ABORT)
        assert await till.receive() == ACK
        till.send(ACK)
        assert (await till.reach_end())[-1].control == 0x060F
        assert terminal.books.net() == {"EUR": 1000}

    play(story, faults=[Fault(strike=Strike.APPROVED_AFTER_ABORT, category="06B0")])


def test_some_terminals_know_no_abort() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(pay(1003), 0x04FF)
        till.send(ACK)
        await asyncio.sleep(1)
        till.send(ABORT)
        assert await till.receive() == apdu("84 83 00")

    play(story, profile="global-payments")


def test_an_abort_with_nothing_to_abort_is_answered() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        assert controls(await till.run(ABORT)) == ["8000"]

    play(story)


def test_reading_a_card_can_be_aborted() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(REGISTER)
        await till.reach(command(0x06C0, "00"), 0x04FF)
        till.send(ACK)
        await asyncio.sleep(1)
        till.send(ABORT)
        assert (await till.reach_end())[-1] == apdu("06 1E 01 6C")

    play(story, scenario=Scenario(presented=False))


# -- what cannot be carried out ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("06 77 00", "848300"),
        ("06 01 02 04 00", "849a00"),
        ("06 01 07 04 0000000000AA", "849a00"),
        ("06 01 02 CC 00", "848300"),
        ("06 00 00", "849a00"),
        ("06 30 02 00 00", "849a00"),
        ("06 01 04 06 02 1F 36", "849a00"),
        ("06 93 00", "800000"),
    ],
)
def test_what_cannot_be_read_or_done_is_told_by_its_code(sent: str, answer: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        came: list[Apdu] = await till.run(apdu(sent))
        assert came[0].to_bytes().hex() == answer
        assert terminal.books.entries == []

    play(story)


def test_bytes_of_another_protocol_end_the_connection() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        till.pipe.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await till.receive() is None
        assert (await Till(terminal.connect()).end(REGISTER)).control == 0x060F

    play(story)
