"""Whatever tills do: books, turnover and what the till was told agree, and nothing but answers."""

from __future__ import annotations

import asyncio
import contextlib
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opi_pos.aio.virtual import run
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.books import Books
from opi_pos.poi.scenario import Scenario, by_amount
from terminal_bridge.simulator.zvt.profile import PROFILES
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.simulator.zvt.store import Kind, News, Store, Transaction
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import EPOCH
from tests.terminal_bridge.simulator.zvt.till import ACK, Till, apdu, command, pay, register

MONEY = {0x0601, 0x060C, 0x0622, 0x0623, 0x0624, 0x0625, 0x0630, 0x0631}
SIGNS = {Kind.PAYMENT: 1, Kind.TIP: 1, Kind.BOOKING: 1, Kind.REFUND: -1}

AMOUNTS = st.sampled_from([1000, 1001, 1002, 1004, 1005, 1007, 1008, 1012, 1014, 1016, 250])
RECEIPTS = st.integers(1, 12)
COMMANDS = st.one_of(
    st.builds(pay, AMOUNTS, st.sampled_from(["", "0600", "19 48", "02 01", "06 04 1F70 01 01"])),
    st.builds(lambda n: command(0x0630, f"000000 87 {n:04d}"), RECEIPTS),
    st.builds(lambda m: command(0x0631, f"000000 04 {m:012d}"), AMOUNTS),
    st.builds(lambda m: command(0x0622, f"04 {m:012d}"), AMOUNTS),
    st.builds(lambda n, m: command(0x0623, f"87 {n:04d} 04 {m:012d}"), RECEIPTS, AMOUNTS),
    st.builds(lambda n, m: command(0x0624, f"87 {n:04d} 04 {m:012d}"), RECEIPTS, AMOUNTS),
    st.builds(lambda n: command(0x0625, f"87 {n:04d}"), RECEIPTS),
    st.builds(lambda n: command(0x060C, f"04 000000000111 87 {n:04d}"), RECEIPTS),
    st.just(command(0x0650, "000000")),
    st.just(command(0x0620, "000000 03 03")),
    st.sampled_from([register(0x8E), register(0x36, ""), register(0xBE, "26 04 0A 02 06 D3")]),
)
REFUSALS = ["84 CC 00", "84 9C 00", "84 9D 07 04 000000000100", "84 83 00"]
ANSWERS = st.sampled_from([*[ACK] * 6, *(apdu(text) for text in REFUSALS), None])
STEPS = st.tuples(COMMANDS, st.lists(ANSWERS, max_size=8), st.booleans())
"""A command, what the till answers in it, and whether the power is cut afterwards."""


def standing(kept: list[News]) -> int:
    """Minor units that the terminal's own record of final transactions says were taken."""
    final: dict[str, Transaction] = {}
    for news in kept:
        if news.transaction is not None:
            final[news.transaction.id] = news.transaction
    traces = {t.trace for t in final.values()}
    undone = {t.original_trace for t in final.values() if t.kind is Kind.REVERSAL} & traces
    return sum(
        SIGNS.get(t.kind, 0) * t.amount.minor for t in final.values() if t.trace not in undone
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    profile=st.sampled_from(sorted(PROFILES)),
    serial=st.booleans(),
    commands=st.lists(
        st.tuples(COMMANDS, st.lists(ANSWERS, max_size=8), st.booleans()), max_size=8
    ),
)
def test_books_turnover_and_till_agree_whatever_the_till_does(
    profile: str,
    serial: bool,
    commands: list[tuple[Apdu, list[Apdu | None], bool]],
) -> None:
    kept: list[News] = []

    async def main() -> SimulatedZvt:
        loop = asyncio.get_running_loop()
        async with SimulatedZvt(
            profile, pace_s=0.2, keep=kept.append, clock=lambda: EPOCH + loop.time()
        ) as terminal:
            for message, answers, power_cut in commands:
                await one(terminal, message, list(answers), power_cut=power_cut)
                await asyncio.sleep(400)
                assert terminal.store.pending is None
                assert terminal.books.net().get("EUR", 0) == standing(kept)
            last = Till(terminal.connect(serial=serial), serial=serial)
            assert (await last.end(command(0x0501, ""))).control == 0x060F
        return terminal

    async def one(
        terminal: SimulatedZvt, message: Apdu, answers: list[Apdu | None], *, power_cut: bool
    ) -> None:
        before = terminal.books.net().get("EUR", 0)
        till = Till(terminal.connect(serial=serial), serial=serial)
        till.answer = lambda _: answers.pop(0) if answers else ACK
        came: list[Apdu] = []
        with contextlib.suppress(TimeoutError, LinkError):
            async with asyncio.timeout(300):
                came = await till.run(message)
        if power_cut:
            terminal.reboot()
            await asyncio.sleep(5)
        if came and came[-1].control == 0x061E and message.control in MONEY:
            assert terminal.books.net().get("EUR", 0) == before
        till.pipe.close()

    terminal = run(main())
    rebuilt = Store(kept)
    assert rebuilt.last == terminal.store.last
    assert rebuilt.turnover == terminal.store.turnover
    assert rebuilt.numbers == terminal.store.numbers
    assert rebuilt.reservations == terminal.store.reservations
    assert all(entry.amount.minor > 0 for entry in terminal.books.entries)


def test_no_bytes_of_a_till_are_more_than_a_terminal_can_bear() -> None:
    """Seeded: commands with bytes changed, cut and added, over both framings."""
    rng = random.Random(20007)
    samples = [
        register(0xBE, "26 04 0A 02 06 D3 1F73 03 000000 1A 02 00 C8"),
        pay(1000, "19 48 06 0C 1F70 01 01 1F1F 02 0001 1F36 01"),
        *(command(control, "000000 87 0001 03 03 06 00") for control in MONEY),
        *(
            command(control, "000000 F0 0A F1 F0 F2 4F4B EB 0000000000000000")
            for control in (0x06C0, 0x06E0, 0x06E1, 0x06E2, 0x06D1, 0x06D3, 0x0612)
        ),
        *(
            command(control, "000000 AA 240501 0C 130000 06 03 1F01 00")
            for control in (0x0501, 0x0610, 0x0620, 0x0650, 0x0670, 0x0691, 0x0693, 0x0830)
        ),
    ]

    async def main() -> None:
        books = Books()
        async with SimulatedZvt("asking", books=books, scenario=_quick) as terminal:
            for serial in (False, True):
                for _ in range(1500):
                    await hurt(terminal, serial=serial)
            await asyncio.sleep(400)
            till = Till(terminal.connect())
            assert (await till.end(command(0x0501, ""))).control == 0x060F
            assert terminal.store.pending is None

    async def hurt(terminal: SimulatedZvt, *, serial: bool) -> None:
        sample = rng.choice(samples)
        data = bytearray(sample.data)
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(data) + 1)
            data[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        control = sample.control if rng.random() < 0.95 else rng.randrange(0x0100, 0x1000)
        till = Till(terminal.connect(serial=serial), serial=serial)
        with contextlib.suppress(TimeoutError, LinkError, ProtocolError):
            async with asyncio.timeout(rng.choice([1, 30])):
                await till.run(Apdu(control, bytes(data)))
        till.pipe.close()

    run(main())


def _quick(amount: object) -> Scenario:
    del amount
    return Scenario(presented=True)


def test_by_amount_is_the_choice_of_a_terminal_without_a_scenario() -> None:
    async def main() -> None:
        async with SimulatedZvt() as terminal:
            assert terminal.terminal.pt.choose is by_amount

    run(main())
