"""The recorded exchanges of the field, played by their tills against the simulated terminal.

What the tills said is read from `../shared/protocols/zvt/flows.json`; texts and numbers of the
terminals there are their own, so the order of messages is compared, not their bytes. A till in the
recordings may not mind its own bytes, and the terminal must bear with it.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.money import Amount
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Choice, Host, Scenario
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from terminal_bridge.simulator.zvt.store import Numbers, Store
from terminal_bridge.zvt.apdu import Apdu
from tests.terminal_bridge.simulator.zvt.play import FRAMINGS, play
from tests.terminal_bridge.simulator.zvt.till import Till, apdu

FLOWS = Path(__file__).parents[5] / "shared" / "protocols" / "zvt" / "flows.json"
NUMBERS = Numbers(trace=40, receipt=6, turnover=40)
"""So that the first payment has the numbers of the recordings: trace 41, receipt 7."""
OFTEN = {"04FF", "06D1", "06D3"}
"""Messages whose number is the terminal's own."""

Steps = list[list[str]]


def no_card_for_money(amount: Amount | None) -> Scenario:
    """Nobody pays, but a card is there to be read."""
    return Scenario(presented=amount is None)


def flow(number: int) -> Steps:
    if not FLOWS.exists():
        pytest.skip("the shared protocol descriptions are not beside this repository")
    flows: list[dict[str, Any]] = json.loads(FLOWS.read_text("utf-8"))
    steps: Steps = next(one["steps"] for one in flows if one["id"] == f"flow-{number:02d}")
    return steps


def told(steps: Steps) -> list[str]:
    """The terminal's messages as control codes; runs of what comes often stand once."""
    return shortened([hexadecimal[:4] for who, hexadecimal in steps if who == "PT->ECR"])


def shortened(codes: list[str]) -> list[str]:
    short: list[str] = []
    for code in codes:
        if code not in OFTEN or short[-1:] != [code]:
            short.append(code)
    return short


async def replay(steps: Steps, till: Till, terminal: SimulatedZvt, *, serial: bool) -> list[str]:
    """Play the till's part: each of its commands in order, each message of the terminal answered.

    A note stands for a new connection.
    """
    codes: list[str] = []
    for who, text in steps:
        if who == "note" and not serial:
            till.pipe.close()
            till = Till(terminal.connect())
        if who == "ECR->PT" and not (message := apdu(text)).is_answer:
            came = await till.run(message)
            codes += [f"{one.control:04X}" for one in came]
    return codes


@pytest.mark.parametrize("serial", FRAMINGS)
@pytest.mark.parametrize(
    ("number", "scenario", "commands"),
    [
        (1, Scenario(), 6),
        (2, Scenario(host=Host.DECLINE), 3),
        (3, no_card_for_money, 3),
        (4, Scenario(), 2),
        (5, Scenario(), 3),
        (6, Scenario(), 4),
        (9, Scenario(), 2),
        (10, Scenario(), 2),
    ],
)
def test_a_recorded_till_is_served_in_the_recorded_order(
    number: int, scenario: Scenario | Choice, commands: int, serial: bool
) -> None:
    steps = flow(number)
    wanted, got = told(steps), []

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        got.extend(await replay(steps, till, terminal, serial=serial))

    terminal = play(story, serial=serial, scenario=scenario, store=Store(numbers=NUMBERS))
    assert terminal.terminal.pt.violations == []
    assert comparable(shortened(got)) == comparable(wanted)
    sent = [text for who, text in steps if who == "ECR->PT" and not apdu(text).is_answer]
    assert len(sent) >= commands


def comparable(codes: list[str]) -> list[str]:
    """Prints of declined payments, and those that config 3E leaves to the till, are a matter of
    the terminal's taste; so is a status message before a command without a card.
    """
    return [code for code in codes if code not in OFTEN]


def test_a_reversal_of_an_unknown_receipt_ends_with_06_1e() -> None:
    """Flow 7: what was declined cannot be reversed; the stand-in there declines once more."""
    steps = flow(7)
    got: list[str] = []

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        got.extend(await replay(steps, till, terminal, serial=False))

    play(story, scenario=Scenario(host=Host.DECLINE), store=Store(numbers=NUMBERS))
    assert comparable(shortened(got)) == [
        *("8000", "060F"),
        *("8000", "040F", "061E"),
        *("8000", "061E"),
        *("8000", "040F", "060F"),
    ]


