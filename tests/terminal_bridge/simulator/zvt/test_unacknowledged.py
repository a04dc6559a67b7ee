"""When a transaction is final: every acknowledgement left out, for every kind of terminal."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from opi_pos.model.errors import LinkError
from opi_pos.poi.books import Books, Movement
from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.simulator.zvt.profile import Busy, FinalAfter, PtProfile, profile_of
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.simulator.zvt.store import News, Store
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import FRAMINGS, play, varied
from tests.terminal_bridge.simulator.zvt.till import (
    ACK,
    REGISTER_TLV,
    Answer,
    Till,
    apdu,
    command,
    controls,
    find,
    pay,
    register,
    reverse,
)

LAST = command(0x0620, "000000 03 03")
STRICT, STATUS, APPROVAL = (
    profile_of("strict"),
    varied("strict", final_after=FinalAfter.STATUS),
    varied("strict", final_after=FinalAfter.APPROVAL),
)
REFUSED = apdu("84 CC 00")


def dumb(control: int, nth: int = 1) -> Answer:
    """Answers everything but the nth message of that kind."""
    seen = 0

    def answer(message: Apdu) -> Apdu | None:
        nonlocal seen
        seen += message.control == control
        return None if message.control == control and seen == nth else ACK

    return answer


async def reconnect(terminal: SimulatedZvt, *, serial: bool) -> Till:
    """A new connection once the terminal has given up the old command."""
    await asyncio.sleep(60)
    return Till(terminal.connect(serial=serial), serial=serial)


@pytest.mark.parametrize("serial", FRAMINGS)
@pytest.mark.parametrize(
    ("profile", "control", "nth", "stands"),
    [
        (STRICT, 0x040F, 1, False),
        (STRICT, 0x06D3, 1, False),
        (STRICT, 0x06D3, 2, False),
        (STRICT, 0x060F, 1, True),
        (STATUS, 0x040F, 1, False),
        (STATUS, 0x06D3, 1, True),
        (STATUS, 0x060F, 1, True),
        (APPROVAL, 0x040F, 1, True),
        (APPROVAL, 0x06D3, 2, True),
        (APPROVAL, 0x060F, 1, True),
    ],
)
def test_a_missing_acknowledgement_undoes_what_was_not_final(
    profile: PtProfile, control: int, nth: int, stands: bool, serial: bool
) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        till.answer = dumb(control, nth)
        with contextlib.suppress(TimeoutError):
            await till.run(pay(1000))
        till = await reconnect(terminal, serial=serial)
        last = await till.run(LAST)
        assert terminal.books.net() == {"EUR": 1000 if stands else 0}
        assert ("040F" in controls(last)) is stands, "what was undone leaves no record"
        assert terminal.store.pending is None
        if not stands:
            assert terminal.books.entries[-1].movement is Movement.REVERSAL
            assert terminal.books.entries[-1].automatic

    play(story, serial=serial, profile=profile)


@pytest.mark.parametrize(
    ("profile", "answer", "stands"),
    [(STRICT, REFUSED, False), (STATUS, REFUSED, True), (APPROVAL, REFUSED, True)],
)
def test_a_till_out_of_paper_undoes_a_strict_payment(
    profile: PtProfile, answer: Apdu, stands: bool
) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        till.answer = lambda m: answer if m.control == 0x06D3 else ACK
        came = await till.run(pay(1000))
        assert came[-1].control == (0x060F if stands else 0x061E)
        assert ("05" in [f"{m.data[0]:02X}" for m in came if m.control == 0x04FF]) is not stands
        assert terminal.books.net() == {"EUR": 1000 if stands else 0}

    play(story, profile=profile)


def test_a_reversal_by_the_terminal_may_leave_a_record_with_the_original_trace() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        till.answer = dumb(0x040F)
        await till.run(pay(1000))
        till = await reconnect(terminal, serial=False)
        status = find(await till.run(LAST), 0x040F).data
        assert bytes.fromhex("37000001") in status
        assert bytes.fromhex("0B000002") in status

    play(story, profile="recording")


def test_a_reversal_is_never_undone() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(REGISTER_TLV)
        await till.run(pay(1000))
        till.answer = dumb(0x040F)
        await till.run(reverse(1))
        till = await reconnect(terminal, serial=False)
        status = find(await till.run(LAST), 0x040F).data
        assert bytes.fromhex("37000001") in status
        assert terminal.books.net() == {"EUR": 0}

    play(story)


@pytest.mark.parametrize("serial", FRAMINGS)
def test_a_connection_that_dies_before_the_host_leaves_nothing_or_all(serial: bool) -> None:
    """The customer goes on at the terminal; the result finds nobody and goes back."""

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.send(pay(1000))
        await till.receive()
        till.pipe.close()
        if not serial:
            other = Till(terminal.connect())
            assert (await other.end(command(0x0501, "000000"))).control == 0x84A0
        await asyncio.sleep(60)
        other = Till(terminal.connect(serial=serial), serial=serial)
        assert (await other.end(command(0x0501, "000000"))).control == 0x060F
        assert terminal.books.net() == {"EUR": 0}
        assert len(terminal.books.entries) == 2

    play(story, serial=serial)


def test_some_terminals_stop_with_the_connection() -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.send(pay(1003))
        await till.receive()
        till.pipe.close()
        await asyncio.sleep(1)
        other = Till(terminal.connect())
        assert (await other.end(command(0x0501, "000000"))).control == 0x060F
        assert terminal.books.entries == []

    play(story, profile=varied("strict", stops_on_lost_link=True))


@pytest.mark.parametrize(
    ("busy", "answer"), [("busy", "84A0"), ("wait", "849C"), ("hang_up", ""), ("silent", "")]
)
def test_what_a_second_connection_meets_while_a_payment_runs(busy: str, answer: str) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        till.send(pay(1003))
        await till.receive()
        other = Till(terminal.connect())
        try:
            async with asyncio.timeout(5):
                came = await other.run(command(0x0501, "000000"))
        except TimeoutError:
            assert busy == "silent"
        else:
            assert controls(came) == ([answer] if answer else [])
        assert terminal.terminal.pt.violations == []

    play(story, profile=varied("strict", busy=Busy(busy)))


@pytest.mark.parametrize("profile", ["strict", "recording", "ingenico", "sync"])
@pytest.mark.parametrize(
    "strike", [Strike.REBOOT_BEFORE_AUTHORISATION, Strike.REBOOT_AFTER_AUTHORISATION]
)
def test_a_power_cut_in_mid_payment_is_settled_at_the_start(profile: str, strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.run(pay(1000))
        assert terminal.power_cuts == 1
        with pytest.raises(LinkError, match="refused"):
            terminal.connect()
        await asyncio.sleep(5)
        till = Till(terminal.connect())
        assert terminal.terminal.pt.registration.config == 0
        last = await till.run(LAST)
        charged = strike is Strike.REBOOT_AFTER_AUTHORISATION
        stands = charged and profile == "sync"
        assert terminal.books.net().get("EUR", 0) == (1000 if stands else 0)
        assert ("040F" in controls(last)) is stands
        assert bool(terminal.books.entries) is charged

    play(story, profile=profile, faults=[Fault(strike=strike, category="0601")])


def test_a_process_that_dies_after_the_host_settles_at_its_next_start() -> None:
    books = Books()
    kept: list[News] = []

    async def dies(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36))
        await till.reach(pay(1000), 0x040F)
        assert terminal.store.pending is not None

    async def starts(till: Till, terminal: SimulatedZvt) -> None:
        assert terminal.books.net() == {"EUR": 0}
        await till.run(register(0x36))
        status = find(await till.run(pay(500)), 0x040F).data
        assert bytes.fromhex("0B000003") in status, "numbers go on"

    play(dies, books=books, keep=kept.append)
    assert books.net() == {"EUR": 1000}
    play(starts, books=Books(books.entries), store=Store(kept))


# -- the sync tag ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "stands"), [(0, True), (-1, False), (-2, True), (1, True), (None, True)]
)
def test_a_sync_tag_one_behind_takes_the_last_transaction_back(
    offset: int | None, stands: bool
) -> None:
    async def story(till: Till, terminal: SimulatedZvt) -> None:
        await till.run(register(0x36, ""))
        await till.run(pay(100))
        status = find(await till.run(pay(1000)), 0x040F).data
        assert bytes.fromhex("1F1F020002") in status
        tag = "0603 1F1F00" if offset is None else f"0605 1F1F02 {2 + offset:04d}"
        await till.run(pay(7, tag))
        assert terminal.books.net() == {"EUR": 1107 if stands else 107}

    play(story, profile="sync")
