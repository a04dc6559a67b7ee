"""Faults as data, on every byte of a payment and on every message, on both framings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario, Verification
from terminal_bridge.simulator.zvt.line import TO_TERMINAL, TO_TILL, Line
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import FRAMINGS, play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    ACK,
    Till,
    apdu,
    command,
    controls,
    find,
    pay,
    register,
)

LAST = command(0x0620, "000000 03 03")
QUICK = Scenario(verification=Verification.NONE)
SILENT_S = 100.0


async def attempt(till: Till, message: Apdu) -> list[Apdu]:
    """A command with a till that gives up, as tills do."""
    try:
        async with asyncio.timeout(20):
            return await till.run(message)
    except (TimeoutError, LinkError, ProtocolError):
        return []


async def come_back(terminal: SimulatedZvt, *, serial: bool) -> Till:
    await asyncio.sleep(120)
    return Till(terminal.connect(serial=serial), serial=serial)


def lengths(*, serial: bool) -> dict[str, int]:
    """Bytes of a registration and a payment in each direction."""
    counted = {TO_TERMINAL: 0, TO_TILL: 0}

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        carry = terminal._line.carry

        def count(direction: str, data: bytes) -> object:
            counted[direction] += len(data)
            return carry(direction, data)

        terminal._line.carry = count  # type: ignore[method-assign, assignment]
        await till.run(register(0x3E))
        await till.run(pay(1000))

    play(story, serial=serial, scenario=QUICK)
    return counted


def places() -> Iterator[tuple[bool, str]]:
    for serial in FRAMINGS:
        for direction in (TO_TERMINAL, TO_TILL):
            yield serial, direction


def struck(strike: Strike, direction: str, nth: int, *, serial: bool, profile: str) -> None:
    """One payment with one byte struck, and what must hold of it afterwards."""

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await attempt(till, register(0x3E))
        came = await attempt(till, pay(1000))
        completed = bool(came) and came[-1].control == 0x060F
        failed = bool(came) and came[-1].control == 0x061E
        till = await come_back(terminal, serial=serial)
        net = terminal.books.net().get("EUR", 0)
        assert net in {0, 1000}
        assert not completed or net == 1000
        assert not failed or net == 0
        assert terminal.store.pending is None
        assert (await till.end(register(0x3E))).control == 0x060F
        assert ("040F" in controls(await till.run(LAST))) is (net == 1000)
        status = find(await till.run(pay(200)), 0x040F).data
        assert status[2:9] == bytes.fromhex("04 000000000200")

    fault = Fault(strike=strike, category=direction, nth=nth, seconds=SILENT_S)
    play(story, serial=serial, profile=profile, faults=[fault], scenario=QUICK, seed=nth)


@pytest.mark.parametrize("strike", [Strike.RESET, Strike.REBOOT, Strike.SILENCE])
@pytest.mark.parametrize(("serial", "direction"), list(places()))
@pytest.mark.parametrize(("profile", "step"), [("strict", 5), ("sync", 13)])
def test_wherever_a_line_ends_the_books_stay_right(
    strike: Strike, serial: bool, direction: str, profile: str, step: int
) -> None:
    for nth in range(1, lengths(serial=serial)[direction] + 1, step):
        struck(strike, direction, nth, serial=serial, profile=profile)


@pytest.mark.parametrize("strike", [Strike.LOSE, Strike.DOUBLE, Strike.FLIP])
@pytest.mark.parametrize("direction", [TO_TERMINAL, TO_TILL])
@pytest.mark.parametrize(("profile", "step"), [("strict", 7), ("sync", 17)])
def test_whatever_byte_is_struck_on_a_serial_line_the_books_stay_right(
    strike: Strike, direction: str, profile: str, step: int
) -> None:
    for nth in range(1, lengths(serial=True)[direction] + 1, step):
        struck(strike, direction, nth, serial=True, profile=profile)


@pytest.mark.parametrize("strike", [Strike.LOSE, Strike.DOUBLE, Strike.FLIP])
def test_a_tcp_stream_out_of_step_hurts_nobody(strike: Strike) -> None:
    """TCP itself sees to its bytes; a till that counts wrongly must not hurt the terminal."""

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await attempt(till, register(0x3E))
        await attempt(till, pay(1000))
        till = await come_back(terminal, serial=False)
        assert (await till.end(register(0x3E))).control == 0x060F
        assert (await till.end(pay(200))).control == 0x060F
        assert terminal.store.pending is None

    for nth in range(1, lengths(serial=False)[TO_TERMINAL] + 1):
        fault = Fault(strike=strike, category=TO_TERMINAL, nth=nth)
        play(story, faults=[fault], scenario=QUICK, seed=nth)


def test_a_flipped_byte_on_the_serial_line_is_sent_again_and_never_seen() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x3E))
        assert (await till.end(pay(1000))).control == 0x060F
        assert terminal.books.net() == {"EUR": 1000}

    fault = Fault(strike=Strike.FLIP, category=TO_TILL, nth=40)
    play(story, serial=True, faults=[fault])


@pytest.mark.parametrize("seed", range(20))
def test_a_noisy_serial_line_costs_time_but_no_money(seed: int) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        completed = 0
        for _ in range(5):
            came = await attempt(till, pay(1000))
            completed += bool(came) and came[-1].control == 0x060F
            till = await come_back(terminal, serial=True)
        assert terminal.books.net().get("EUR", 0) >= completed * 1000
        assert terminal.store.pending is None

    play(story, serial=True, noise=0.003, seed=seed, scenario=QUICK)


def test_noise_repeats_from_its_seed() -> None:
    data = bytes(range(256)) * 20
    once, again, other = (
        Line(noise=0.1, seed=seed).carry(TO_TILL, data).data for seed in (7, 7, 8)
    )
    assert once == again
    assert once != other
    assert abs(len(once) - len(data)) < 200


# -- messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", FRAMINGS)
@pytest.mark.parametrize(
    ("strike", "category", "stands"),
    [
        (Strike.LOSE, "0601", False),
        (Strike.LOSE, "040F", False),
        (Strike.LOSE, "040F answer", False),
        (Strike.LOSE, "060F", True),
        (Strike.LOSE, "060F answer", True),
        (Strike.RESET, "0601", False),
        (Strike.RESET, "040F", False),
        (Strike.RESET, "060F", True),
        (Strike.TRUNCATE, "040F", False),
        (Strike.GARBAGE, "040F", False),
        (Strike.DROP_AFTER, "0601", False),
        (Strike.REBOOT, "0601", False),
        (Strike.REBOOT, "040F", False),
        (Strike.REBOOT, "040F answer", False),
        (Strike.REBOOT, "060F", True),
        (Strike.SILENCE, "040F", False),
        (Strike.BUSY, "0601", False),
        (Strike.DOUBLE, "040F", True),
    ],
)
def test_whatever_message_is_struck_the_books_stay_right(
    strike: Strike, category: str, stands: bool, serial: bool
) -> None:
    resent = serial and strike in {Strike.TRUNCATE, Strike.GARBAGE}
    unclosed = serial and strike in {Strike.RESET, Strike.DROP_AFTER}

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await attempt(till, register(0x36))
        await attempt(till, pay(1000))
        till = await come_back(terminal, serial=serial)
        net = terminal.books.net().get("EUR", 0)
        assert net == (1000 if stands else 0) or resent or (unclosed and category == "0601")
        assert terminal.store.pending is None
        assert ("040F" in controls(await till.run(LAST))) is (net == 1000)

    nth = 2 if category.startswith("060F") else 1
    fault = Fault(strike=strike, category=category, nth=nth, seconds=SILENT_S)
    play(story, serial=serial, faults=[fault], scenario=QUICK)


def test_a_doubled_command_is_carried_out_once() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.send(pay(1000))
        assert [await till.receive(), await till.receive()] == [ACK, apdu("84 A0 00")]
        assert (await till.reach_end())[-1].control == 0x060F
        assert terminal.books.net() == {"EUR": 1000}

    play(story, faults=[Fault(strike=Strike.DOUBLE, category="0601")])


def test_a_late_acknowledgement_is_none() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        assert await attempt(till, pay(1000))
        assert terminal.books.net() == {"EUR": 1000}
        await attempt(till, pay(2000))
        await asyncio.sleep(30)
        assert terminal.books.net() == {"EUR": 1000}

    slow = [
        Fault(strike=Strike.DELAY, category="040F answer", nth=1, seconds=4.9),
        Fault(strike=Strike.DELAY, category="040F answer", nth=2, seconds=5.1),
    ]
    play(story, faults=slow)


def test_a_terminal_that_is_busy_says_so_as_often_as_wanted() -> None:
    async def story(till: Till, _: SimulatedZvt) -> None:
        for _attempt in range(3):
            assert controls(await till.run(pay(1000))) == ["84A0"]
        assert (await till.end(pay(1000))).control == 0x060F

    play(story, faults=[Fault(strike=Strike.BUSY, category="0601", times=3)])


def test_a_silence_ends_after_its_time() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        terminal.fall_silent(60)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                await till.run(register(0x36))
                pytest.fail("it was to be silent")
        await asyncio.sleep(31)
        assert (await Till(terminal.connect()).end(register(0x36))).control == 0x060F

    play(story)


def test_a_connection_hung_up_in_a_silence_does_not_look_closed() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x3E))
        await till.reach(pay(1000), 0x04FF)
        terminal.fall_silent()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(100):
                await till.receive()
                pytest.fail("nothing was to be heard, not even the end")
        terminal.reboot()
        assert await till.receive() is None

    play(story)


def test_a_serial_line_outlives_a_reboot() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        terminal.reboot()
        await asyncio.sleep(5)
        assert (await till.end(register(0x36))).control == 0x060F
        till.send(ACK)
        assert (await till.end(pay(1000))).control == 0x060F

    play(story, serial=True, profile=varied("strict"))