def test_a_connection_may_drop_after_80_00() -> None:
    """Flow 8."""
    steps = flow(8)

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        assert comparable(await replay(steps, till, terminal, serial=False)) == told(steps)
        assert await till.receive() is None
        await asyncio.sleep(60)
        assert terminal.books.net().get("EUR", 0) == 0

    play(story, faults=[Fault(strike=Strike.RESET, category="04FF")])


@pytest.mark.parametrize("number", [11, 12])
def test_tills_that_were_recorded_with_odd_terminals_are_served_too(number: int) -> None:
    """In flow 12 the till answers the terminal's answers; that is borne with."""
    steps = flow(number)

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        for who, text in steps:
            message = apdu(text)
            if who == "PT->ECR":
                continue
            if message.is_answer:
                continue
            came = await till.run(message)
            assert came[-1].control == 0x060F
            till.send(apdu("80 00 00"))

    terminal = play(story, store=Store(numbers=NUMBERS))
    assert terminal.books.net() == {"EUR": 0}
    assert terminal.books.period == 2


# -- single exchanges, message by message ------------------------------------------------------


async def by_turns(steps: Steps, till: Till) -> list[tuple[str, str]]:
    """Send what the till said when it is its turn; gives what was wanted and what came."""
    pairs = []
    for who, text in steps:
        if who == "ECR->PT":
            till.send(apdu(text))
        else:
            message = await till.receive()
            pairs.append((text, message.to_bytes().hex().upper() if message else ""))
    return pairs


@pytest.mark.parametrize("number", [17, 18, 19, 20])
def test_an_exchange_of_the_standard_comes_byte_by_byte(number: int) -> None:
    steps = flow(number)

    async def story(till: Till, _: SimulatedZvt) -> None:
        assert all(wanted == came for wanted, came in await by_turns(steps, till))

    play(story)


@pytest.mark.parametrize(("number", "net"), [(13, 2200), (14, 0)])
def test_goods_are_issued_in_part_or_not_at_all(number: int, net: int) -> None:
    steps = flow(number)

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        pairs = await by_turns(steps, till)
        assert [came[:4] for _, came in pairs] == [wanted[:4] for wanted, _ in pairs]
        if number == 14:
            assert await till.receive() == apdu("06 1E 01 6C")
        assert terminal.books.net() == {"EUR": net}

    play(story)


def test_a_declined_payment_of_a_till_that_never_registered() -> None:
    """Flow 15."""
    steps = flow(15)

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        pairs = await by_turns(steps, till)
        assert [came[:4] for _, came in pairs] == [wanted[:4] for wanted, _ in pairs]
        assert pairs[1][1][6:10] == "2705"
        assert pairs[2][1] == "061E0105"

    play(story, scenario=Scenario(host=Host.DECLINE))


def test_sequence_ids_follow_the_standard() -> None:
    """Flow 16; the standard's own example skips the middle of the payment."""
    steps = flow(16)
    wanted = [text for who, text in steps if who == "PT->ECR"]

    async def story(till: Till, _: SimulatedZvt) -> None:
        came = await till.run(apdu(steps[0][1]))
        assert came[0] == apdu(wanted[0])
        assert came[1].data.endswith(bytes.fromhex("1F7303000000"))
        came = await till.run(apdu(steps[4][1]))
        assert came[0] == apdu(wanted[2])
        assert came[1].data.endswith(bytes.fromhex("1F7303000002"))

    play(story)


def test_a_till_out_of_paper_is_understood() -> None:
    """Flow 21."""
    refusal = apdu(flow(21)[1][1])

    async def story(till: Till, terminal: SimulatedZvt) -> None:
        till.answer = lambda m: refusal if m.control == 0x06D1 else Apdu(0x8000)
        await till.run(apdu("06 00 06 000000 86 0978"))
        assert (await till.end(apdu("06 01 07 04 000000001234"))).control == 0x061E
        assert terminal.books.net() == {"EUR": 0}

    play(story)


def test_the_last_transaction_is_found_after_a_lost_status() -> None:
    """Flow 22, after a payment of the same amount and numbers."""
    steps = flow(22)

    async def story(till: Till, _: SimulatedZvt) -> None:
        await till.run(apdu("06 00 06 000000 36 0978"))
        paid = await till.run(apdu("06 01 0A 04 000000001234 49 0978"))
        pairs = await by_turns(steps, till)
        assert [came[:4] for _, came in pairs] == [wanted[:4] for wanted, _ in pairs]
        assert pairs[1][1] == paid[1].to_bytes().hex().upper()
        for field in ("040000000012340B000041", "870007", "88000041"):
            assert field in pairs[1][0]
            assert field in pairs[1][1]

    play(story, store=Store(numbers=NUMBERS))
